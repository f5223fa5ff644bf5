//! `doorward man`: the manual pages, made from what the commands say of themselves.

use super::Cli;
use super::output::Output;
use crate::error::{Code, Error, Fault, Refusal};
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub struct Manual {
    /// Write a page for each command into this directory, which is made where it is not there
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// A page and the name of its file.
struct Page {
    file: String,
    text: String,
}

impl Manual {
    pub fn run(self, output: &Output) -> Result<ExitCode, Error> {
        let pages = pages()?;
        let Some(directory) = self.directory else {
            let whole: String = pages.iter().map(|page| page.text.as_str()).collect();
            output.answer(whole.trim_end(), json!({ "roff": whole }))?;
            return Ok(ExitCode::SUCCESS);
        };
        let wrong =
            |error: std::io::Error| Refusal::new(Code::BadUserInput, format!("{}: {error}", directory.display()));
        std::fs::create_dir_all(&directory).map_err(wrong)?;
        for page in &pages {
            std::fs::write(directory.join(&page.file), &page.text).map_err(wrong)?;
        }
        let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        output.done(&format!("wrote {} pages to {}", files.len(), directory.display()), json!({ "files": files }))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn pages() -> Result<Vec<Page>, Fault> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    add(&command, "doorward", &mut pages).map_err(|error| Fault::new("writing the manual", error))?;
    Ok(pages)
}

fn add(command: &Command, name: &str, pages: &mut Vec<Page>) -> std::io::Result<()> {
    let mut text = Vec::new();
    // The page of a command below is called by its whole name, as its file is.
    let named = command.clone().name(name.to_owned()).display_name(name.to_owned());
    let man = Man::new(named).manual("Doorward").source(format!("doorward {}", env!("CARGO_PKG_VERSION")));
    man.render(&mut text)?;
    pages.push(Page { file: format!("{name}.1"), text: String::from_utf8_lossy(&text).into_owned() });
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        add(below, &format!("{name}-{}", below.get_name()), pages)?;
    }
    Ok(())
}
