//! `doorward audit export`: the trail as JSON Lines or CSV, a page in memory at a time. That it was taken out is
//! itself written down.

use super::Which;
use super::wanted::{Pages, Way};
use crate::audit::export;
use crate::cli::Desk;
use crate::cli::arguments::count;
use crate::cli::output::{Output, Progress};
use crate::error::{Error, Fault};
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::process::ExitCode;

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    which: Which,
    /// How many rows at most [default: all]
    #[arg(long, value_name = "NUMBER", value_parser = count)]
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
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<ExitCode, Error> {
        if output.is_json() && self.format == Format::Csv {
            return Ok(output.wrong_use("`--json` and `--format csv` contradict each other: leave one out"));
        }
        let pages = Pages::of(&self.which, desk.cx.world.now(), Way::On)?;
        let own = self.note(desk).await?;
        match self.write(desk, pages.until_row(own)).await {
            // Whoever read it has had enough.
            Err(Error::Fault(fault)) if is_broken_pipe(&fault) => Ok(ExitCode::SUCCESS),
            done => done.map(|()| ExitCode::SUCCESS),
        }
    }

    /// Writes down that the trail is taken out, and answers the number of that row: the last that goes out.
    async fn note(&self, desk: &Desk) -> Result<i64, Error> {
        let Which { since, until, actor, action, subject } = &self.which;
        let narrowed = [("since", since), ("until", until), ("actor", actor), ("action", action), ("subject", subject)];
        let said: Vec<String> =
            narrowed.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
        export::note(&desk.cx, &desk.operator, &said).await
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
                sink.row(&export::row(entry)).map_err(failed)?;
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
                table.write_record(export::COLUMNS).map_err(of_table)?;
                Self::Table(Box::new(table))
            }
        })
    }

    fn row(&mut self, row: &Value) -> io::Result<()> {
        match self {
            Self::Lines(lines) => writeln!(lines, "{}", export::line(row)),
            Self::Table(table) => table.write_record(export::cells(row)).map_err(of_table),
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

fn is_broken_pipe(fault: &Fault) -> bool {
    fault.cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
