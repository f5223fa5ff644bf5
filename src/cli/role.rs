//! `doorward role …`

use super::Desk;
use super::output::Output;
use crate::error::Error;
use crate::lists::{Page, Wanted};
use crate::permission::Surface;
use crate::roles::{self, NewRole};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Role {
    /// Make a role: a named list of grants
    Create {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// A grant, like `Query.users`, `User.*` or `!User.email_address`; may be repeated
        #[arg(long = "permission", value_name = "GRANT")]
        permissions: Vec<String>,
    },
    /// List the roles
    List,
}

impl Role {
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<ExitCode, Error> {
        match self {
            Self::Create { name, description, permissions } => {
                let new = NewRole { name, description, permissions, ..NewRole::default() };
                let role = roles::create(&desk.cx, &desk.operator, new).await?;
                let count = role.granted(&desk.cx.surface).count();
                output.done(
                    &format!("made role {} ({}), which opens {count} coordinates", role.id, role.name),
                    json(&role, &desk.cx.surface),
                )?;
            }
            Self::List => {
                let mut items = Vec::new();
                for page in Page::all() {
                    let (roles, total) = roles::list(&desk.cx, Wanted::page(roles::LISTING, page)).await?;
                    items.extend(roles.iter().map(|role| json(role, &desk.cx.surface)));
                    if roles.is_empty() || items.len() as i64 >= total {
                        break;
                    }
                }
                output.list(
                    &["id", "name", "description", "built_in", "effective_permission_count", "user_count"],
                    &items,
                )?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn json(role: &roles::Role, surface: &Surface) -> Value {
    json!({
        "id": role.id.to_string(),
        "name": role.name,
        "description": role.description,
        "built_in": role.built_in,
        "applied_permissions": role.grants.iter().map(|pinned| surface.print(&pinned.grant)).collect::<Vec<_>>(),
        "follow_new_fields": role.follow_new_fields,
        "effective_permission_count": role.granted(surface).count(),
        "user_count": role.user_count,
        "created_at": role.created_at.to_string(),
        "updated_at": role.updated_at.to_string(),
    })
}
