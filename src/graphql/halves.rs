//! Who answers which root field of an operation: Doorward itself or the API behind, and in which order. Decides
//! nothing of who may ask.

use crate::error::{Code, Refusal};
use crate::gateway::{self, ApiPart};
use crate::permission::{Source, Surface};
use apollo_compiler::Name;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, OperationType, Selection, SelectionSet};

/// The part of an operation that a root field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Doorward's own; of a mutation, what stands before the API's.
    First,
    /// The API's.
    Api,
    /// Doorward's own, after the API's.
    Last,
}

/// The keys of an operation's answer, each with its half.
#[derive(Debug, Default)]
pub struct Halves {
    keys: IndexMap<Name, Half>,
}

impl Halves {
    /// Tells the halves of an operation apart.
    ///
    /// # Errors
    /// A mutation is run in the order written, and the API is asked once: own fields cannot stand between its.
    pub fn of(surface: &Surface, document: &ExecutableDocument, operation: &Operation) -> Result<Self, Refusal> {
        let mut fields = Vec::new();
        collect(document, &operation.selection_set, &mut fields);
        let root = match operation.operation_type {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let is_theirs = |field: &Field| surface.answers(root, &field.name) == Some(Source::Api);
        let any_own = fields.iter().any(|field| field.name != "__typename" && !is_theirs(field));
        let any_theirs = fields.iter().any(|field| is_theirs(field));
        // The root's name is asked of the API where it asks for nothing else and calls it so itself.
        let theirs_is_named = any_theirs && !any_own && !surface.api_names().contains_key(root);
        let in_order = operation.operation_type == OperationType::Mutation;
        let mut keys: IndexMap<Name, Half> = IndexMap::default();
        let mut reached = Half::First;
        for field in fields {
            let named = field.name == "__typename";
            let half = match (is_theirs(field) || (named && theirs_is_named), reached) {
                (true, Half::Last) if in_order => return Err(stands_between()),
                (true, _) => {
                    reached = Half::Api;
                    Half::Api
                }
                (false, Half::Api | Half::Last) if in_order && !named => {
                    reached = Half::Last;
                    Half::Last
                }
                (false, _) => Half::First,
            };
            keys.entry(field.response_key().clone()).or_insert(half);
        }
        Ok(Self { keys })
    }

    /// Whether a root field belongs to this half.
    #[must_use]
    pub fn is_in(&self, half: Half, field: &Field) -> bool {
        self.keys.get(field.response_key()) == Some(&half)
    }

    /// The half that a root field belongs to.
    #[must_use]
    pub fn half(&self, field: &Field) -> Option<Half> {
        self.keys.get(field.response_key()).copied()
    }

    /// What goes to the API; `None`: nothing.
    #[must_use]
    pub fn api_part(&self, surface: &Surface, document: &ExecutableDocument, operation: &Operation) -> Option<ApiPart> {
        gateway::part(document, operation, &|field| self.is_in(Half::Api, field), surface.api_names())
    }

    /// Whether all of it is the API's.
    #[must_use]
    pub fn are_one(&self) -> bool {
        self.keys.values().all(|half| *half == Half::Api)
    }
}

fn stands_between() -> Refusal {
    let message = "fields of Doorward's own stand between fields of the API in this mutation: send them one after the \
                   other, as operations of their own";
    Refusal::new(Code::ValidationFailed, message)
}

/// The root fields in the order of the document, fragments written out, whatever is skipped.
fn collect<'d>(document: &'d ExecutableDocument, set: &'d SelectionSet, fields: &mut Vec<&'d Field>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => fields.push(field),
            Selection::InlineFragment(inline) => collect(document, &inline.selection_set, fields),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    collect(document, &fragment.selection_set, fields);
                }
            }
        }
    }
}
