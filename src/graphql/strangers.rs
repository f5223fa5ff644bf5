//! What is told of a document by its syntax alone, before the schema is asked: a stranger's must be sign-in and
//! nothing else, whether or not it would be valid.

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
pub fn signs_in_alone(document: &Document, operation: Option<&str>) -> bool {
    let fits = |definition: &Definition| match definition {
        Definition::OperationDefinition(operation) => {
            let mut types = operation.variables.iter().map(|variable| variable.ty.inner_named_type());
            types.all(|ty| SIGN_IN_VALUES.contains(&ty.as_str())) && stands_on_sign_in(&operation.selection_set)
        }
        Definition::FragmentDefinition(fragment) => {
            SIGN_IN_TYPES.contains(&fragment.type_condition.as_str()) && stands_on_sign_in(&fragment.selection_set)
        }
        _ => false,
    };
    operations(document).count() == 1 && document.definitions.iter().all(fits) && signs_in(document, operation)
}

/// Whether no inline fragment names another type.
fn stands_on_sign_in(selections: &[Selection]) -> bool {
    selections.iter().all(|selection| match selection {
        Selection::Field(field) => stands_on_sign_in(&field.selection_set),
        Selection::FragmentSpread(_) => true,
        Selection::InlineFragment(inline) => {
            let fits = |condition: &str| SIGN_IN_TYPES.contains(&condition);
            inline.type_condition.as_ref().is_none_or(|condition| fits(condition.as_str()))
                && stands_on_sign_in(&inline.selection_set)
        }
    })
}

/// Whether the operation is nothing but sign-in mutations.
#[must_use]
pub fn signs_in(document: &Document, operation: Option<&str>) -> bool {
    let names = root_names(document, operation);
    chosen(document, operation).is_some_and(|chosen| chosen.operation_type == OperationType::Mutation)
        && !names.is_empty()
        && names.iter().all(|name| SIGN_IN.contains(name))
}

/// How many fields stand at the root of the operation, through its fragments.
#[must_use]
pub fn root_fields(document: &Document, operation: Option<&str>) -> usize {
    root_names(document, operation).len()
}

/// How many of them try a secret.
#[must_use]
pub fn sign_ins(document: &Document, operation: Option<&str>) -> usize {
    root_names(document, operation).iter().filter(|name| TRIES.contains(name)).count()
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

    fn alone(text: &str, name: Option<&str>) -> bool {
        signs_in_alone(&Document::parse(text, "").unwrap(), name)
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
