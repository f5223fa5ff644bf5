//! What a page says where its visitor may run an operation, but would give or take what they do not hold themselves.

use super::call::Call;
use super::stop::Stop;
use super::visit::Visit;
use crate::graphql::{self, AnsweredRefusal};
use serde::de::DeserializeOwned;

/// How many permissions are named.
const NAMED: usize = 5;

/// Runs the call of a form. What it takes and the visitor does not hold comes back as a refusal about `field`, in words.
///
/// # Errors
/// As [`Visit::attempt`].
pub async fn give<T: DeserializeOwned>(
    visit: &Visit,
    call: &Call,
    field: &str,
) -> Result<Result<T, AnsweredRefusal>, Stop> {
    match visit.attempt(call).await {
        Err(Stop::Missing(missing)) if visit.may(call.document) => {
            let text = format!("That takes what you do not hold yourself: {}.", some(&missing));
            let mut refusal = AnsweredRefusal { message: text, ..AnsweredRefusal::default() };
            refusal.extensions.field = Some(field.to_owned());
            Ok(Err(refusal))
        }
        answered => answered,
    }
}

/// Stops whoever may not run this operation, before its form is shown.
///
/// # Errors
/// Names what is missing.
pub fn must(visit: &Visit, document: &str) -> Result<(), Stop> {
    let missing = graphql::missing(&visit.doors.own, &visit.caller, document);
    if missing.is_empty() { Ok(()) } else { Err(Stop::Missing(missing)) }
}

/// The first few, and how many more there are.
fn some(names: &[String]) -> String {
    let first = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{first} and {} more", names.len() - NAMED) } else { first }
}
