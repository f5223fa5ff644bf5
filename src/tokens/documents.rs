//! The documents that a token can be held to: read and checked when they are written, kept in their normal form.

use crate::caller::Caller;
use crate::config::HiddenFields;
use crate::context::Context;
use crate::documents::{normal, white_space};
use crate::error::Refusal;
use crate::secret::Digest;
use apollo_compiler::Schema;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};

/// How many documents one token is held to at most.
const MOST: usize = 100;
/// Bytes of one document.
const LONGEST: usize = 64 * 1024;
/// Bytes of all documents of one token.
const LONGEST_TOGETHER: usize = 1 << 20;
/// How many errors of a document are told.
const TOLD: usize = 3;

/// A document in its normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) digest: Digest,
}

/// Reads documents as written. Where what their writer may not see is hidden, they have to fit what the writer sees: what
/// is wrong with them would tell of the rest.
///
/// # Errors
/// The first that is too long, does not parse or does not fit the schema, by its place in the list.
pub(super) fn read(cx: &Context, caller: &Caller, written: &[String]) -> Result<Vec<Document>, Refusal> {
    if written.len() > MOST {
        return Err(wrong(format!("`documents` has too many documents: at most {MOST}")));
    }
    let seen = (cx.config.errors.hidden_fields == HiddenFields::Hide).then(|| {
        let shape = cx.surface.shape(caller.powers());
        cx.surface.askable(&shape).unwrap_or(shape)
    });
    let schema = seen.as_ref().unwrap_or_else(|| cx.surface.schema());
    let mut documents: Vec<Document> = Vec::new();
    for (place, text) in (1..).zip(written) {
        let document = one(cx, schema, place, text)?;
        if !documents.contains(&document) {
            documents.push(document);
        }
    }
    if documents.iter().map(|document| document.text.len()).sum::<usize>() > LONGEST_TOGETHER {
        return Err(wrong("`documents` are too long together: at most 1 MiB".into()));
    }
    Ok(documents)
}

fn one(cx: &Context, schema: &Valid<Schema>, place: usize, text: &str) -> Result<Document, Refusal> {
    if text.len() > LONGEST {
        return Err(wrong(format!("document {place} in `documents` is too long: at most 64 KiB")));
    }
    let limits = &cx.config.limits;
    let parsed = Parser::new()
        .token_limit(limits.tokens.saturating_mul(2).saturating_add(2))
        .recursion_limit(limits.depth.saturating_mul(8).max(200))
        .parse_ast(&*white_space::plain(text), "")
        .map_err(|error| wrong(format!("document {place} in `documents` does not parse: {}", said(&error.errors))))?;
    let document = parsed.to_executable_validate(schema).map_err(|error| {
        wrong(format!("document {place} in `documents` does not fit the schema: {}", said(&error.errors)))
    })?;
    if document.operations.is_empty() {
        return Err(wrong(format!("document {place} in `documents` has no operation")));
    }
    if let Some(refused) = cx.surface.refused_directives(&document).first() {
        return Err(wrong(format!("document {place} in `documents` does not fit the schema: {refused}")));
    }
    let text = normal(&document);
    Ok(Document { digest: Digest::of(&text), text })
}

/// What is wrong, the first of it.
fn said(list: &DiagnosticList) -> String {
    let errors = list.iter().take(TOLD).map(|diagnostic| {
        let error = diagnostic.to_json();
        let message: String = error.message.chars().take(300).collect();
        match error.locations.first() {
            Some(at) => format!("{message} (line {}, column {})", at.line, at.column),
            None => message,
        }
    });
    errors.collect::<Vec<_>>().join("; ")
}

fn wrong(message: String) -> Refusal {
    Refusal::input("documents", message)
}
