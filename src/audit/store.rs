//! The SQL of the audit trail.

use super::{Entry, Event};
use crate::caller::Caller;
use crate::error::Error;
use crate::lists::{Attribute, Kind, LONGEST_PAGE, Listing, Wanted};
use crate::names::folded;
use crate::storage::{Filter, Order, Row, Tx, params, sql};
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

/// Without a caller, and about no one thing.
pub(super) fn insert_plain(
    tx: &mut Tx,
    at: Timestamp,
    (actor, credential): (&str, &str),
    event: &Event<'_>,
) -> Result<(), Error> {
    tx.execute(
        sql!(
            "insert into audit_events (at, action, actor, folded_actor, credential, subject_type, details)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![at, event.action, actor, folded(actor), credential, event.subject_type, event.details.as_deref()],
    )?;
    Ok(())
}

/// What the trail can be searched and sorted by.
pub(super) const LISTING: Listing = Listing {
    entity: "AuditEvent",
    id: "id",
    attributes: &[
        Attribute::new("id", Kind::Integer, "id"),
        Attribute::new("at", Kind::DateTime, "at"),
        Attribute::new("action", Kind::Text, "action"),
        Attribute::new("actor", Kind::Words, "folded_actor"),
        Attribute::new("actor_user_id", Kind::Integer, "actor_user_id"),
        Attribute::new("credential", Kind::Text, "credential"),
        Attribute::new("credential_token_id", Kind::Integer, "credential_token_id"),
        Attribute::new("subject", Kind::Words, "folded_subject"),
        Attribute::new("subject_type", Kind::Text, "subject_type"),
        Attribute::new("subject_id", Kind::Integer, "subject_id"),
        Attribute::new("ip", Kind::Text, "ip"),
        Attribute::new("request_id", Kind::Text, "request_id"),
        Attribute::new("details", Kind::Text, "details"),
    ],
    links: &[],
};

const ROWS: &str =
    "select id, at, action, actor, actor_user_id, credential, credential_token_id, subject, subject_type,
                       subject_id, ip, request_id, details
                from audit_events";

pub(super) fn page(tx: &mut Tx, filter: &Filter, from_newest: bool) -> Result<Vec<Entry>, Error> {
    let order = Order::default().then("id", from_newest);
    let (sql, values) = filter.select(ROWS, &order, i64::from(LONGEST_PAGE), 0);
    tx.all(sql, &values)?.iter().map(entry).collect()
}

pub(super) fn newest(tx: &mut Tx) -> Result<(i64, Option<Timestamp>), Error> {
    let row = tx.optional(sql!("select id, at from audit_events order by id desc limit 1"), &[])?;
    row.map_or(Ok((0, None)), |row| Ok((row.get(0)?, Some(row.get(1)?))))
}

pub(super) fn list(tx: &mut Tx, wanted: &Wanted) -> Result<(Vec<Entry>, i64), Error> {
    let (sql, values) = wanted.filter.count("audit_events");
    let total = tx.one(sql, &values)?.get(0)?;
    let (sql, values) = wanted.filter.select(ROWS, &wanted.order, wanted.page.limit(), wanted.page.offset());
    Ok((tx.all(sql, &values)?.iter().map(entry).collect::<Result<_, _>>()?, total))
}

fn entry(row: &Row) -> Result<Entry, Error> {
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        action: row.get(2)?,
        actor: row.get(3)?,
        actor_user_id: row.get(4)?,
        credential: row.get(5)?,
        credential_token_id: row.get(6)?,
        subject: row.get(7)?,
        subject_type: row.get(8)?,
        subject_id: row.get(9)?,
        ip: row.get(10)?,
        request_id: row.get(11)?,
        details: row.get(12)?,
    })
}
