//! What an operation needs by its text (permission rules 13 to 20), gathered once per document. Knows nothing of what
//! anyone holds, and of variables only what they could reach.

use std::collections::HashSet;

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{DirectiveList, Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name};
use fixedbitset::FixedBitSet;

use super::Surface;
use super::compile::lead_from;
use super::granted::Granted;
use super::index::{FieldEntry, Index, Kind, TypeId};

/// What one operation of a document needs. Small whatever the schema: plans are kept in numbers.
#[derive(Debug, Clone)]
pub struct Needs {
    pub(super) surface: u64,
    /// What the text asks to be open.
    pub(super) words: Words,
    /// The input object types that the text meets (permission rule 18).
    pub(super) met: Box<[TypeId]>,
    /// Type conditions and the object types that they share with what they stand on (permission rule 19).
    pub(super) conditions: Box<[Condition]>,
    /// Those of them that do not come down to one bit: of each one type has to be able.
    pub(super) overlaps: Box<[Vec<usize>]>,
    pub(super) root: TypeId,
    /// The composite types that needed fields answer.
    pub(super) answered: Box<[TypeId]>,
    /// The named types of the declared variables.
    pub(super) declared: Box<[TypeId]>,
    /// The declared variables whose JSON has to be walked.
    pub(super) walked: Box<[(Name, TypeId)]>,
    /// The input fields that these can reach.
    pub(super) reach: Words,
}

/// The words of a set that are not empty, with their places: what a document needs is little, the index may be large.
#[derive(Debug, Clone)]
pub(super) struct Words(Box<[(usize, usize)]>);

impl Words {
    fn new(bits: &FixedBitSet) -> Self {
        Self(bits.as_slice().iter().copied().enumerate().filter(|(_, word)| *word != 0).collect())
    }

    /// Whether all of it is in `open`.
    pub fn are_in(&self, open: &FixedBitSet) -> bool {
        let open = open.as_slice();
        self.0.iter().all(|(place, word)| open[*place] & word == *word)
    }

    /// Whether comparing it takes a few words only.
    pub fn is_short(&self) -> bool {
        self.0.len() <= 64
    }

    /// Puts all of it into `bits`, which is long enough.
    pub fn add_to(&self, bits: &mut FixedBitSet) {
        let bits = bits.as_mut_slice();
        self.0.iter().for_each(|(place, word)| bits[*place] |= word);
    }
}

/// Bits of the index that have to be open, and the input object types met on the way (permission rule 18).
#[derive(Debug)]
pub(super) struct Asked {
    pub bits: FixedBitSet,
    pub met: FixedBitSet,
}

/// A fragment's type on the type that it stands on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Condition {
    pub ty: TypeId,
    /// The object types possible for both.
    pub shared: Vec<TypeId>,
}

impl Surface {
    /// What an operation needs (permission rules 14 to 20). The document is valid on [`schema`](Self::schema).
    #[must_use]
    pub fn needs(&self, document: &Valid<ExecutableDocument>, operation: &Operation) -> Needs {
        let mut walk = Walk::new(&self.index, document);
        let root = self.index.id(operation.object_type()).expect("a valid document stands on a root of the schema");
        walk.asked.bits.insert(self.index.able(root));
        walk.directives(&operation.directives);
        let mut declared = Vec::new();
        for variable in &operation.variables {
            walk.directives(&variable.directives);
            // A built-in scalar that the schema does not use has no place in the index, and is always visible.
            let Some(of) = self.index.id(variable.ty.inner_named_type()) else { continue };
            declared.push((variable.name.clone(), of));
            walk.asked.bits.insert(self.index.visible(of));
            walk.asked.meet(&self.index, of);
            if let Some(value) = &variable.default_value {
                walk.value(of, value);
            }
        }
        walk.selections(&operation.selection_set);
        let walked: Box<[(Name, TypeId)]> =
            declared.iter().filter(|(_, of)| self.index.is_input(*of)).cloned().collect();
        let mut reach = self.none();
        lead_from(&self.index, &mut reach, walked.iter().map(|(_, of)| *of).collect(), |_| true);
        Needs {
            surface: self.print,
            words: Words::new(&walk.asked.bits),
            met: walk.asked.met.ones().collect(),
            conditions: walk.conditions.into_iter().collect(),
            overlaps: walk.overlaps.into_boxed_slice(),
            root,
            answered: walk.answered.ones().collect(),
            declared: declared.into_iter().map(|(_, of)| of).collect(),
            walked,
            reach: Words::new(&reach),
        }
    }

    /// The permissions that an operation needs, those in the JSON of its variables too where that is given: what a
    /// token uses, as opposed to what it holds.
    #[must_use]
    pub fn needed(&self, needs: &Needs, variables: Option<&JsonMap>) -> Granted {
        let asked = self.asked(needs, variables);
        let mut bits = self.none();
        bits.extend(asked.permissions(&self.index));
        self.granted(bits)
    }

    /// What the text asks, and the JSON of the variables where that is given.
    pub(super) fn asked(&self, needs: &Needs, variables: Option<&JsonMap>) -> Asked {
        self.same(needs.surface);
        let mut asked = Asked::new(&self.index);
        needs.words.add_to(&mut asked.bits);
        asked.met.extend(needs.met.iter().copied());
        if let Some(variables) = variables {
            self.ask_variables(needs, variables, &mut asked);
        }
        asked
    }
}

