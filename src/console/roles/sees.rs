//! What a role sees: the schema as its grants show it, and what of them leads nowhere.

use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::counted;
use crate::permission::{Described, Granted, Surface};
use apollo_compiler::schema::ExtendedType;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Bytes of a schema that a page shows.
const LONGEST: usize = 60_000;
/// How many of the fields that lead nowhere are named.
const NAMED: usize = 12;

/// What a list of grants comes to.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Sees {
    /// The schema as it shows.
    pub sdl: String,
    /// `18 fields`.
    pub count: String,
    /// What leads nowhere, a sentence each.
    pub nowhere: Vec<String>,
    /// What is left out of the picture, in words.
    pub note: String,
    /// Why the grants cannot be read.
    pub problem: Option<String>,
}

impl Sees {
    /// For grants that cannot be read.
    pub fn problem(text: &str) -> Self {
        Self { problem: Some(text.to_owned()), ..Self::default() }
    }

    /// What these permissions show. What the visitor does not hold is not drawn for them.
    pub async fn of(visit: &Visit, mut granted: Granted) -> Result<Self, Stop> {
        let all = granted.count();
        granted.intersect_with(visit.caller.powers().held());
        let beyond = all - granted.count();
        let (surface, shapes) = (Arc::clone(&visit.cx().surface), Arc::clone(&visit.doors.whole.shapes));
        let draw = move || {
            let powers = surface.powers(granted);
            let shaped = shapes.of(&surface, &powers);
            let sees = |ty: &str| shaped.asked().types.contains_key(ty);
            let mut drawn = Self {
                sdl: shaped.outline(),
                nowhere: nowhere(&surface, powers.held(), &powers.open(), sees),
                ..Self::default()
            };
            let fields = surface.coordinates(&powers.open()).filter(|name| !name.contains('(')).count();
            drawn.count = counted(fields, "field");
            drawn
        };
        let drawn = tokio::task::spawn_blocking(draw).await;
        let mut drawn = drawn.map_err(|error| {
            tracing::error!(%error, "a role could not be drawn");
            Stop::Failed("internal error".into())
        })?;
        drawn.cut();
        if beyond > 0 {
            drawn.note.push_str(&format!(" It opens {} that you do not hold yourself.", counted(beyond, "permission")));
        }
        Ok(drawn)
    }

    /// Keeps the beginning of a schema that is too long for a page.
    fn cut(&mut self) {
        if self.sdl.len() <= LONGEST {
            return;
        }
        let end = self.sdl.char_indices().take_while(|(at, _)| *at < LONGEST).last().map_or(0, |(at, _)| at);
        let end = self.sdl[..end].rfind("\n}\n").map_or(end, |at| at + 3);
        self.sdl.truncate(end);
        self.note = "Only the beginning is drawn: the whole is too long for a page.".into();
    }
}

/// Fields that are held and of no use: nothing of what they return is open, or nothing leads to their type.
fn nowhere(surface: &Surface, held: &Granted, open: &Granted, sees: impl Fn(&str) -> bool) -> Vec<String> {
    let open: HashSet<String> = surface.coordinates(open).collect();
    let mut said = Vec::new();
    let mut unreached: BTreeMap<&str, usize> = BTreeMap::new();
    let described = surface.describe(held);
    let fields = described.iter().filter(|one| !one.coordinate.contains('(') && !surface.is_input(one.type_name));
    for field in fields {
        if !open.contains(field.coordinate) {
            said.push(why_closed(surface, field, &open));
        } else if !sees(field.type_name) {
            *unreached.entry(field.type_name).or_default() += 1;
        }
    }
    said.extend(unreached.into_iter().map(|(ty, n)| {
        format!(
            "{ty}: nothing that the role may ask leads to it, though {} of it {} open.",
            counted(n, "field"),
            if n == 1 { "is" } else { "are" }
        )
    }));
    let more = said.len().saturating_sub(NAMED);
    said.truncate(NAMED);
    if more > 0 {
        said.push(format!("And {more} more."));
    }
    said
}

fn why_closed(surface: &Surface, field: &Described<'_>, open: &HashSet<String>) -> String {
    let returned = field.returns.inner_named_type();
    let is_composite = matches!(
        surface.schema().types.get(returned),
        Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
    );
    let within = format!("{returned}.");
    if is_composite && !open.iter().any(|name| name.starts_with(&within)) {
        format!("{}: no field of {returned}, which it returns, is open.", field.coordinate)
    } else {
        format!("{}: an argument that it needs is not open.", field.coordinate)
    }
}
