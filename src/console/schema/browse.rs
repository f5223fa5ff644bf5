//! What a page shows of a schema: its types, as far as a search finds them, and one of them whole.

use super::tree::deprecated;
use crate::graphql::Shaped;
use apollo_compiler::Node;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, OperationType, Type, Value};
use apollo_compiler::schema::ExtendedType;

/// How many types the list shows, and how many fields that a search finds; and how many places a type is used at.
const TYPES: usize = 400;
const FOUND: usize = 60;
const USES: usize = 40;

/// The types of one kind, by their names.
#[derive(Debug)]
pub(super) struct Group {
    /// What they are.
    pub name: &'static str,
    /// Their names.
    pub types: Vec<String>,
}

/// A place in the schema.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The type.
    pub ty: String,
    /// Its field.
    pub field: String,
}

/// What a page shows.
#[derive(Debug)]
pub(super) struct Shown {
    /// The types that were found.
    pub groups: Vec<Group>,
    /// How many types there are that the list leaves out for its length.
    pub more: usize,
    /// Fields that were found, where something was looked for.
    pub found: Vec<Place>,
    /// The type that is shown whole.
    pub one: Option<One>,
}

/// A type.
#[derive(Debug)]
pub(super) struct One {
    /// Its name.
    pub name: String,
    /// What kind it is, in words.
    pub kind: &'static str,
    /// What the schema says of it.
    pub description: Option<String>,
    /// The types that may stand in its place.
    pub possible: Vec<String>,
    /// The interfaces that it has.
    pub implements: Vec<String>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its values.
    pub values: Vec<Named>,
    /// Where it is used.
    pub uses: Vec<Place>,
    /// Whether exactly one of its fields is to be given.
    pub one_of: bool,
}

/// A value of an enum.
#[derive(Debug)]
pub(super) struct Named {
    /// Its name.
    pub name: String,
    /// What the schema says of it.
    pub description: Option<String>,
    /// Why it is not to be used any more.
    pub deprecated: Option<String>,
}

/// A field, an argument or an input field.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name, what is said of it, and whether it goes.
    pub named: Named,
    /// The type that it gives or takes, around the name: `[Order!]!` is `[`, `Order`, `!]!`.
    pub ty: (String, String, String),
    /// What stands where nothing is given.
    pub default: Option<String>,
    /// Its arguments.
    pub arguments: Vec<Self>,
}

/// What there is to show of a schema: the types that have `search` in their names or fields, and the type of this name;
/// without a name the queries.
pub(super) fn of(shaped: &Shaped, search: &str, name: &str) -> Shown {
    let schema = shaped.asked();
    let search = search.to_lowercase();
    let roots = [OperationType::Query, OperationType::Mutation, OperationType::Subscription];
    let roots: Vec<&str> =
        roots.into_iter().filter_map(|kind| schema.root_operation(kind)).map(|name| name.as_str()).collect();
    let fits = |name: &str| search.is_empty() || name.to_lowercase().contains(&search);
    let mut groups: Vec<Group> =
        ["Operations", "Types", "Interfaces and unions", "Inputs", "Enums", "Scalars"].map(group).into();
    let (mut shown, mut more, mut found) = (0, 0, Vec::new());
    let mut all: Vec<(&str, &ExtendedType)> =
        schema.types.iter().filter(|(name, _)| !name.starts_with("__")).map(|(name, ty)| (name.as_str(), ty)).collect();
    all.sort_unstable_by_key(|(name, _)| (roots.iter().position(|root| root == name).unwrap_or(roots.len()), *name));
    for (name, ty) in &all {
        if !search.is_empty() && found.len() < FOUND {
            let fields = names(ty).filter(|field| fits(field)).take(FOUND - found.len());
            found.extend(fields.map(|field| Place { ty: (*name).to_owned(), field: field.to_owned() }));
        }
        if !fits(name) {
            continue;
        }
        if shown == TYPES {
            more += 1;
            continue;
        }
        shown += 1;
        let at = if roots.contains(name) { 0 } else { place(ty) };
        groups[at].types.push((*name).to_owned());
    }
    groups.retain(|group| !group.types.is_empty());
    let name = if name.is_empty() { roots.first().copied().unwrap_or_default() } else { name };
    let one = schema.types.get(name).filter(|_| !name.starts_with("__")).map(|ty| one(shaped, name, ty, &all));
    Shown { groups, more, found, one }
}

fn group(name: &'static str) -> Group {
    Group { name, types: Vec::new() }
}

const fn place(ty: &ExtendedType) -> usize {
    match ty {
        ExtendedType::Object(_) => 1,
        ExtendedType::Interface(_) | ExtendedType::Union(_) => 2,
        ExtendedType::InputObject(_) => 3,
        ExtendedType::Enum(_) => 4,
        ExtendedType::Scalar(_) => 5,
    }
}

