//! Permissions as people are told of them: where they stand in the schema, what they answer or take, and what the
//! schema says of them. Decides nothing.

use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node};
use fixedbitset::FixedBitSet;

use super::Surface;
use super::granted::Granted;
use super::index::{FieldEntry, TypeEntry};
use super::source::Source;

/// One permission.
#[derive(Debug, Clone)]
pub struct Described<'a> {
    /// As `missing` prints it.
    pub coordinate: &'a str,
    /// Whose it is.
    pub source: Source,
    /// Its name in that source's own schema.
    pub own_coordinate: &'a str,
    /// The type that it stands on, as it is served.
    pub type_name: &'a Name,
    /// The field or input field; of an argument, the field that takes it.
    pub field_name: &'a Name,
    /// The type of the field, argument or input field.
    pub returns: &'a Type,
    /// What the schema says of it.
    pub description: Option<&'a str>,
}

impl Surface {
    /// The permissions in `granted`, sorted as they print.
    #[must_use]
    pub fn describe(&self, granted: &Granted) -> Vec<Described<'_>> {
        self.same(granted.surface);
        let mut told = Told { surface: self, left: granted.bits.clone(), all: Vec::new() };
        for (name, entry) in &self.index.types {
            match &self.schema.types[name] {
                ExtendedType::Object(object) => {
                    for (field, definition) in &object.fields {
                        let at = (name, &definition.name);
                        let declared = &entry.fields[field];
                        told.tell(declared.bit, at, &definition.ty, definition.description.as_ref());
                        for argument in &definition.arguments {
                            let bit = argument_bit(declared, &argument.name);
                            told.tell(bit, at, &argument.ty, argument.description.as_ref());
                        }
                    }
                }
                ExtendedType::InputObject(input) => told.tell_input(name, entry, input),
                _ => {}
            }
        }
        told.all.sort_unstable_by_key(|one| one.coordinate);
        told.all
    }

    /// The name of a permission as `missing` prints it, by its name in its source's own schema.
    #[must_use]
    pub fn printed(&self, source: Source, coordinate: &str) -> Option<&str> {
        let bit = self.index.find(source, coordinate)?;
        Some(&self.index.coordinates[bit].printed)
    }
}

fn argument_bit(field: &FieldEntry, name: &Name) -> usize {
    let mut arguments = field.arguments.iter();
    arguments.find(|argument| argument.name == *name).expect("the index has every argument").bit
}

struct Told<'a> {
    surface: &'a Surface,
    /// What is granted and not told of yet: a root of the API that is nested has the same permissions again.
    left: FixedBitSet,
    all: Vec<Described<'a>>,
}

impl<'a> Told<'a> {
    fn tell(&mut self, bit: usize, at: (&'a Name, &'a Name), returns: &'a Type, description: Option<&'a Node<str>>) {
        if !self.left.contains(bit) {
            return;
        }
        self.left.remove(bit);
        let coordinate = &self.surface.index.coordinates[bit];
        self.all.push(Described {
            coordinate: &coordinate.printed,
            source: coordinate.key.0,
            own_coordinate: &coordinate.key.1,
            type_name: at.0,
            field_name: at.1,
            returns,
            description: description.map(|text| &**text),
        });
    }

    fn tell_input(&mut self, name: &'a Name, entry: &TypeEntry, input: &'a apollo_compiler::schema::InputObjectType) {
        for (field, definition) in &input.fields {
            let at = (name, &definition.name);
            self.tell(entry.fields[field].bit, at, &definition.ty, definition.description.as_ref());
        }
    }
}
