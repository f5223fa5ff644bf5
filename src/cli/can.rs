//! `doorward can`: would this operation be allowed, by what, and if not, what is missing?

use super::Desk;
use super::output::Output;
use crate::config::{Limits, files};
use crate::error::{Code, Error, Reason, Refusal, Taken};
use crate::graphql::plan::{self, NoPlan};
use crate::graphql::variables;
use crate::guard::{self, Behind, SuperAdmin};
use crate::permission::{Granted, NamedGrants, Surface};
use crate::{roles, users};
use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};
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
        let limits = &desk.cx.config.limits;
        let text = read(&self.operation, limits)?;
        let given = match &self.variables {
            Some(path) => serde_json::from_str(&read(path, limits)?)
                .map_err(|error| Refusal::new(Code::BadUserInput, format!("{}: {error}", path.display())))?,
            None => serde_json_bytes::Map::new(),
        };
        let surface = &desk.cx.surface;
        let plan = plan::make(surface, limits, &text, self.operation_name.as_deref());
        let plan = plan.map_err(|none| invalid(&self.operation, none))?;
        let behind = behind(desk, Who { user: self.user, role: self.role, token_stdin: self.token_stdin }).await?;
        if let Some(caller) = &behind.caller {
            guard::holds_to(caller, || plan.digest())?;
        }
        let coerced = variables::coerce(surface.schema(), &plan.operation, &given)?;
        let mut needed = surface.needed(&plan.needs, Some(&given));
        let also = plan.attributes.needed(surface, &coerced).unwrap_or_else(|| surface.nothing());
        needed.union_with(&also);
        match surface.judge_also(&plan.needs, &behind.powers, &given, &also) {
            Ok(()) => {
                allowed(surface, &behind, &needed, output)?;
                Ok(ExitCode::SUCCESS)
            }
            Err(missing) => {
                refused(surface, &behind, &needed, missing, output)?;
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

/// Whose powers are asked for.
#[derive(Debug, Default)]
pub struct Who {
    pub user: Option<String>,
    pub role: Option<String>,
    /// The token is on stdin.
    pub token_stdin: bool,
}

impl Who {
    /// Whether anyone is named.
    pub const fn is_someone(&self) -> bool {
        self.user.is_some() || self.role.is_some() || self.token_stdin
    }
}

/// The powers of a user, a role or a token, and where they come from.
///
/// # Errors
/// When there is no such user or role, the user is disabled, or the token does not hold.
pub async fn behind(desk: &Desk, who: Who) -> Result<Behind, Error> {
    if who.token_stdin {
        let mut token = String::new();
        let read = std::io::stdin().take(4096).read_to_string(&mut token);
        read.map_err(|error| Refusal::new(Code::BadUserInput, format!("stdin: {error}")))?;
        return Behind::token(&desk.cx, token.trim()).await;
    }
    let context = Arc::clone(&desk.cx);
    let (role, user) = (who.role, who.user.unwrap_or_default());
    let read = move |tx: &mut crate::storage::Tx<'_>| match role {
        Some(role) => Ok(Behind::role(&context.surface, roles::by_name(tx, &role)?)),
        None => {
            let user = users::by_name(tx, &user)?;
            if !user.enabled {
                let message = format!("`{}` is disabled: nothing is allowed", user.person.username);
                return Err(Refusal::new(Code::Unauthenticated, message).because(Reason::UserDisabled).into());
            }
            Behind::user(tx, &context, user.person.id)
        }
    };
    desk.cx.storage.read(read).await
}

/// A permission, the grant that opens it, and whose grant that is.
struct By {
    coordinate: String,
    grant: String,
    /// `role` or `token`.
    of: &'static str,
    name: String,
}

fn allowed(surface: &Surface, behind: &Behind, needed: &Granted, output: &Output) -> Result<(), Error> {
    let everything = behind.super_admin == SuperAdmin::Reaches;
    let roles: &[NamedGrants] = if everything { &[] } else { &behind.roles };
    let narrowings: Vec<NamedGrants> = behind
        .cuts
        .iter()
        .filter_map(|cut| {
            let grants = cut.narrowing.clone()?;
            Some(NamedGrants { name: cut.token.to_string(), grants, follow_new_fields: false })
        })
        .collect();
    let mut by: Vec<By> = Vec::new();
    for (of, lists) in [("role", roles), ("token", &narrowings)] {
        let openers = surface.openers(needed, lists).into_iter();
        by.extend(openers.map(|one| By { coordinate: one.coordinate, grant: one.grant, of, name: one.list.into() }));
    }
    by.sort_by(|one, other| one.coordinate.cmp(&other.coordinate));
    let mut lines = vec!["allowed".to_owned()];
    if everything {
        lines.push("a super administrator holds everything".to_owned());
    }
    lines.extend(table(&by));
    let grants: Vec<Value> =
        by.iter().map(|one| json!({ "coordinate": one.coordinate, "grant": one.grant, one.of: one.name })).collect();
    let thing = json!({ "allowed": true, "missing": [], "super_admin": everything, "grants": grants });
    Ok(output.answer(&lines.join("\n"), thing)?)
}

/// `Query.users  by  Query.*  of role reader`
fn table(by: &[By]) -> Vec<String> {
    let widest = |width: fn(&By) -> usize| by.iter().map(width).max().unwrap_or_default();
    let (first, second) = (widest(|one| one.coordinate.len()), widest(|one| one.grant.len()));
    let line = |one: &By| {
        let By { coordinate, grant, of, name } = one;
        format!("{coordinate:first$}  by  {grant:second$}  of {of} {name}")
    };
    by.iter().map(line).collect()
}

/// What the person holds and the token does not.
struct TakenAway {
    coordinate: String,
    reason: Taken,
    token: Option<String>,
}

fn refused(
    surface: &Surface,
    behind: &Behind,
    needed: &Granted,
    missing: Vec<String>,
    output: &Output,
) -> Result<(), Error> {
    let taken: Vec<TakenAway> =
        taken_away(surface, behind, needed).into_iter().filter(|taken| missing.contains(&taken.coordinate)).collect();
    let mut lines = vec![format!("not allowed; missing: {}", missing.join(", "))];
    lines.extend(taken.iter().map(|TakenAway { coordinate, reason, token }| {
        let token = token.as_deref().unwrap_or_default();
        match reason {
            Taken::ReadOnly => format!("{coordinate}: the user holds it, but token {token} is read-only"),
            Taken::Narrowed => format!("{coordinate}: the user holds it, but token {token} is narrowed to less"),
            Taken::NotConfirmed => {
                format!("{coordinate}: the user holds it as a super administrator, which the token is older than")
            }
        }
    }));
    let taken: Vec<Value> = taken
        .iter()
        .map(|one| json!({ "coordinate": one.coordinate, "reason": one.reason.as_str(), "token": one.token }))
        .collect();
    let thing = json!({ "allowed": false, "missing": missing, "taken_away": taken });
    Ok(output.answer(&lines.join("\n"), thing)?)
}

fn taken_away(surface: &Surface, behind: &Behind, needed: &Granted) -> Vec<TakenAway> {
    let mut held = needed.clone();
    held.intersect_with(&behind.person);
    let mut all = Vec::new();
    let mut take = |left: &Granted, reason: Taken, token: Option<String>| {
        let mut gone = held.clone();
        gone.subtract(left);
        let taken = |coordinate| TakenAway { coordinate, reason, token: token.clone() };
        all.extend(surface.coordinates(&gone).map(taken));
    };
    if behind.super_admin == SuperAdmin::Unconfirmed {
        let by_roles = behind.roles.iter().map(|role| surface.compile(&role.grants, role.follow_new_fields));
        let by_roles = by_roles.reduce(|mut all, role| {
            all.union_with(&role);
            all
        });
        take(&by_roles.unwrap_or_else(|| surface.nothing()), Taken::NotConfirmed, None);
    }
    for cut in &behind.cuts {
        let token = Some(cut.token.to_string());
        if cut.read_only {
            take(&surface.without_mutations(&held), Taken::ReadOnly, token.clone());
        }
        if let Some(narrowing) = &cut.narrowing {
            take(&surface.compile(narrowing, false), Taken::Narrowed, token);
        }
    }
    all.sort_by(|one, other| one.coordinate.cmp(&other.coordinate));
    all
}

/// What a server would take in one request, and no more.
fn read(path: &Path, limits: &Limits) -> Result<String, Refusal> {
    files::read(path, limits.body_bytes).map_err(|why| Refusal::new(Code::BadUserInput, why))
}

/// Says where in the file it is wrong, as compilers do.
fn invalid(path: &Path, none: NoPlan) -> Refusal {
    match none {
        NoPlan::Refusal(refusal) => Refusal { message: format!("{}: {refusal}", path.display()), ..refusal },
        NoPlan::Errors(code, errors) => {
            let said = errors.iter().map(|error| {
                let at = error.locations.first().map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
                format!("{}{at}: {}", path.display(), error.message)
            });
            let mut said: Vec<String> = said.collect();
            said.dedup();
            Refusal::new(code, said.join("; "))
        }
    }
}
