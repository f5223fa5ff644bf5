//! The law and its helpers, tried on random schemas, grants and operations. `PROPTEST_CASES` sets how often the law is
//! tried; everything else is tried a fifth as often, and what takes other programs or a server a twentieth. `make test`
//! sets it.

use std::collections::{BTreeSet, HashMap};

use apollo_compiler::executable::Operation;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node, Schema};
use doorward::permission::{
    FirstSeen, Form, Granted, NamedGrants, Origins, PinnedGrant, Source, Surface, SurfaceSettings,
};
use proptest::prelude::{prop_assert, prop_assert_eq};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::generate::{Request, Tape, grants, pinned, request, schema, tape};
use super::naive;

pub fn surface(schema: Valid<Schema>, seen: FirstSeen) -> Surface {
    let settings = SurfaceSettings { directives: vec!["*".to_owned()], ..SurfaceSettings::default() };
    Surface::new(schema, Origins::all(Source::Own), settings, seen)
}

/// The document, if it is valid on a schema, variables and all.
pub fn valid(schema: &Valid<Schema>, request: &Request) -> Option<(Valid<ExecutableDocument>, Node<Operation>)> {
    let document = ExecutableDocument::parse_and_validate(schema, &request.text, "operation.graphql").ok()?;
    let operation = document.operations.iter().next()?.clone();
    coerce_variable_values(schema, &operation, &request.variables).ok()?;
    Some((document, operation))
}

/// Grants that have something to do with the request: at random, or those that it takes with one put in or left out.
pub fn held(tape: &mut Tape, surface: &Surface, request: &Request) -> Granted {
    let random = grants(tape, surface.schema());
    let mut list = pinned(surface, &random, 0);
    let Some((document, operation)) = valid(surface.schema(), request).filter(|_| !tape.chance(3)) else {
        return surface.compile(&list, false);
    };
    let needs = surface.needs(&document, &operation);
    let form = if tape.chance(5) { Form::Exact } else { Form::Plain };
    let variables = Some(&request.variables).filter(|_| tape.chance(8));
    let mut minted = surface.mint(&needs, variables, form).grants;
    match tape.below(4) {
        0 => list.clear(),
        1 => {
            list.clear();
            if !minted.is_empty() {
                let at = tape.below(minted.len());
                minted.remove(at);
            }
        }
        2 => list.truncate(1),
        _ => {
            for pinned in &mut list {
                pinned.grant.exclude = false;
            }
        }
    }
    list.extend(minted.into_iter().map(|grant| PinnedGrant { grant, as_of: 0 }));
    surface.compile(&list, false)
}

fn check_law(tape: &mut Tape) -> Result<(), TestCaseError> {
    let Some(schema) = schema(tape) else { return Ok(()) };
    let surface = surface(schema, FirstSeen::new());
    let request = request(tape, surface.schema());
    let held = held(tape, &surface, &request);
    let powers = surface.powers(held.clone());
    let shape = surface.shape(&powers);
    prop_assert!(Schema::clone(&shape).validate().is_ok(), "the shape is not valid:\n{shape}");
    let Some((document, operation)) = valid(surface.schema(), &request) else { return Ok(()) };
    let verdict = surface.judge(&surface.needs(&document, &operation), &powers, &request.variables);
    let seen = valid(&shape, &request).is_some();
    prop_assert_eq!(
        verdict.is_ok(),
        seen,
        "{:?}\n{}\n{:?}\nheld: {:?}\n{}\nshape:\n{}",
        verdict,
        request.text,
        request.variables,
        surface.coordinates(&held).collect::<Vec<_>>(),
        surface.schema(),
        shape
    );
    if let Err(missing) = verdict {
        prop_assert!(missing.is_sorted_by(|one, next| one < next) && !missing.is_empty(), "{:?}", missing);
    }
    Ok(())
}

/// What can be asked of the shown schema can be asked of the full one, and is allowed: so that a caller who is never
/// told of the rest may be judged by what it is shown alone.
fn check_shown(tape: &mut Tape) -> Result<(), TestCaseError> {
    let Some(schema) = schema(tape) else { return Ok(()) };
    let surface = surface(schema, FirstSeen::new());
    let list = pinned(&surface, &grants(tape, surface.schema()), 0);
    let powers = surface.powers(surface.compile(&list, false));
    let shape = surface.shape(&powers);
    let request = request(tape, &shape);
    let Some((document, operation)) = valid(&shape, &request) else { return Ok(()) };
    if surface.asks_for_nothing(&document) {
        let verdict = surface.judge(&surface.needs(&document, &operation), &powers, &request.variables);
        prop_assert!(verdict.is_err(), "{}", request.text);
        return Ok(());
    }
    let Some((document, operation)) = valid(surface.schema(), &request) else {
        prop_assert!(false, "not valid in full: {}\n{}\nshape:\n{}", request.text, surface.schema(), shape);
        return Ok(());
    };
    let verdict = surface.judge(&surface.needs(&document, &operation), &powers, &request.variables);
    prop_assert_eq!(verdict, Ok(()), "{}\n{}\nshape:\n{}", request.text, surface.schema(), shape);
    Ok(())
}

