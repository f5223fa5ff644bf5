//! A key with what was given for it, by whom, and whether that fits.

use super::Config;
use super::keys::KeyRow;
use crate::error::Refusal;
use config::{Value, ValueKind};
use serde_json::Value as Json;
use std::fmt;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The file of this name.
    File(String),
    /// The variable of this name.
    Environment(String),
    /// A flag of the command line.
    Flag,
}

impl Origin {
    /// What a complaint of a value begins with.
    fn prefix(&self) -> String {
        match self {
            Self::File(name) | Self::Environment(name) => format!("{name}: "),
            Self::Default | Self::Flag => String::new(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name) | Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// A key with what was given for it.
pub(super) struct Set {
    pub key: &'static KeyRow,
    pub value: Value,
    pub origin: Origin,
}

/// A key, the value that holds, and where that comes from.
#[derive(Debug)]
pub struct Setting {
    /// The key.
    pub key: &'static KeyRow,
    /// The value; `None` where there is none, and where it may be secret.
    pub value: Option<Json>,
    /// Whose it is.
    pub origin: Origin,
}

/// The complaint with where its value comes from: of the key that it names first, or of the one at fault.
pub(super) fn from_where(complaint: Refusal, set: &[Set]) -> Refusal {
    let is_named = |set: &&Set| complaint.message.starts_with(&format!("`{}`", set.key.name));
    let is_at_fault = |set: &&Set| Some(set.key.name) == complaint.field.as_deref();
    let of = set.iter().find(is_named).or_else(|| set.iter().find(is_at_fault));
    let prefix = of.map(|set| set.origin.prefix()).unwrap_or_default();
    Refusal { message: format!("{prefix}{}", complaint.message), ..complaint }
}

impl Set {
    pub fn fits(&self) -> bool {
        self.key.kind.fits(&self.value) && built(std::slice::from_ref(self)).is_some()
    }

    pub fn complaint(&self) -> Refusal {
        let (from, name) = (self.origin.prefix(), self.key.name);
        Refusal::input(name, format!("{from}`{name}` must be {}", self.key.kind.words()))
    }
}

/// The structure with these values in it; `None`, where one is not of its kind.
pub(super) fn built(set: &[Set]) -> Option<Config> {
    let mut builder = config::Config::builder();
    for Set { key, value, .. } in set {
        builder = builder.set_override(key.name, value.clone()).ok()?;
    }
    builder.build().ok()?.try_deserialize().ok()
}

/// A value for the eyes of whoever runs the program. Some APIs take their key in the query of their URL.
pub(super) fn shown(key: &KeyRow, value: &Value) -> Option<Json> {
    let json = match &value.kind {
        ValueKind::String(text) => key.kind.json(text),
        _ => value.clone().try_deserialize().ok()?,
    };
    match json.as_str().and_then(|text| text.split_once('?')) {
        Some((before, _)) if key.kind == super::Kind::Url => Some(format!("{before}?…").into()),
        _ => Some(json),
    }
}
