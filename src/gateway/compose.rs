//! Two schemas as one: the API's stands unchanged, and Doorward's own root fields and types are added where their names
//! are free. A clash never stops anything and replaces nothing. Knows no grants and sends nothing.

use super::nested::{self, Nested};
use crate::config::OnConflict;
use crate::permission::{Origins, Source, rename_types, served_roots};
use apollo_compiler::ast::{FieldDefinition, OperationType};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{Component, ComponentName, ExtendedType, ObjectType};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema};
use std::collections::HashMap;
use std::fmt;

/// What is served at the endpoint.
#[derive(Debug, Clone)]
pub struct Composed {
    /// Both schemas. What of a root is not served here stands in a type that nothing leads to: grants may name it.
    pub schema: Valid<Schema>,
    /// Whose each type and root field is.
    pub origins: Origins,
    /// What both have.
    pub clashes: Vec<Clash>,
    /// Types that only hold what is not served here.
    pub elsewhere: Vec<Name>,
}

/// A name that both schemas have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// Doorward's own type got another name.
    Type {
        /// In its own schema.
        own_name: Name,
        /// Here.
        served_as: Name,
    },
    /// The API has a type of a root's name that is no root: Doorward's own fields of that root are not served here.
    Root {
        /// The name.
        name: Name,
    },
    /// Of a root field of this coordinate the other's is not served here.
    Field {
        /// The coordinate.
        coordinate: String,
        /// Whose is served.
        stays: Source,
    },
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { own_name, served_as } => {
                write!(f, "the API has a type {own_name} too: Doorward's own is served as {served_as}")
            }
            Self::Root { name } => {
                write!(
                    f,
                    "the API has a type {name} that is no root: Doorward's own {name} is reached at /doorward/graphql"
                )
            }
            Self::Field { coordinate, stays: Source::Api } => {
                write!(f, "the API has {coordinate} too: Doorward's own is reached at /doorward/graphql")
            }
            Self::Field { coordinate, stays: Source::Own } => {
                write!(f, "the API has {coordinate} too, which is not reached: `gateway.on_conflict` is `own`")
            }
        }
    }
}

/// The roots, by their served names.
const ROOTS: [(OperationType, &str, &str); 3] = [
    (OperationType::Query, "Query", "DoorwardQuery"),
    (OperationType::Mutation, "Mutation", "DoorwardMutation"),
    (OperationType::Subscription, "Subscription", "DoorwardSubscription"),
];

/// Doorward's own schema alone.
#[must_use]
pub fn alone(own: &Valid<Schema>) -> Composed {
    Composed { schema: own.clone(), origins: Origins::all(Source::Own), clashes: Vec::new(), elsewhere: Vec::new() }
}

/// Both schemas as one.
///
/// # Errors
/// When what comes of it is no valid schema: which ones are not is in the text.
pub fn compose(own: &Valid<Schema>, api: &Valid<Schema>, on_conflict: OnConflict) -> Result<Composed, String> {
    let (api, moved) = served_roots(api.clone());
    let mut whole = Whole {
        schema: api.into_inner(),
        origins: Origins::all(Source::Api),
        clashes: Vec::new(),
        elsewhere: Vec::new(),
    };
    for (theirs, served) in &moved {
        whole.origins.note_api_name(served.clone(), theirs.clone());
    }
    let own = whole.add_types(own);
    for (kind, name, _) in ROOTS {
        let theirs = moved.iter().find(|(_, served)| ***served == *name).map(|(theirs, _)| theirs);
        whole.untie(kind, &own, theirs);
    }
    for root in ROOTS {
        whole.add_root(root, &own, on_conflict);
    }
    let Whole { schema, origins, clashes, elsewhere } = whole;
    let schema = schema.validate().map_err(|error| error.errors.to_string())?;
    Ok(Composed { schema, origins, clashes, elsewhere })
}

struct Whole {
    schema: Schema,
    origins: Origins,
    clashes: Vec<Clash>,
    elsewhere: Vec<Name>,
}

impl Whole {
    /// Adds Doorward's own types but its roots, under the names that are free; gives back its schema with the names
    /// that they got.
    fn add_types(&mut self, own: &Schema) -> Schema {
        let mut own = own.clone();
        let is_root = |name: &str| ROOTS.iter().any(|(_, root, _)| *root == name);
        let mut names: HashMap<Name, Name> = HashMap::new();
        for (name, ty) in own.types.iter().filter(|(name, ty)| !ty.is_built_in() && !is_root(name)) {
            let served_as = if self.schema.types.contains_key(name) {
                let free = |name: &Name| !self.schema.types.contains_key(name) && !own.types.contains_key(name);
                let served_as = free_name(&format!("Doorward{name}"), free);
                self.clashes.push(Clash::Type { own_name: name.clone(), served_as: served_as.clone() });
                names.insert(name.clone(), served_as.clone());
                served_as
            } else {
                name.clone()
            };
            self.origins.note_type(served_as.as_str(), Source::Own, ty.name().as_str());
        }
        rename_types(&mut own, &|name| names.get(name).unwrap_or(name).clone());
        let types = own.types.iter().filter(|(name, ty)| !ty.is_built_in() && !is_root(name));
        self.schema.types.extend(types.map(|(name, ty)| (name.clone(), ty.clone())));
        // A built-in scalar stands in a list of types only where something names it.
        for (name, ty) in own.types.iter().filter(|(_, ty)| ty.is_built_in()) {
            self.schema.types.entry(name.clone()).or_insert_with(|| ty.clone());
        }
        own
    }