fn check_compiled(tape: &mut Tape) -> Result<(), TestCaseError> {
    let Some(schema) = schema(tape) else { return Ok(()) };
    let all: Vec<String> = {
        let surface = surface(schema.clone(), FirstSeen::new());
        surface.coordinates(&surface.everything()).collect()
    };
    let mut seen = HashMap::new();
    let mut first = FirstSeen::new();
    for coordinate in &all {
        if tape.chance(2) {
            first = first.at(Source::Own, coordinate, 5);
            if tape.chance(3) {
                first = first.accepted(Source::Own, coordinate);
            } else {
                seen.insert(coordinate.clone(), 5);
            }
        }
    }
    let surface = surface(schema, first);
    let list: Vec<(String, i64)> =
        grants(tape, surface.schema()).into_iter().map(|text| (text, [5, 4, 9][tape.below(3)])).collect();
    let kept: Vec<PinnedGrant> =
        list.iter().flat_map(|(text, as_of)| pinned(&surface, std::slice::from_ref(text), *as_of)).collect();
    let got: BTreeSet<String> = surface.coordinates(&surface.compile(&kept, false)).collect();
    prop_assert_eq!(got, naive::opened(surface.schema(), &list, &seen), "{:?}\n{}", list, surface.schema());
    // Grant by grant it opens the same.
    let opened = surface.compile(&kept, false);
    let named = [NamedGrants { name: "role".to_owned(), grants: kept.clone(), follow_new_fields: false }];
    let openers = surface.openers(&surface.everything(), &named);
    let by_grants: Vec<String> = openers.iter().map(|opener| opener.coordinate.clone()).collect();
    prop_assert_eq!(by_grants, surface.coordinates(&opened).collect::<Vec<_>>(), "{:?}", list);
    for opener in openers {
        let written = surface.accept(&opener.grant).expect("what is printed can be read");
        prop_assert!(kept.iter().any(|pinned| pinned.grant == written), "{}", opener.grant);
    }
    let got: BTreeSet<String> = surface.coordinates(&surface.compile(&kept, true)).collect();
    prop_assert_eq!(got, naive::opened(surface.schema(), &list, &HashMap::new()), "{:?}", list);
    Ok(())
}

fn check_needs(tape: &mut Tape) -> Result<(), TestCaseError> {
    let Some(schema) = schema(tape) else { return Ok(()) };
    let surface = surface(schema, FirstSeen::new());
    let request = request(tape, surface.schema());
    let Some((document, operation)) = valid(surface.schema(), &request) else { return Ok(()) };
    let needed = surface.needed(&surface.needs(&document, &operation), Some(&request.variables));
    let needed: BTreeSet<String> = surface.coordinates(&needed).collect();
    prop_assert_eq!(needed, naive::needed(surface.schema(), &request.text, &request.variables), "{}", request.text);
    Ok(())
}

fn check_minted(tape: &mut Tape) -> Result<(), TestCaseError> {
    let Some(schema) = schema(tape) else { return Ok(()) };
    let surface = surface(schema, FirstSeen::new());
    let request = request(tape, surface.schema());
    let Some((document, operation)) = valid(surface.schema(), &request) else { return Ok(()) };
    let needs = surface.needs(&document, &operation);
    let needed = surface.needed(&needs, Some(&request.variables));
    for form in [Form::Plain, Form::Exact] {
        let minted = surface.mint(&needs, Some(&request.variables), form);
        // What is minted is text in the end: it has to survive being written and read.
        let list: Vec<String> = minted.grants.iter().map(|grant| surface.print(grant)).collect();
        let held = surface.compile(&pinned(&surface, &list, 0), false);
        let verdict = surface.judge(&needs, &surface.powers(held.clone()), &request.variables);
        prop_assert_eq!(verdict.err().unwrap_or_default(), minted.choose, "{}\n{:?}", request.text, list);
        prop_assert!(needed.is_subset(&held), "{}\n{:?}", request.text, list);
        if form == Form::Exact {
            prop_assert_eq!(&held, &needed, "{}\n{:?}\n{}", request.text, list, surface.schema());
        }
    }
    Ok(())
}

/// How often the law is tried, divided by this; without a word of the environment, as often as is no burden.
pub fn cases(part: u32) -> u32 {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let law = if asked { Config::default().cases } else { 1_000 };
    (law / part).max(1)
}

/// Tries a check on random tapes, and shrinks one that fails. (The macro would let the environment overrule `part`.)
pub fn holds(part: u32, check: fn(&mut Tape) -> Result<(), TestCaseError>) {
    let config = Config { cases: cases(part), failure_persistence: None, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(&tape(), |mut tape| check(&mut tape)) {
        panic!("{error}");
    }
}

#[test]
fn allowed_is_valid_on_the_shown_schema() {
    holds(1, check_law);
}

#[test]
fn what_the_shown_schema_takes_is_allowed() {
    holds(5, check_shown);
}

#[test]
fn a_list_opens_what_a_naive_matcher_says() {
    holds(5, check_compiled);
}

#[test]
fn an_operation_needs_what_a_naive_walk_says() {
    holds(5, check_needs);
}

#[test]
fn what_is_minted_is_enough_and_exactly_enough() {
    holds(5, check_minted);
}