const fn kind(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Object(_) => "type",
        ExtendedType::Interface(_) => "interface",
        ExtendedType::Union(_) => "union",
        ExtendedType::InputObject(_) => "input",
        ExtendedType::Enum(_) => "enum",
        ExtendedType::Scalar(_) => "scalar",
    }
}

/// The names of a type's fields.
fn names(ty: &ExtendedType) -> Box<dyn Iterator<Item = &str> + '_> {
    match ty {
        ExtendedType::Object(ty) => Box::new(ty.fields.keys().map(|name| name.as_str())),
        ExtendedType::Interface(ty) => Box::new(ty.fields.keys().map(|name| name.as_str())),
        ExtendedType::InputObject(ty) => Box::new(ty.fields.keys().map(|name| name.as_str())),
        ExtendedType::Union(_) | ExtendedType::Enum(_) | ExtendedType::Scalar(_) => Box::new(std::iter::empty()),
    }
}

fn one(shaped: &Shaped, name: &str, ty: &ExtendedType, all: &[(&str, &ExtendedType)]) -> One {
    let implements = match ty {
        ExtendedType::Object(ty) => ty.implements_interfaces.iter().map(|name| name.name.to_string()).collect(),
        ExtendedType::Interface(ty) => ty.implements_interfaces.iter().map(|name| name.name.to_string()).collect(),
        _ => Vec::new(),
    };
    let fields = match ty {
        ExtendedType::Object(ty) => ty.fields.values().map(|field| output(field)).collect(),
        ExtendedType::Interface(ty) => ty.fields.values().map(|field| output(field)).collect(),
        ExtendedType::InputObject(ty) => ty.fields.values().map(|field| input(field)).collect(),
        _ => Vec::new(),
    };
    let values = match ty {
        ExtendedType::Enum(ty) => ty
            .values
            .values()
            .map(|value| Named {
                name: value.value.to_string(),
                description: said(value.description.as_ref()),
                deprecated: deprecated(&value.directives).map(str::to_owned),
            })
            .collect(),
        _ => Vec::new(),
    };
    One {
        name: name.to_owned(),
        kind: kind(ty),
        description: said(ty.description()),
        possible: shaped.possible(name).into_iter().map(ToString::to_string).collect(),
        implements,
        fields,
        values,
        uses: uses(name, all),
        one_of: ty.directives().has("oneOf"),
    }
}

/// The fields that give a type, or take it.
fn uses(name: &str, all: &[(&str, &ExtendedType)]) -> Vec<Place> {
    let is = |ty: &Type| ty.inner_named_type() == name;
    let gives = |field: &FieldDefinition| is(&field.ty) || field.arguments.iter().any(|argument| is(&argument.ty));
    let mut uses = Vec::new();
    for (owner, ty) in all {
        let mut found = |field: &str| uses.push(Place { ty: (*owner).to_owned(), field: field.to_owned() });
        match ty {
            ExtendedType::Object(ty) => {
                ty.fields.values().filter(|field| gives(field)).for_each(|field| found(&field.name));
            }
            ExtendedType::Interface(ty) => {
                ty.fields.values().filter(|field| gives(field)).for_each(|field| found(&field.name));
            }
            ExtendedType::InputObject(ty) => {
                ty.fields.values().filter(|field| is(&field.ty)).for_each(|field| found(&field.name));
            }
            ExtendedType::Union(_) | ExtendedType::Enum(_) | ExtendedType::Scalar(_) => {}
        }
        if uses.len() >= USES {
            uses.truncate(USES);
            break;
        }
    }
    uses
}

fn said(description: Option<&Node<str>>) -> Option<String> {
    description.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn output(field: &FieldDefinition) -> Field {
    Field {
        named: Named {
            name: field.name.to_string(),
            description: said(field.description.as_ref()),
            deprecated: deprecated(&field.directives).map(str::to_owned),
        },
        ty: parted(&field.ty),
        default: None,
        arguments: field.arguments.iter().map(|argument| input(argument)).collect(),
    }
}

fn input(field: &InputValueDefinition) -> Field {
    Field {
        named: Named {
            name: field.name.to_string(),
            description: said(field.description.as_ref()),
            deprecated: deprecated(&field.directives).map(str::to_owned),
        },
        ty: parted(&field.ty),
        default: field.default_value.as_deref().map(|value| Value::serialize(value).no_indent().to_string()),
        arguments: Vec::new(),
    }
}

/// A type around its name.
fn parted(ty: &Type) -> (String, String, String) {
    let (whole, name) = (ty.to_string(), ty.inner_named_type().to_string());
    let (before, after) = whole.split_once(name.as_str()).unwrap_or_default();
    (before.to_owned(), name.clone(), after.to_owned())
}

#[cfg(test)]
mod tests {
    use super::parted;
    use apollo_compiler::ty;

    #[test]
    fn the_name_in_a_type_can_be_a_link() {
        let parts = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(parted(&ty!([Order!]!)), parts("[", "Order", "!]!"));
        assert_eq!(parted(&ty!(Int)), parts("", "Int", ""));
    }
}
