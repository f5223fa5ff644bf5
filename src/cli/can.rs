//! `doorward can`: would this operation be allowed?

use super::Desk;
use super::output::Output;
use crate::error::{Code, Error, Refusal};
use crate::graphql::plan::{self, NoPlan};
use crate::guard::{self, Callers, Presented, Standing};
use crate::permission::Powers;
use crate::{roles, users};
use apollo_compiler::ExecutableDocument;
use clap::{ArgGroup, Args};
use serde_json::json;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
#[command(group = ArgGroup::new("who").required(true))]
pub struct Can {
    /// This user, by a session
    #[arg(long, group = "who")]
    user: Option<String>,
    /// The grants of this role alone
    #[arg(long, group = "who")]
    role: Option<String>,
    /// The token on stdin
    #[arg(long, group = "who")]
    token_stdin: bool,
    /// The file with the operation
    #[arg(long, value_name = "FILE")]
    operation: PathBuf,
    /// Which operation, where the file has several
    #[arg(long, value_name = "NAME")]
    operation_name: Option<String>,
    /// A file with the values of its variables, as JSON
    #[arg(long, value_name = "FILE")]
    variables: Option<PathBuf>,
}

impl Can {
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<ExitCode, Error> {
        let text = read(&self.operation)?;
        let variables = match &self.variables {
            Some(path) => serde_json::from_str(&read(path)?)
                .map_err(|error| Refusal::new(Code::BadUserInput, format!("{}: {error}", path.display())))?,
            None => serde_json_bytes::Map::new(),
        };
        let plan = plan::make(&desk.cx.surface, &desk.cx.config.limits, &text, self.operation_name.as_deref())
            .map_err(invalid)?;
        let powers = self.powers(desk, &plan.document).await?;
        match desk.cx.surface.judge(&plan.needs, &powers, &variables) {
            Ok(()) => {
                output.answer("allowed", json!({ "allowed": true, "missing": [] }))?;
                Ok(ExitCode::SUCCESS)
            }
            Err(missing) => {
                output.answer(
                    &format!("not allowed; missing: {}", missing.join(", ")),
                    json!({ "allowed": false, "missing": missing }),
                )?;
                Ok(ExitCode::FAILURE)
            }
        }
    }

    async fn powers(self, desk: &Desk, document: &ExecutableDocument) -> Result<Powers, Error> {
        if self.token_stdin {
            let mut token = String::new();
            let read = std::io::stdin().take(4096).read_to_string(&mut token);
            read.map_err(|error| Refusal::new(Code::BadUserInput, format!("stdin: {error}")))?;
            let presented = Presented::Bearer(token.trim());
            return match guard::identify(&desk.cx, &Callers::default(), &presented, Arc::default()).await? {
                // From where it would be used is not known here.
                Standing::Live(caller) | Standing::Barred(caller, _) => {
                    guard::holds_to(&caller, document)?;
                    Ok(caller.powers().clone())
                }
                Standing::Dead(refusal) => Err(refusal.into()),
            };
        }
        let context = Arc::clone(&desk.cx);
        let (role, user) = (self.role, self.user.unwrap_or_default());
        let read = move |tx: &mut crate::storage::Tx<'_>| match role {
            Some(role) => {
                let role = roles::by_name(tx, &role)?;
                Ok(guard::powers_of_grants(&context.surface, &role.grants, role.follow_new_fields))
            }
            None => {
                let user = users::by_name(tx, &user)?;
                if !user.enabled {
                    let message = format!("`{}` is disabled: nothing is allowed", user.person.username);
                    return Err(Refusal::new(Code::Unauthenticated, message).because("USER_DISABLED").into());
                }
                guard::powers_of_user(tx, &context, user.person.id)
            }
        };
        desk.cx.storage.read(read).await
    }
}

fn read(path: &PathBuf) -> Result<String, Refusal> {
    std::fs::read_to_string(path)
        .map_err(|error| Refusal::new(Code::BadUserInput, format!("{}: {error}", path.display())))
}

fn invalid(none: NoPlan) -> Refusal {
    match none {
        NoPlan::Refusal(refusal) => refusal,
        NoPlan::Errors(code, errors) => {
            let said: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            Refusal::new(code, said.join("; "))
        }
    }
}
