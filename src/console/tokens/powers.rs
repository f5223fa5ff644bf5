//! What a token comes to, before it exists: the grants and documents that a form asks for, and a sentence that says it.

use super::query::{self, Pasted, Sample};
use crate::console::form::Form;
use crate::console::visit::Visit;
use crate::console::when::counted;
use crate::permission::{Granted, Surface};
use crate::roles;
use serde::Serialize;

/// How many permissions are listed one by one.
const LISTED: usize = 100;

/// How a form says what a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// All that its user may.
    Everything,
    /// These operations and fields.
    Pick,
    /// What this query needs.
    Paste,
}

impl Way {
    /// As the form says.
    pub fn of(form: &Form) -> Self {
        match form.get("powers") {
            "pick" => Self::Pick,
            "paste" => Self::Paste,
            _ => Self::Everything,
        }
    }
}

/// What a form comes to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Powers {
    /// The sentence.
    pub sentence: String,
    /// The permissions, in order; the first of them.
    pub listed: Vec<String>,
    /// How many more there are.
    pub more: usize,
    /// What is in the way of making it.
    pub problem: Option<String>,
    /// What the fields open besides the query that they were taken from.
    pub besides: Vec<String>,
    /// What it is narrowed to; `None`: nothing.
    #[serde(skip)]
    pub grants: Option<Vec<String>>,
    /// What it is held to; `None`: nothing.
    #[serde(skip)]
    pub documents: Option<Vec<String>>,
    /// A request that it can make.
    #[serde(skip)]
    pub sample: Option<Sample>,
}

/// Reads what a form asks for.
pub(super) async fn of(visit: &Visit, form: &Form) -> Powers {
    let writes = form.get("access") == "ROLE_READ_WRITE";
    match Way::of(form) {
        Way::Everything => everything(writes),
        Way::Pick => picked(visit, form.lines("permissions"), writes),
        Way::Paste => pasted(visit, form, writes).await,
    }
}

fn everything(writes: bool) -> Powers {
    let sentence = if writes {
        "This token can do everything you may, today and later."
    } else {
        "This token can read everything you may; it cannot change anything."
    };
    Powers { sentence: sentence.into(), ..Powers::default() }
}

fn picked(visit: &Visit, mut grants: Vec<String>, writes: bool) -> Powers {
    grants.sort_unstable();
    grants.dedup();
    let names = effective(visit, &grants, writes);
    let (names, problem) = match names {
        Ok(names) => (names, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    Powers { problem, grants: Some(grants), ..told(&names) }
}

async fn pasted(visit: &Visit, form: &Form, writes: bool) -> Powers {
    let text = form.get("query").trim();
    if text.is_empty() {
        return Powers { problem: Some("Paste a query first.".into()), ..told(&[]) };
    }
    let Pasted { grants, lacking, mutation, besides, sample } = match query::read(visit, text).await {
        Ok(pasted) => pasted,
        Err(problem) => return Powers { problem: Some(problem), ..told(&[]) },
    };
    let names = effective(visit, &grants, writes).unwrap_or_default();
    let problem = if !lacking.is_empty() {
        Some(format!("You may not use {}, so this token could not either.", lacking.join(", ")))
    } else {
        mutation
            .filter(|_| !writes)
            .map(|mutation| format!("{mutation} changes things. Choose “Read and write” above, or take it out."))
    };
    let documents = form.ticked("hold").then(|| vec![text.to_owned()]);
    Powers { problem, besides, grants: Some(grants), documents, sample: Some(sample), ..told(&names) }
}

/// What grants come to for the visitor's token: the fields, by name.
fn effective(visit: &Visit, grants: &[String], writes: bool) -> Result<Vec<String>, String> {
    let cx = &visit.doors.whole.cx;
    let surface = &visit.doors.whole.surface;
    let list = roles::read_grants(cx, &visit.caller, "permissions", grants).map_err(|refusal| refusal.message)?;
    let mut held = surface.compile(&list, false);
    held.intersect_with(visit.caller.powers().held());
    if !writes {
        held = surface.without_mutations(&held);
    }
    Ok(fields(surface, &surface.powers(held).open()))
}

/// The fields among permissions: without arguments and input fields, operations first.
pub(super) fn fields(surface: &Surface, granted: &Granted) -> Vec<String> {
    let mut names: Vec<String> = surface.coordinates(granted).filter(|name| is_field(surface, name)).collect();
    names.sort_by_key(|name| rank(name));
    names
}

/// Whether a permission is one on a field: not on an argument, nor on an input field.
pub(super) fn is_field(surface: &Surface, name: &str) -> bool {
    !name.contains('(') && name.split_once('.').is_some_and(|(of, _)| !surface.is_input(of))
}

fn rank(name: &str) -> u8 {
    match name.split_once('.').map(|(of, _)| of) {
        Some("Query") => 0,
        Some("Mutation") => 1,
        Some("Subscription") => 2,
        _ => 3,
    }
}

fn told(names: &[String]) -> Powers {
    let listed = names.iter().take(LISTED).cloned().collect();
    Powers { sentence: sentence(names), listed, more: names.len().saturating_sub(LISTED), ..Powers::default() }
}

/// `This token can do 1 query and read 4 fields; it cannot change anything.`
pub(super) fn sentence(names: &[String]) -> String {
    let of = |wanted: u8| names.iter().filter(|name| rank(name) == wanted).count();
    let (queries, mutations, subscriptions, read) = (of(0), of(1), of(2), of(3));
    let parts: Vec<String> = [
        (queries, "do ", "query"),
        (mutations, "do ", "mutation"),
        (subscriptions, "follow ", "subscription"),
        (read, "read ", "field"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, verb, word)| format!("{verb}{}", counted(n, word)))
    .collect();
    let Some((last, before)) = parts.split_last() else { return "This token cannot do anything yet.".into() };
    let list = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    let end = if mutations > 0 { ". It can change things." } else { "; it cannot change anything." };
    format!("This token can {list}{end}")
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn the_sentence_says_what_a_token_can_do() {
        let said = |names: &[&str]| sentence(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(said(&[]), "This token cannot do anything yet.");
        assert_eq!(
            said(&["Query.orders", "Order.id", "Order.status", "Order.placed_at", "OrderConnection.nodes"]),
            "This token can do 1 query and read 4 fields; it cannot change anything."
        );
        assert_eq!(
            said(&["Query.a", "Query.b", "Mutation.c", "A.id"]),
            "This token can do 2 queries, do 1 mutation and read 1 field. It can change things."
        );
    }
}
