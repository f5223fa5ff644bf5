//! What is told of a document by its syntax alone, before the schema is asked: a stranger's must be sign-in and
//! nothing else, whether or not it would be valid. Where an API has a field of such a name, sign-in is not served there.

use crate::permission::{Source, Surface};
use apollo_compiler::ast::{Definition, Document, FragmentDefinition, OperationDefinition, OperationType, Selection};
use std::collections::HashSet;

/// What the names of all sign-in mutations begin with: a document without it need not be parsed for a stranger.
pub const SIGN_IN_BEGINS: &str = "signIn";
/// The mutations that a stranger may run.
const SIGN_IN: [&str; 2] = ["signIn", "signInRefresh"];
/// The mutations that take a secret which could be guessed.
const TRIES: [&str; 4] = ["signIn", "signInRefresh", "proveSession", "changePassword"];
/// The types that a fragment in a stranger's document may stand on: of any other, what is wrong with the document
/// would tell whether it exists.
const SIGN_IN_TYPES: [&str; 3] = ["Mutation", "SignInPayload", "SignInRefreshPayload"];
/// The types that its variables may have, for the same reason.
const SIGN_IN_VALUES: [&str; 3] = ["SignInCredentials", "String", "Boolean"];

/// Whether the document is sign-in alone: one operation, and in it nothing but sign-in mutations.
#[must_use]
pub fn signs_in_alone(surface: &Surface, document: &Document, operation: Option<&str>) -> bool {
    let fits = |definition: &Definition| match definition {
        Definition::OperationDefinition(operation) => {
            let mut types = operation.variables.iter().map(|variable| variable.ty.inner_named_type());
            types.all(|ty| is_one_of(surface, &SIGN_IN_VALUES, ty))
                && stands_on_sign_in(surface, &operation.selection_set)
        }
        Definition::FragmentDefinition(fragment) => {
            is_one_of(surface, &SIGN_IN_TYPES, &fragment.type_condition)
                && stands_on_sign_in(surface, &fragment.selection_set)
        }
        _ => false,
    };
    operations(document).count() == 1 && document.definitions.iter().all(fits) && signs_in(surface, document, operation)
}

/// Whether no inline fragment names another type.
fn stands_on_sign_in(surface: &Surface, selections: &[Selection]) -> bool {
    selections.iter().all(|selection| match selection {
        Selection::Field(field) => stands_on_sign_in(surface, &field.selection_set),
        Selection::FragmentSpread(_) => true,
        Selection::InlineFragment(inline) => {
            inline.type_condition.as_ref().is_none_or(|condition| is_one_of(surface, &SIGN_IN_TYPES, condition))
                && stands_on_sign_in(surface, &inline.selection_set)
        }
    })
}

/// Whether a type is one of these of Doorward's own, or one that every schema has.
fn is_one_of(surface: &Surface, types: &[&str], wire: &str) -> bool {
    let everywhere = ["Mutation", "String", "Boolean"].contains(&wire);
    let is_own = || surface.whose(wire).is_some_and(|(source, name)| source == Source::Own && types.contains(&name));
    if everywhere { types.contains(&wire) } else { is_own() }
}

/// Whether a mutation of Doorward's own is served by its name.
fn is_served(surface: &Surface, mutation: &str) -> bool {
    surface.answers("Mutation", mutation) == Some(Source::Own)
}

/// Whether the operation is nothing but sign-in mutations.
#[must_use]
pub fn signs_in(surface: &Surface, document: &Document, operation: Option<&str>) -> bool {
    let names = root_names(document, operation);
    chosen(document, operation).is_some_and(|chosen| chosen.operation_type == OperationType::Mutation)
        && !names.is_empty()
        && names.iter().all(|name| SIGN_IN.contains(name) && is_served(surface, name))
}

/// How many fields stand at the root of the operation, through its fragments.
#[must_use]
pub fn root_fields(document: &Document, operation: Option<&str>) -> usize {
    root_names(document, operation).len()
}

/// How many of them try a secret.
#[must_use]
pub fn sign_ins(surface: &Surface, document: &Document, operation: Option<&str>) -> usize {
    let names = root_names(document, operation).into_iter();
    names.filter(|name| TRIES.contains(name) && is_served(surface, name)).count()
}

fn root_names<'d>(document: &'d Document, operation: Option<&str>) -> Vec<&'d str> {
    let mut names = Vec::new();
    if let Some(chosen) = chosen(document, operation) {
        collect(document, &chosen.selection_set, &mut HashSet::new(), &mut names);
    }
    names
}

fn operations(document: &Document) -> impl Iterator<Item = &OperationDefinition> {
    document.definitions.iter().filter_map(|definition| match definition {
        Definition::OperationDefinition(operation) => Some(&**operation),
        _ => None,
    })
}

fn chosen<'d>(document: &'d Document, name: Option<&str>) -> Option<&'d OperationDefinition> {
    match name {
        Some(name) => operations(document).find(|operation| operation.name.as_deref() == Some(name)),
        None => {
            let mut all = operations(document);
            all.next().filter(|_| all.next().is_none())
        }
    }
}

fn collect<'d>(
    document: &'d Document,
    selections: &'d [Selection],
    seen: &mut HashSet<&'d str>,
    names: &mut Vec<&'d str>,
) {
    for selection in selections {
        match selection {
            Selection::Field(field) => names.push(&field.name),
            Selection::InlineFragment(inline) => collect(document, &inline.selection_set, seen, names),
            Selection::FragmentSpread(spread) => {
                if seen.insert(&spread.fragment_name)
                    && let Some(fragment) = fragment(document, &spread.fragment_name)
                {
                    collect(document, &fragment.selection_set, seen, names);
                }
            }
        }
    }
}

fn fragment<'d>(document: &'d Document, name: &str) -> Option<&'d FragmentDefinition> {
    document.definitions.iter().find_map(|definition| match definition {
        Definition::FragmentDefinition(fragment) if fragment.name == name => Some(&**fragment),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::{FirstSeen, Origins, SurfaceSettings};

    fn alone(text: &str, name: Option<&str>) -> bool {
        let types = crate::graphql::schema::types(&crate::graphql::schema::own());
        let surface = Surface::new(types, Origins::all(Source::Own), SurfaceSettings::default(), FirstSeen::new());
        signs_in_alone(&surface, &Document::parse(text, "").unwrap(), name)
    }

    #[test]
    fn sign_in_alone_is_a_strangers_and_nothing_else_is() {
        assert!(alone("mutation{signIn(credentials:{userName:\"a\",password:\"b\"}){accessToken}}", None));
        assert!(alone("mutation{x:signInRefresh(refreshToken:\"a\"){accessToken}}", None));
        assert!(alone(
            "mutation A{...F} fragment F on Mutation{signInRefresh(refreshToken:\"a\"){accessToken}}",
            Some("A")
        ));
        for more in [
            "{signIn}",
            "mutation{signIn signOut}",
            "mutation{__typename}",
            "mutation A{signIn} query B{me{id}}",
            "mutation A{signIn ...F} fragment F on Mutation{signOut}",
            "mutation A{signIn} fragment F on User{email}",
            "mutation A{...F} fragment F on Mutation{...F}",
            "mutation A{signIn} type T{a:Int}",
            "mutation A($x:Paginator){signIn}",
            "mutation A{signIn{... on User{x}}}",
            "mutation A{... on Mutation{signIn{a{... on User{x}}}}}",
        ] {
            assert!(!alone(more, None) && !alone(more, Some("A")), "{more}");
        }
    }
}
