//! The SQL of the audit trail.

use super::Event;
use crate::caller::Caller;
use crate::error::Error;
use crate::names::folded;
use crate::storage::{Tx, params, sql};
use crate::world::Timestamp;

pub(super) fn insert(
    tx: &mut Tx,
    at: Timestamp,
    (actor, actor_id): (&str, Option<i64>),
    (credential, caller): (&str, &Caller),
    event: &Event<'_>,
) -> Result<(), Error> {
    let origin = caller.origin();
    let request_id = (!origin.request_id.is_empty()).then_some(origin.request_id.as_str());
    tx.execute(
        sql!(
            "insert into audit_events (at, action, actor, folded_actor, actor_user_id, credential, credential_token_id,
                                       subject, folded_subject, subject_type, subject_id, ip, request_id, details)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        ),
        params![
            at,
            event.action,
            actor,
            folded(actor),
            actor_id,
            credential,
            caller.token().map(|token| token.id.0),
            event.subject,
            event.subject.map(folded),
            event.subject_type,
            event.subject_id,
            origin.ip.map(|ip| ip.to_string()),
            request_id,
            event.details.as_deref()
        ],
    )?;
    Ok(())
}
