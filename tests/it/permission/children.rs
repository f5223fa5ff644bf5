//! A token made by a token: whatever its list says, it holds, opens and is shown no more than its parent.

use doorward::permission::{FirstSeen, Granted, Surface};
use proptest::prelude::prop_assert;
use proptest::test_runner::TestCaseError;

use super::generate::{Tape, grants, pinned, request, schema};
use super::properties::{held, holds, surface, valid};

/// What is left of `held` to a token narrowed to a random list, or read-only, or both, or neither.
fn cut(tape: &mut Tape, surface: &Surface, held: &Granted) -> Granted {
    let mut left = held.clone();
    if tape.chance(8) {
        let list = pinned(surface, &grants(tape, surface.schema()), 0);
        left.intersect_with(&surface.compile(&list, false));
    }
    if tape.chance(2) { surface.without_mutations(&left) } else { left }
}

fn check(tape: &mut Tape) -> Result<(), TestCaseError> {
    let Some(schema) = schema(tape) else { return Ok(()) };
    let surface = surface(schema, FirstSeen::new());
    let request = request(tape, surface.schema());
    let person = held(tape, &surface, &request);
    let parent = cut(tape, &surface, &person);
    let child = cut(tape, &surface, &parent);
    prop_assert!(child.is_subset(&parent) && parent.is_subset(&person));
    let (parent, child) = (surface.powers(parent), surface.powers(child));
    prop_assert!(child.open().is_subset(&parent.open()), "the child opens more than it holds of its parent's");
    let Some((document, operation)) = valid(surface.schema(), &request) else { return Ok(()) };
    let needs = surface.needs(&document, &operation);
    let may = |powers| surface.judge(&needs, powers, &request.variables).is_ok();
    prop_assert!(!may(&child) || may(&parent), "{}\n{}", request.text, surface.schema());
    Ok(())
}

#[test]
fn a_child_never_exceeds_its_parent() {
    holds(5, check);
}
