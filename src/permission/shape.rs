//! The schema that a caller is shown (permission rules 24 to 30), always a valid one. Decides nothing: what is open
//! and visible has been decided, and [`judge`](super::judge) reads the same bits.

use apollo_compiler::ast::{DirectiveList, FieldDefinition, InputValueDefinition, Value};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::{
    Component, ComponentName, EnumType, ExtendedType, InputObjectType, InterfaceType, ObjectType, ScalarType,
    SchemaDefinition, UnionType,
};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node, Schema, schema, ty};
use fixedbitset::FixedBitSet;

use super::Surface;
use super::cover::is_shown_as_interface;
use super::index::{FieldEntry, TypeEntry, TypeId};
use super::open::Powers;

const PLACEHOLDER: &str = "_nothing_granted";
const NOTHING: &str = "Nothing of the API is open to this credential; this field is not there to be asked for.";

impl Surface {
    /// The filtered schema. Where no field of `Query` is open it has one that is not in the full schema (permission
    /// rule 30): whoever validates documents on a shape alone asks [`asks_for_nothing`](Self::asks_for_nothing) too.
    #[must_use]
    pub fn shape(&self, powers: &Powers) -> Valid<Schema> {
        self.same(powers.held.surface);
        let shaper = Shaper { surface: self, open: &powers.open };
        let full = &self.schema;
        let mut shape = Schema::new();
        shape.schema_definition = Node::new(shaper.roots());
        shape.directive_definitions.retain(|_, definition| definition.is_built_in());
        let one_of = full.directive_definitions.get("oneOf").map(|one_of| (one_of.name.clone(), one_of.clone()));
        shape.directive_definitions.extend(one_of);
        for definition in self.shown_directives(&powers.open) {
            let mut shown = definition.as_ref().clone();
            shown.arguments.retain(|argument| self.is_able(&argument.ty, &powers.open));
            shown.arguments.iter_mut().for_each(|argument| shaper.input(argument.make_mut()));
            shape.directive_definitions.insert(shown.name.clone(), Node::new(shown));
        }
        // A built-in scalar is shown where the full schema uses it, so that no document is valid here alone.
        shape.types.clear();
        for (name, ty) in &full.types {
            let shown = match self.index.id(name) {
                // The types of introspection, which stand in every schema.
                None => Some(ty.clone()),
                Some(id) => shaper.ty(name, id, ty),
            };
            shape.types.extend(shown.map(|shown| (name.clone(), shown)));
        }
        Valid::assume_valid(shape)
    }
}

impl Surface {
    /// A shape without the one field that is there to be seen only, for holding documents against; `None`: it has
    /// no such field.
    #[must_use]
    pub fn askable(&self, shape: &Valid<Schema>) -> Option<Valid<Schema>> {
        let shows = |schema: &Schema, name: &str| {
            schema.get_object(name).is_some_and(|object| object.fields.contains_key(PLACEHOLDER))
        };
        let empty: Vec<&Name> =
            shape.types.keys().filter(|name| shows(shape, name) && !shows(&self.schema, name)).collect();
        if empty.is_empty() {
            return None;
        }
        let mut asked = Schema::clone(shape);
        for name in empty {
            if let Some(ExtendedType::Object(object)) = asked.types.get_mut(name) {
                object.make_mut().fields.clear();
            }
        }
        Some(Valid::assume_valid(asked))
    }

    /// Whether a document asks for the one field of an empty `Query`, which is there to be seen only: a validation
    /// error, as for any field that does not exist. (An operation that gets by all the same is refused.)
    #[must_use]
    pub fn asks_for_nothing(&self, document: &ExecutableDocument) -> bool {
        let known = self.schema.get_object("Query").is_some_and(|query| query.fields.contains_key(PLACEHOLDER));
        let sets = document.operations.iter().map(|operation| &operation.selection_set);
        let mut sets = sets.chain(document.fragments.values().map(|fragment| &fragment.selection_set));
        !known && sets.any(names_placeholder)
    }
}

