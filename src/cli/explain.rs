//! `doorward explain`: what a code or a reason means and what to do, from the tables that the server answers from.

use super::output::Output;
use crate::error::{Code, Error, Reason, Refusal, Taken};
use crate::graphql::answer::{Media, status};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Args)]
pub struct Explain {
    /// The code or reason, like FORBIDDEN or TOKEN_EXPIRED; without one, all are listed
    code: Option<String>,
}

/// A row of one of the tables.
struct Entry {
    name: &'static str,
    /// `code`, `reason` or `taken_away`: in which key of an answer it stands.
    kind: &'static str,
    /// The status of an answer: usually, and under `application/graphql-response+json`.
    status: Option<(u16, u16)>,
    means: &'static str,
    to_do: &'static str,
}

/// Every name that can be explained.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    entries().map(|entry| (entry.name, entry.means))
}

fn entries() -> impl Iterator<Item = Entry> {
    let codes = Code::ALL.iter().map(|code| Entry {
        name: code.as_str(),
        kind: "code",
        // On the wire there is no such code.
        status: (*code != Code::NotFound)
            .then(|| [Media::Json, Media::GraphqlResponse].map(|media| status(*code, media).as_u16()).into()),
        means: code.means(),
        to_do: code.to_do(),
    });
    let reasons = Reason::ALL.iter().map(|reason| Entry {
        name: reason.as_str(),
        kind: "reason",
        status: None,
        means: reason.means(),
        to_do: reason.to_do(),
    });
    let taken = Taken::ALL.iter().map(|taken| Entry {
        name: taken.as_str(),
        kind: "taken_away",
        status: None,
        means: taken.means(),
        to_do: taken.to_do(),
    });
    codes.chain(reasons).chain(taken)
}

impl Entry {
    fn json(&self) -> Value {
        json!({
            "code": self.name,
            "kind": self.kind,
            "status": self.status.map(|(usual, _)| usual),
            "graphql_response_status": self.status.map(|(_, other)| other),
            "means": self.means,
            "to_do": self.to_do,
        })
    }

    fn text(&self) -> String {
        let status = match self.status {
            Some((usual, other)) if usual == other => format!(", status {usual}"),
            Some((usual, other)) => format!(", status {usual}; {other} under application/graphql-response+json"),
            None => String::new(),
        };
        format!("{} ({}{status})\n{}\nWhat to do: {}", self.name, self.kind.replace('_', " "), self.means, self.to_do)
    }
}

impl Explain {
    pub fn run(self, output: &Output) -> Result<ExitCode, Error> {
        let Some(asked) = self.code else {
            let items: Vec<Value> = entries().map(|entry| entry.json()).collect();
            output.list(&["code", "kind", "means"], &items)?;
            return Ok(ExitCode::SUCCESS);
        };
        let name = asked.trim().to_ascii_uppercase().replace('-', "_");
        let Some(entry) = entries().find(|entry| entry.name == name) else {
            let message = format!("there is no code `{asked}`; {}", near(&name));
            return Err(Refusal { field: Some("code".into()), ..Refusal::not_found(message) }.into());
        };
        output.answer(&entry.text(), entry.json())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn near(name: &str) -> String {
    match crate::names::nearest(name, entries().map(|entry| entry.name), 3)[..] {
        [] => "`doorward explain` lists those that there are".to_owned(),
        [one] => format!("the nearest is {one}"),
        ref several => format!("the nearest are {}", several.join(", ")),
    }
}
