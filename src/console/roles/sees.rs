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
            let (fields, nowhere) = fields(&surface, powers.held(), &powers.open(), sees);
            Self { sdl: roots_first(&shaped.outline()), count: counted(fields, "field"), nowhere, ..Self::default() }
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

/// The same schema with what is asked first at its beginning, and what has no fields at its end.
fn roots_first(outline: &str) -> String {
    let rank = |ty: &&str| match *ty {
        ty if ty.starts_with("type Query ") => 0,
        ty if ty.starts_with("type Mutation ") => 1,
        ty if ty.starts_with("type Subscription ") => 2,
        ty if ty.starts_with("scalar ") || ty.starts_with("enum ") => 4,
        _ => 3,
    };
    let mut types: Vec<&str> = outline.trim_end().split("\n\n").collect();
    types.sort_by_key(rank);
    types.join("\n\n")
}

/// How many fields can be asked for; and those that are held and of no use: nothing of what they return is open, or
/// nothing leads to their type.
fn fields(surface: &Surface, held: &Granted, open: &Granted, sees: impl Fn(&str) -> bool) -> (usize, Vec<String>) {
    let is_field = |one: &&Described<'_>| !one.coordinate.contains('(') && !surface.is_input(one.type_name);
    let opened = surface.describe(open);
    let names: HashSet<&str> = opened.iter().map(|one| one.coordinate).collect();
    let types: HashSet<&str> = opened.iter().map(|one| one.type_name.as_str()).collect();
    let (mut asked, mut said) = (0, Vec::new());
    let mut unreached: BTreeMap<&str, usize> = BTreeMap::new();
    for field in surface.describe(held).iter().filter(is_field) {
        if !names.contains(field.coordinate) {
            said.push(why_closed(surface, field, &types));
        } else if sees(field.type_name) {
            asked += 1;
        } else {
            let ty = field.coordinate.split('.').next().unwrap_or(field.coordinate);
            *unreached.entry(ty).or_default() += 1;
        }
    }
    said.extend(unreached.into_iter().map(|(ty, n)| {
        let are = if n == 1 { "is" } else { "are" };
        format!("{ty}: nothing that the role may ask leads to it, though {} of it {are} open.", counted(n, "field"))
    }));
    let more = said.len().saturating_sub(NAMED);
    said.truncate(NAMED);
    if more > 0 {
        said.push(format!("And {more} more."));
    }
    (asked, said)
}

fn why_closed(surface: &Surface, field: &Described<'_>, open: &HashSet<&str>) -> String {
    let returned = field.returns.inner_named_type();
    let is_composite = matches!(
        surface.schema().types.get(returned),
        Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
    );
    if is_composite && !open.contains(returned.as_str()) {
        format!("{}: no field of {returned}, which it returns, is open.", field.coordinate)
    } else {
        format!("{}: an argument that it needs is not open.", field.coordinate)
    }
}

#[cfg(test)]
mod tests {
    use super::roots_first;

    #[test]
    fn a_schema_begins_with_what_can_be_asked() {
        let outline =
            "scalar Money\n\ntype Order {\n  id: ID!\n}\n\ntype Mutation {\n  a: Int\n}\n\ntype Query {\n  b: Int\n}\n";
        let told = roots_first(outline);
        let first: Vec<&str> = told.split("\n\n").filter_map(|ty| ty.lines().next()).collect();
        assert_eq!(first, ["type Query {", "type Mutation {", "type Order {", "scalar Money"]);
    }
}