fn names_placeholder(set: &SelectionSet) -> bool {
    set.selections.iter().any(|selection| match selection {
        Selection::Field(field) => field.name == PLACEHOLDER || names_placeholder(&field.selection_set),
        Selection::InlineFragment(inline) => names_placeholder(&inline.selection_set),
        Selection::FragmentSpread(_) => false,
    })
}

struct Shaper<'a> {
    surface: &'a Surface,
    open: &'a FixedBitSet,
}

impl Shaper<'_> {
    fn is_open(&self, bit: usize) -> bool {
        self.open.contains(bit)
    }

    fn entry(&self, name: &str) -> Option<&TypeEntry> {
        self.surface.index.types.get(name)
    }

    fn roots(&self) -> SchemaDefinition {
        let full = &self.surface.schema.schema_definition;
        let index = &self.surface.index;
        let shown = |root: &Option<ComponentName>| {
            let open = root.as_ref().filter(|root| index.id(root).is_some_and(|id| self.is_open(index.able(id))));
            open.map(|root| ComponentName::from(&root.name))
        };
        SchemaDefinition {
            description: full.description.clone(),
            directives: schema::DirectiveList::default(),
            query: shown(&full.query),
            mutation: shown(&full.mutation),
            subscription: shown(&full.subscription),
        }
    }

    fn ty(&self, name: &Name, id: TypeId, ty: &ExtendedType) -> Option<ExtendedType> {
        if !self.is_open(self.surface.index.visible(id)) {
            return None;
        }
        let entry = &self.surface.index.types[id];
        Some(match ty {
            ExtendedType::Scalar(scalar) if scalar.is_built_in() => ty.clone(),
            ExtendedType::Scalar(scalar) => ExtendedType::Scalar(Node::new(ScalarType {
                directives: kept_on_type(&scalar.directives),
                ..scalar.as_ref().clone()
            })),
            ExtendedType::Enum(shown) => {
                let mut shown = EnumType { directives: kept_on_type(&shown.directives), ..shown.as_ref().clone() };
                for value in shown.values.values_mut() {
                    let mut kept = value.as_ref().clone();
                    kept.directives = kept_on_member(&kept.directives);
                    *value = Component::new(kept);
                }
                ExtendedType::Enum(Node::new(shown))
            }
            ExtendedType::Union(union_) => {
                let members = union_.members.iter().map(|member| &member.name);
                self.union_(name, union_.description.as_ref(), members)
            }
            // Permission rule 27: without an open field it is shown as a union of its open possible types.
            ExtendedType::Interface(interface) if !is_shown_as_interface(entry, self.open) => {
                let possible = entry.possible.iter().filter_map(|id| self.surface.index.types.get_index(*id));
                self.union_(name, interface.description.as_ref(), possible.map(|(name, _)| name))
            }
            ExtendedType::Interface(interface) => ExtendedType::Interface(Node::new(InterfaceType {
                description: interface.description.clone(),
                name: name.clone(),
                implements_interfaces: self.implemented(interface.implements_interfaces.iter()),
                directives: schema::DirectiveList::default(),
                fields: self.fields(entry, &interface.fields),
            })),
            ExtendedType::Object(object) => {
                let mut fields = self.fields(entry, &object.fields);
                if fields.is_empty() {
                    fields.insert(Name::new_static_unchecked(PLACEHOLDER), nothing_granted());
                }
                ExtendedType::Object(Node::new(ObjectType {
                    description: object.description.clone(),
                    name: name.clone(),
                    implements_interfaces: self.implemented(object.implements_interfaces.iter()),
                    directives: schema::DirectiveList::default(),
                    fields,
                }))
            }
            ExtendedType::InputObject(input) => {
                let fields = input.fields.iter().filter(|(field, _)| self.is_open(entry.fields[*field].bit));
                let fields = fields.map(|(field, definition)| {
                    let mut shown = definition.as_ref().clone();
                    self.input(&mut shown);
                    (field.clone(), Component::new(shown))
                });
                ExtendedType::InputObject(Node::new(InputObjectType {
                    description: input.description.clone(),
                    name: name.clone(),
                    directives: kept_on_type(&input.directives),
                    fields: fields.collect(),
                }))
            }
        })
    }

    fn union_<'b>(
        &self,
        name: &Name,
        description: Option<&Node<str>>,
        members: impl Iterator<Item = &'b Name>,
    ) -> ExtendedType {
        let index = &self.surface.index;
        let open = members.filter(|name| index.id(name).is_some_and(|id| self.is_open(index.able(id))));
        ExtendedType::Union(Node::new(UnionType {
            description: description.cloned(),
            name: name.clone(),
            directives: schema::DirectiveList::default(),
            members: open.map(ComponentName::from).collect(),
        }))
    }

    fn implemented<'b>(
        &self,
        interfaces: impl Iterator<Item = &'b ComponentName>,
    ) -> apollo_compiler::collections::IndexSet<ComponentName> {
        let shown =
            interfaces.filter(|name| self.entry(name).is_some_and(|entry| is_shown_as_interface(entry, self.open)));
        shown.map(|name| ComponentName::from(&name.name)).collect()
    }

    fn fields(
        &self,
        entry: &TypeEntry,
        fields: &IndexMap<Name, Component<FieldDefinition>>,
    ) -> IndexMap<Name, Component<FieldDefinition>> {
        let open = fields.iter().map(|(name, field)| (name, field, &entry.fields[name]));
        let open = open.filter(|(_, _, entry)| self.is_open(entry.bit));
        open.map(|(name, field, entry)| (name.clone(), Component::new(self.field(field, entry)))).collect()
    }

    fn field(&self, field: &FieldDefinition, entry: &FieldEntry) -> FieldDefinition {
        let mut shown = field.clone();
        shown.directives = kept_on_member(&shown.directives);
        shown.arguments.retain(|argument| {
            let mut open = entry.arguments.iter().filter(|entry| self.is_open(entry.bit));
            open.any(|entry| entry.name == argument.name)
        });
        shown.arguments.iter_mut().for_each(|argument| self.input(argument.make_mut()));
        shown
    }

    /// An argument or input field, its default without what is not open (permission rule 28).
    fn input(&self, input: &mut InputValueDefinition) {
        input.directives = kept_on_member(&input.directives);
        if let Some(default) = &mut input.default_value {
            self.prune(input.ty.inner_named_type(), default);
        }
    }

    fn prune(&self, ty: &Name, value: &mut Node<Value>) {
        let Some(ExtendedType::InputObject(input)) = self.surface.schema.types.get(ty) else { return };
        let Some(entry) = self.entry(ty) else { return };
        match value.make_mut() {
            Value::List(items) => items.iter_mut().for_each(|item| self.prune(ty, item)),
            Value::Object(fields) => {
                fields.retain(|(name, _)| entry.fields.get(name).is_some_and(|field| self.is_open(field.bit)));
                for (name, value) in fields {
                    self.prune(input.fields[&*name].ty.inner_named_type(), value);
                }
            }
            _ => {}
        }
    }
}

/// The one field of a `Query` of which nothing is open (permission rule 30): a root without fields is invalid.
fn nothing_granted() -> Component<FieldDefinition> {
    Component::new(FieldDefinition {
        description: Some(NOTHING.into()),
        name: Name::new_static_unchecked(PLACEHOLDER),
        arguments: Vec::new(),
        ty: ty!(Boolean),
        directives: DirectiveList::default(),
    })
}

/// The specification's directives, which say something to a client; all others are the owner's affair (permission
/// rule 24).
fn kept_on_type(directives: &schema::DirectiveList) -> schema::DirectiveList {
    let kept = directives.iter().filter(|directive| matches!(directive.name.as_str(), "specifiedBy" | "oneOf"));
    schema::DirectiveList(kept.map(|directive| Component::new(directive.as_ref().clone())).collect())
}

fn kept_on_member(directives: &DirectiveList) -> DirectiveList {
    DirectiveList(directives.iter().filter(|directive| directive.name == "deprecated").cloned().collect())
}
