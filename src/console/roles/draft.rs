//! A role as it stands in the editor: what was typed, and what of it differs from what is saved.

use super::Role;
use crate::console::form::Form;
use crate::permission::Surface;
use crate::roles::Preset;
use serde_json::{Map, Value};

/// What stands in the editor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The grants, as written.
    pub grants: Vec<String>,
    /// Whether they also open what the schema gains later.
    pub follow_new_fields: bool,
    /// The name under which the API is told of it.
    pub upstream_name: String,
}

impl Draft {
    /// As it is saved.
    pub fn of_role(role: &Role) -> Self {
        Self {
            name: role.name.clone(),
            description: role.description.clone().unwrap_or_default(),
            grants: role.applied_permissions.clone(),
            follow_new_fields: role.follow_new_fields,
            upstream_name: role.upstream_name.clone().unwrap_or_default(),
        }
    }

    /// As a form has it; what is not in the form (`all`: whether all of it is) stays as it was.
    pub fn of_form(form: &Form, before: &Self, all: bool) -> Self {
        let text = |name: &str, before: &str| form.given(name).map_or(before, str::trim).to_owned();
        let mut grants: Vec<String> = Vec::new();
        for grant in form.lines("grants") {
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        Self {
            name: text("name", &before.name),
            description: text("description", &before.description),
            grants,
            follow_new_fields: if all { form.ticked("follow_new_fields") } else { before.follow_new_fields },
            upstream_name: if all {
                text("upstream_name", &before.upstream_name)
            } else {
                before.upstream_name.clone()
            },
        }
    }

    /// The same with the grants of a preset, where the form asks for one.
    pub fn with_preset(mut self, name: &str, surface: &Surface) -> Self {
        if let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.name() == name) {
            self.grants = preset.grants(surface);
        }
        self
    }

    /// What an update says: what differs, and no more.
    pub fn changes(&self, before: &Self) -> Map<String, Value> {
        let mut input = Map::new();
        let clearing = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        if self.name != before.name {
            input.insert("name".into(), self.name.clone().into());
        }
        if self.description != before.description {
            input.insert("description".into(), clearing(&self.description));
        }
        if self.grants != before.grants {
            input.insert("applied_permissions".into(), self.grants.clone().into());
        }
        if self.follow_new_fields != before.follow_new_fields {
            input.insert("follow_new_fields".into(), self.follow_new_fields.into());
        }
        if self.upstream_name != before.upstream_name {
            input.insert("upstream_name".into(), clearing(&self.upstream_name));
        }
        input
    }

    /// The grants that are there and not in the other.
    pub fn beyond<'a>(&'a self, other: &Self) -> Vec<&'a str> {
        self.grants.iter().filter(|grant| !other.grants.contains(grant)).map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_sent() {
        let before = Draft { name: "desk".into(), grants: vec!["Query.a".into(), "T.*".into()], ..Draft::default() };
        let form = Form::parse(b"name=desk&description=+Answers+&grants=Query.a%0D%0A%0D%0AT.*%0AT.*&upstream_name=x");
        let typed = Draft::of_form(&form, &before, false);
        assert_eq!(Value::from(typed.changes(&before)).to_string(), r#"{"description":"Answers"}"#);
        let all = Draft::of_form(&form, &before, true);
        assert_eq!(Value::from(all.changes(&before)).to_string(), r#"{"description":"Answers","upstream_name":"x"}"#);
        let less = Draft { grants: vec!["T.*".into(), "!T.a".into()], ..before.clone() };
        assert_eq!(less.beyond(&before), ["!T.a"]);
        assert_eq!(before.beyond(&less), ["Query.a"]);
    }
}