    /// Where the API reaches one of its roots again, it gets a type of its own there: Doorward's own fields exist at an
    /// operation's root alone.
    fn untie(&mut self, kind: OperationType, own: &Schema, theirs: Option<&Name>) {
        let Some(root) = self.schema.root_operation(kind).cloned() else { return };
        if own.get_object(&root).is_none_or(|own| own.fields.is_empty()) {
            return;
        }
        let is_free = |name: &Name| !self.schema.types.contains_key(name);
        let name = theirs.filter(|name| is_free(name)).cloned();
        let name = name.unwrap_or_else(|| free_name(&format!("Api{root}"), is_free));
        if let Nested::Untied = nested::untie(&mut self.schema, &root, &name) {
            self.origins.note_type(name.as_str(), Source::Api, root.as_str());
            self.origins.note_api_name(name, theirs.unwrap_or(&root).clone());
        }
    }

    /// Adds Doorward's own fields to a root, where their names are free.
    fn add_root(
        &mut self,
        (kind, name, elsewhere): (OperationType, &str, &str),
        own: &Schema,
        on_conflict: OnConflict,
    ) {
        let Some(own_root) = own.get_object(name) else { return };
        let name = own_root.name.clone();
        let theirs = self.schema.root_operation(kind).cloned();
        if theirs.is_none() && self.schema.types.contains_key(&name) {
            // The API has a type of this name that is no root, so none of Doorward's fields has a place here.
            let all = own_root.fields.clone();
            self.clashes.push(Clash::Root { name });
            self.put_elsewhere(elsewhere, Source::Own, own_root, all);
            return;
        }
        if theirs.is_none() {
            let empty = ObjectType { fields: IndexMap::default(), ..ObjectType::clone(own_root) };
            self.schema.types.insert(name.clone(), ExtendedType::Object(Node::new(empty)));
            let roots = self.schema.schema_definition.make_mut();
            let root = Some(ComponentName::from(name.clone()));
            match kind {
                OperationType::Query => roots.query = root,
                OperationType::Mutation => roots.mutation = root,
                OperationType::Subscription => roots.subscription = root,
            }
        }
        let Some(ExtendedType::Object(root)) = self.schema.types.get_mut(&name) else { return };
        let root = root.make_mut();
        let mut lost = IndexMap::default();
        for (field, definition) in &own_root.fields {
            let (stays, kept) = match root.fields.get_mut(field) {
                None => {
                    root.fields.insert(field.clone(), definition.clone());
                    self.origins.note_root_field(name.as_str(), field.as_str(), Source::Own);
                    continue;
                }
                Some(theirs) if on_conflict == OnConflict::Own => {
                    self.origins.note_root_field(name.as_str(), field.as_str(), Source::Own);
                    (Source::Own, std::mem::replace(theirs, definition.clone()))
                }
                Some(_) => (Source::Api, definition.clone()),
            };
            lost.insert(field.clone(), kept);
            self.clashes.push(Clash::Field { coordinate: format!("{name}.{field}"), stays });
        }
        let whose = if on_conflict == OnConflict::Own { Source::Api } else { Source::Own };
        if !lost.is_empty() {
            self.put_elsewhere(elsewhere, whose, own_root, lost);
        }
    }

    /// Keeps what is not served here in a type that nothing leads to.
    fn put_elsewhere(
        &mut self,
        name: &str,
        whose: Source,
        root: &Node<ObjectType>,
        fields: IndexMap<Name, Component<FieldDefinition>>,
    ) {
        let name = free_name(name, |name| !self.schema.types.contains_key(name));
        let ty = ObjectType {
            name: name.clone(),
            implements_interfaces: Default::default(),
            fields,
            ..ObjectType::clone(root)
        };
        self.schema.types.insert(name.clone(), ExtendedType::Object(Node::new(ty)));
        self.origins.note_type(name.as_str(), whose, root.name.as_str());
        self.elsewhere.push(name);
    }
}

/// The name, or the first with lines at its end that is free.
fn free_name(name: &str, is_free: impl Fn(&Name) -> bool) -> Name {
    let mut text = name.to_owned();
    loop {
        let name = Name::new(&text).expect("a name of a type with letters before it and lines after it is a name");
        if is_free(&name) {
            return name;
        }
        text.push('_');
    }
}
