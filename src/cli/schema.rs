//! `doorward schema …`

use super::can::{Who, behind};
use super::output::Output;
use super::serve::Upstream;
use super::{Desk, Settings, diff};
use crate::error::Error;
use crate::{coordinates, graphql};
use clap::Subcommand;
use serde_json::json;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Schema {
    /// Print the schema as SDL: whole, or what a role or a user sees of it
    Print {
        /// What the grants of this role alone show
        #[arg(long, conflicts_with = "user")]
        role: Option<String>,
        /// What this user sees by a session
        #[arg(long)]
        user: Option<String>,
        /// What the token on stdin sees
        #[arg(long, conflicts_with_all = ["user", "role"])]
        token_stdin: bool,
        /// Doorward's own alone, which needs no database
        #[arg(long, conflicts_with_all = ["user", "role", "token_stdin"])]
        own: bool,
    },
    /// Ask the API behind for its schema and take it in; what is new in it stays closed until it is accepted
    Pull {
        #[command(flatten)]
        upstream: Upstream,
    },
    /// Say what a pull would bring and whom it concerns, and what waits to be accepted
    Diff {
        #[command(flatten)]
        upstream: Upstream,
    },
    /// Open what the schema has gained to the grants that were made before, for everyone
    #[command(override_usage = "doorward schema accept --all\n       doorward schema accept COORDINATE…")]
    Accept {
        /// All of it
        #[arg(long, conflicts_with = "coordinates", required_unless_present = "coordinates")]
        all: bool,
        /// A field, an argument or an input field, like `User.name` or `Query.users(id:)`
        #[arg(value_name = "COORDINATE")]
        coordinates: Vec<String>,
    },
}

impl Schema {
    pub async fn run(self, settings: &Settings, output: &Output) -> Result<ExitCode, Error> {
        match self {
            Self::Print { own: true, .. } => own(output)?,
            Self::Print { role, user, token_stdin, .. } => {
                print(Who { role, user, token_stdin }, settings, output).await?;
            }
            Self::Pull { upstream } => diff::pull(upstream, settings, output).await?,
            Self::Diff { upstream } => diff::diff(upstream, settings, output).await?,
            Self::Accept { all, coordinates } => {
                let desk = Desk::open(settings).await?;
                accept(&desk, (!all).then_some(coordinates.as_slice()), output).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn accept(desk: &Desk, named: Option<&[String]>, output: &Output) -> Result<(), Error> {
    let accepted = coordinates::accept(&desk.cx, &desk.operator, named).await?;
    let text = if accepted.is_empty() { "there was nothing new".to_owned() } else { accepted.join("\n") };
    output.answer(&text, json!({ "accepted": accepted }))?;
    Ok(())
}

async fn print(who: Who, settings: &Settings, output: &Output) -> Result<(), Error> {
    let (desk, app) = Desk::with(settings, Vec::new()).await?;
    let sdl =
        if who.is_someone() { desk.cx.surface.shape(&behind(&desk, who).await?.powers).to_string() } else { app.sdl() };
    output.answer(sdl.trim_end(), json!({ "sdl": sdl }))?;
    Ok(())
}

fn own(output: &Output) -> Result<(), Error> {
    let sdl = graphql::schema::sdl();
    output.answer(sdl.trim_end(), json!({ "sdl": sdl }))?;
    Ok(())
}
