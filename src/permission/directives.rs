//! Which directives operations may use (permission rule 29). Knows nothing of what is held.

use std::fmt;

use apollo_compiler::ast::{Directive, DirectiveDefinition, DirectiveLocation};
use apollo_compiler::executable::{DirectiveList, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{ExecutableDocument, Name, Node};
use fixedbitset::FixedBitSet;

use super::Surface;
use super::index::TypeId;

/// A directive that an operation uses and that is not let through: a validation error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveRefused {
    /// The directive, without `@`.
    pub name: Name,
    /// Where it stands in the document.
    pub location: Option<SourceSpan>,
}

impl fmt::Display for DirectiveRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operations may not use the directive @{} here", self.name)
    }
}

impl Surface {
    /// The directives of a document, unselected operations included, that operations may not use (permission rule
    /// 29): part of validation on the full schema.
    #[must_use]
    pub fn refused_directives(&self, document: &ExecutableDocument) -> Vec<DirectiveRefused> {
        let mut refused = Vec::new();
        for operation in document.operations.iter() {
            self.refuse(&operation.directives, &mut refused);
            operation.variables.iter().for_each(|variable| self.refuse(&variable.directives, &mut refused));
            self.refuse_in(&operation.selection_set, &mut refused);
        }
        for fragment in document.fragments.values() {
            self.refuse(&fragment.directives, &mut refused);
            self.refuse_in(&fragment.selection_set, &mut refused);
        }
        refused
    }

    fn refuse_in(&self, set: &SelectionSet, refused: &mut Vec<DirectiveRefused>) {
        for selection in &set.selections {
            self.refuse(selection.directives(), refused);
            match selection {
                Selection::Field(field) => self.refuse_in(&field.selection_set, refused),
                Selection::InlineFragment(inline) => self.refuse_in(&inline.selection_set, refused),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn refuse(&self, directives: &DirectiveList, refused: &mut Vec<DirectiveRefused>) {
        let strangers = directives.iter().filter(|directive| !self.settings.lets_through(&directive.name));
        refused.extend(strangers.map(|directive: &Node<Directive>| DirectiveRefused {
            name: directive.name.clone(),
            location: directive.location(),
        }));
    }

    /// The directives that are shown beside the specification's: for operations, let through, and not in want of an
    /// argument whose type is unusable.
    pub(super) fn shown_directives(&self, open: &FixedBitSet) -> impl Iterator<Item = &Node<DirectiveDefinition>> {
        self.schema.directive_definitions.values().filter(move |definition| {
            let for_operations = definition.locations.iter().any(|location| is_executable(*location));
            let through = !definition.is_built_in() && for_operations && self.settings.lets_through(&definition.name);
            let mut arguments = definition.arguments.iter();
            through && arguments.all(|argument| !argument.is_required() || self.is_able(&argument.ty, open))
        })
    }

    /// The types that the arguments of shown directives name.
    pub(super) fn named_by_directives(&self, open: &FixedBitSet) -> Vec<TypeId> {
        let arguments = self.shown_directives(open).flat_map(|definition| &definition.arguments);
        arguments
            .filter(|argument| self.is_able(&argument.ty, open))
            .filter_map(|argument| self.index.id(argument.ty.inner_named_type()))
            .collect()
    }

    pub(super) fn is_able(&self, ty: &apollo_compiler::ast::Type, open: &FixedBitSet) -> bool {
        self.index.id(ty.inner_named_type()).is_none_or(|id| open.contains(self.index.able(id)))
    }
}

const fn is_executable(location: DirectiveLocation) -> bool {
    use DirectiveLocation as At;
    matches!(
        location,
        At::Query
            | At::Mutation
            | At::Subscription
            | At::Field
            | At::FragmentDefinition
            | At::FragmentSpread
            | At::InlineFragment
            | At::VariableDefinition
    )
}
