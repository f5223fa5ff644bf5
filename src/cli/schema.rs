//! `doorward schema …`

use super::output::Output;
use super::{Desk, Settings};
use crate::error::Error;
use crate::{coordinates, graphql, guard, roles, users};
use clap::Subcommand;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;

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
    },
    /// Open what the schema has gained to the grants that were made before, for everyone
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
            Self::Print { role, user } => print(role, user, settings, output).await?,
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

async fn print(role: Option<String>, user: Option<String>, settings: &Settings, output: &Output) -> Result<(), Error> {
    let sdl = if role.is_none() && user.is_none() {
        graphql::schema::sdl() // Needs no database.
    } else {
        let desk = Desk::open(settings).await?;
        let context = Arc::clone(&desk.cx);
        let powers = desk.cx.storage.read(move |tx| match (role, user) {
            (Some(role), _) => {
                let role = roles::by_name(tx, &role)?;
                Ok(guard::powers_of_grants(&context.surface, &role.grants, role.follow_new_fields))
            }
            (None, user) => {
                let user = users::by_name(tx, &user.unwrap_or_default())?;
                guard::powers_of_user(tx, &context, user.person.id)
            }
        });
        desk.cx.surface.shape(&powers.await?).to_string()
    };
    output.answer(sdl.trim_end(), json!({ "sdl": sdl }))?;
    Ok(())
}