impl Asked {
    pub fn new(index: &Index) -> Self {
        Self { bits: FixedBitSet::with_capacity(index.len()), met: FixedBitSet::with_capacity(index.types.len()) }
    }

    /// The permissions among the bits: the first region.
    pub fn permissions(&self, index: &Index) -> impl Iterator<Item = usize> {
        let end = index.permissions();
        self.bits.ones().take_while(move |bit| *bit < end)
    }

    pub fn meet(&mut self, index: &Index, of: TypeId) {
        if index.is_input(of) {
            self.met.insert(of);
            self.bits.insert(index.able(of));
        }
    }
}

struct Walk<'a> {
    index: &'a Index,
    document: &'a ExecutableDocument,
    asked: Asked,
    answered: FixedBitSet,
    conditions: HashSet<Condition>,
    overlaps: Vec<Vec<usize>>,
    fragments: HashSet<&'a Name>,
}

impl<'a> Walk<'a> {
    fn new(index: &'a Index, document: &'a ExecutableDocument) -> Self {
        Self {
            index,
            document,
            asked: Asked::new(index),
            answered: FixedBitSet::with_capacity(index.types.len()),
            conditions: HashSet::new(),
            overlaps: Vec::new(),
            fragments: HashSet::new(),
        }
    }

    fn selections(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    self.field(&set.ty, field);
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(inline) => {
                    if let Some(condition) = &inline.type_condition {
                        self.condition(condition, &set.ty);
                    }
                    self.selections(&inline.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = spread.fragment_def(self.document).expect("a valid document defines its fragments");
                    self.condition(fragment.type_condition(), &set.ty);
                    if self.fragments.insert(&fragment.name) {
                        self.directives(&fragment.directives);
                        self.selections(&fragment.selection_set);
                    }
                }
            }
        }
    }

    /// A selected field with its arguments (permission rules 14 to 16); the meta fields and what is below them stand
    /// on types that the index does not have.
    fn field(&mut self, parent: &str, field: &Field) {
        let Some(parent) = self.index.id(parent).map(|id| &self.index.types[id]) else { return };
        let Some(entry) = parent.fields.get(&field.name) else {
            // Only the field that a shown schema has beyond the full one (permission rule 30) can be unknown here.
            if !field.name.starts_with("__") {
                self.asked.bits.insert(self.index.impossible());
            }
            return;
        };
        self.spell(entry, field);
        if parent.kind == Kind::Interface {
            for possible in &parent.possible {
                let own = self.index.types[*possible].fields.get(&field.name);
                self.spell(own.expect("a possible type has the fields of its interface"), field);
            }
        }
        for argument in &field.arguments {
            let declared = entry.arguments.iter().find(|declared| declared.name == argument.name);
            self.value(declared.expect("a valid document names arguments of the schema").of, &argument.value);
        }
    }

    fn spell(&mut self, entry: &FieldEntry, field: &Field) {
        self.asked.bits.insert(entry.bit);
        if self.index.is_composite(entry.of) {
            self.answered.insert(entry.of);
        }
        for argument in &entry.arguments {
            if field.arguments.iter().any(|spelt| spelt.name == argument.name) {
                self.asked.bits.insert(argument.bit);
                self.asked.meet(self.index, argument.of);
            }
        }
    }

    /// The input fields spelt in a value (permission rule 17); nothing below a custom scalar.
    fn value(&mut self, of: TypeId, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.value(of, item)),
            Value::Object(fields) if self.index.is_input(of) => {
                for (name, value) in fields {
                    let declared = self.index.types[of].fields.get(name);
                    let declared = declared.expect("a valid document names input fields of the schema");
                    self.asked.bits.insert(declared.bit);
                    self.asked.meet(self.index, declared.of);
                    self.value(declared.of, value);
                }
            }
            _ => {}
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        for directive in directives.iter() {
            for argument in &directive.arguments {
                // Only types of the index matter here, and a directive's arguments are no permissions themselves.
                if let Some(of) = self.directive_argument(&directive.name, &argument.name) {
                    self.asked.meet(self.index, of);
                    self.value(of, &argument.value);
                }
            }
        }
    }

    fn directive_argument(&self, directive: &Name, argument: &Name) -> Option<TypeId> {
        self.index.directive_arguments.get(&(directive.clone(), argument.clone())).copied()
    }

    /// A fragment's type condition on the type that it stands on (permission rule 19).
    fn condition(&mut self, condition: &str, on: &str) {
        let (Some(ty), Some(on)) = (self.index.id(condition), self.index.id(on)) else { return };
        let (possible, around) = (&self.index.types[ty].possible, &self.index.types[on].possible);
        let shared: Vec<TypeId> = possible.iter().copied().filter(|id| around.binary_search(id).is_ok()).collect();
        // Most conditions lie within what they stand on, or around it: then one type's being open answers them.
        let plain = match shared.as_slice() {
            [one] => Some(*one),
            all if all.len() == possible.len() => Some(ty),
            all if all.len() == around.len() => Some(on),
            _ => None,
        };
        match plain {
            Some(plain) => self.asked.bits.insert(self.index.able(plain)),
            None => self.overlaps.push(shared.iter().map(|id| self.index.able(*id)).collect()),
        }
        self.conditions.insert(Condition { ty, shared });
    }
}
