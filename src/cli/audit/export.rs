//! `doorward audit export`: the trail as JSON Lines or CSV, a page in memory at a time. That it was taken out is
//! itself written down.

use super::wanted::{Pages, Way};
use super::{Which, json};
use crate::audit::{self, Event};
use crate::cli::Desk;
use crate::cli::output::{Output, Progress};
use crate::error::{Error, Fault, Refusal};
use clap::{Args, ValueEnum};
use serde_json::{Value, json as object};
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::sync::Arc;

/// The columns, named as in GraphQL.
const COLUMNS: [&str; 13] = [
    "id",
    "at",
    "action",
    "actor",
    "actor_user_id",
    "credential",
    "credential_token_id",
    "subject",
    "subject_type",
    "subject_id",
    "ip",
    "request_id",
    "details",
];

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    which: Which,
    /// How many rows at most [default: all]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u64>,
    /// One JSON object a line, or a table for spreadsheets
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
    Csv,
}

/// Where rows go.
enum Sink<'a> {
    Lines(BufWriter<StdoutLock<'a>>),
    Table(Box<csv::Writer<StdoutLock<'a>>>),
}

impl Export {
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<(), Error> {
        if output.is_json() && self.format == Format::Csv {
            let message = "`--json` and `--format csv` contradict each other: leave one out";
            return Err(Refusal::input("--format", message).into());
        }
        let pages = Pages::of(&self.which, desk.cx.world.now(), Way::On)?;
        let own = self.note(desk).await?;
        match self.write(desk, pages.until_row(own)).await {
            // Whoever read it has had enough.
            Err(Error::Fault(fault)) if is_broken_pipe(&fault) => Ok(()),
            done => done,
        }
    }

    /// Writes down that the trail is taken out, and answers the number of that row: the last that goes out.
    async fn note(&self, desk: &Desk) -> Result<i64, Error> {
        let Which { since, until, actor, action, subject } = &self.which;
        let narrowed = [("since", since), ("until", until), ("actor", actor), ("action", action), ("subject", subject)];
        let said: Vec<String> =
            narrowed.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
        let details = if said.is_empty() { "all".to_owned() } else { said.join(", ") };
        let (operator, cx) = (desk.operator.clone(), Arc::clone(&desk.cx));
        desk.cx
            .storage
            .write(move |tx| {
                let event = Event {
                    action: "audit.export",
                    subject_type: "audit",
                    subject_id: None,
                    subject: None,
                    details: Some(details),
                    by: None,
                };
                audit::record(tx, &cx.world, &operator, &event)?;
                audit::newest(tx)
            })
            .await
    }

    async fn write(&self, desk: &Desk, mut pages: Pages) -> Result<(), Error> {
        let failed = |error: io::Error| Fault::new("writing the audit trail", error);
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut progress = Progress::new("rows exported");
        let mut sink = Sink::new(self.format).map_err(failed)?;
        while let Some(page) = pages.next(desk).await? {
            for entry in &page {
                if left == 0 {
                    return Ok(sink.end().map_err(failed)?);
                }
                left -= 1;
                sink.row(&json(entry)).map_err(failed)?;
                progress.one_more();
            }
        }
        Ok(sink.end().map_err(failed)?)
    }
}

impl Sink<'_> {
    fn new(format: Format) -> io::Result<Self> {
        let stdout = io::stdout().lock();
        Ok(match format {
            Format::Jsonl => Self::Lines(BufWriter::new(stdout)),
            Format::Csv => {
                let mut table = csv::Writer::from_writer(stdout);
                table.write_record(COLUMNS).map_err(of_table)?;
                Self::Table(Box::new(table))
            }
        })
    }

    fn row(&mut self, row: &Value) -> io::Result<()> {
        match self {
            Self::Lines(lines) => {
                let mut whole = object!({ "json_version": 1 });
                if let (Some(whole), Some(row)) = (whole.as_object_mut(), row.as_object()) {
                    whole.extend(row.clone());
                }
                writeln!(lines, "{whole}")
            }
            Self::Table(table) => {
                let cells = COLUMNS.iter().map(|column| harmless(row[*column].as_str().unwrap_or_default()));
                table.write_record(cells).map_err(of_table)
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Lines(lines) => lines.flush(),
            Self::Table(table) => table.flush(),
        }
    }
}

fn of_table(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn is_broken_pipe(fault: &Fault) -> bool {
    fault.cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_made_a_text() {
        for formula in ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["ada", "", "a=1", "2026-11-29T00:00:00Z"] {
            assert_eq!(harmless(text), text);
        }
    }
}
