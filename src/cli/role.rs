//! `doorward role …`

mod show;

use super::Desk;
use super::output::Output;
use crate::error::{Error, Refusal};
use crate::lists::{Page, Wanted};
use crate::permission::Surface;
use crate::roles::{self, Adjustment, NewRole, Preset, RoleChange};
use clap::{ArgGroup, Args, Subcommand};
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
        /// Begin with the grants of this preset: read-only, read-write or administrator
        #[arg(long, value_name = "PRESET", value_parser = preset)]
        preset: Option<Preset>,
    },
    /// List the roles
    List,
    /// Show a role: its grants, what they open now, and who holds it
    Show {
        /// Its name
        name: String,
    },
    /// Change a role, for all who hold it
    Update(Update),
    /// Delete a role: those who hold it lose it at once
    Delete {
        /// Its name
        name: String,
    },
}

#[derive(Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct Update {
    /// Which role
    role: String,
    /// Its name from now on
    #[arg(long, group = "change")]
    name: Option<String>,
    /// What it is for; an empty text clears it
    #[arg(long, group = "change")]
    description: Option<String>,
    /// A grant of the new list, which takes the place of the whole old one; may be repeated
    #[arg(long = "permission", value_name = "GRANT", group = "change", conflicts_with_all = ["add", "remove"])]
    permissions: Vec<String>,
    /// A grant to add; may be repeated
    #[arg(id = "add", long = "add-permission", value_name = "GRANT", group = "change")]
    add: Vec<String>,
    /// A grant to take out of the list; may be repeated
    #[arg(id = "remove", long = "remove-permission", value_name = "GRANT", group = "change")]
    remove: Vec<String>,
    /// Whether its grants also open what the schema gains later: true or false
    #[arg(long, value_name = "BOOL", group = "change")]
    follow_new_fields: Option<bool>,
    /// The name under which the API behind is told of it; an empty text: it is not told
    #[arg(long, value_name = "NAME", group = "change")]
    upstream_name: Option<String>,
}

impl Update {
    fn change(self) -> RoleChange {
        let unless_empty = |text: String| (!text.is_empty()).then_some(text);
        RoleChange {
            name: self.name,
            description: self.description.map(unless_empty),
            permissions: (!self.permissions.is_empty()).then_some(self.permissions),
            adjust: Adjustment { add: self.add, remove: self.remove },
            follow_new_fields: self.follow_new_fields,
            upstream_name: self.upstream_name.map(unless_empty),
        }
    }
}

fn preset(text: &str) -> Result<Preset, String> {
    let found = Preset::ALL.into_iter().find(|preset| preset.name() == text);
    found.ok_or_else(|| "read-only, read-write, administrator".to_owned())
}

impl Role {
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<ExitCode, Error> {
        match self {
            Self::Create { name, description, permissions, preset } => {
                let surface = &desk.cx.surface;
                let mut permissions = permissions;
                if preset.is_some() && surface.awaits_api() {
                    let message = "the schema of the API behind is not known yet, so what the preset comes to is not either: \
                                   run `doorward schema pull` first";
                    return Err(Refusal::input("--preset", message).into());
                }
                permissions.splice(0..0, preset.map(|preset| preset.grants(surface)).into_iter().flatten());
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
            Self::Show { name } => show::show(desk, output, &named(desk, name).await?).await?,
            Self::Update(update) => {
                let id = named(desk, update.role.clone()).await?.id;
                let role = roles::update(&desk.cx, &desk.operator, id, update.change()).await?;
                let count = role.granted(&desk.cx.surface).count();
                output.done(
                    &format!("changed role {} ({}), which opens {count} coordinates", role.id, role.name),
                    json(&role, &desk.cx.surface),
                )?;
            }
            Self::Delete { name } => {
                let role = named(desk, name).await?;
                roles::delete(&desk.cx, &desk.operator, role.id).await?;
                output.done(
                    &format!("deleted role {} ({}), which {} users held", role.id, role.name, role.user_count),
                    json(&role, &desk.cx.surface),
                )?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn named(desk: &Desk, name: String) -> Result<roles::Role, Error> {
    desk.cx.storage.read(move |tx| roles::by_name(tx, &name)).await
}

fn json(role: &roles::Role, surface: &Surface) -> Value {
    json!({
        "id": role.id.to_string(),
        "name": role.name,
        "description": role.description,
        "built_in": role.built_in,
        "applied_permissions": role.grants.iter().map(|pinned| surface.print(&pinned.grant)).collect::<Vec<_>>(),
        "follow_new_fields": role.follow_new_fields,
        "upstream_name": role.upstream_name,
        "effective_permission_count": role.granted(surface).count(),
        "user_count": role.user_count,
        "created_at": role.created_at.to_string(),
        "updated_at": role.updated_at.to_string(),
    })
}
