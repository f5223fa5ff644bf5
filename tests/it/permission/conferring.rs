//! What whoever writes a list has to hold, and what an operation is turned into.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::response::JsonMap;
use doorward::permission::{Form, Source, Surface};
use insta::assert_snapshot;

use super::{held, list, names, plain};

fn surface() -> Surface {
    plain(
        "interface Party { name: String }
         type User implements Party { name: String email: String boss: User }
         type Query { users(limit: Int, filter: Filter, page: Int): [User!]! parties: [Party!]! }
         type Mutation { set(filter: Filter!): Boolean }
         input Filter { state: String not: Filter extra: Extra }
         input Extra { a: Int b: Int }",
    )
}

#[test]
fn a_role_confers_all_that_it_opens_a_narrowing_what_it_spells() {
    let surface = surface();
    let grants = ["Query.users(filter:)", "User.*", "Party.name", "Filter.state", "!Filter.state"];
    assert_snapshot!(
        names(&surface, &held(&surface, &grants)),
        @"Extra.a Extra.b Filter.extra Filter.not Query.users Query.users(filter:) User.boss User.email User.name"
    );
    assert_snapshot!(
        names(&surface, &surface.confers(&list(&surface, &grants))),
        @"Query.users Query.users(filter:)"
    );
}

fn minted(operation: &str, variables: Option<&str>, form: Form) -> String {
    let surface = surface();
    let document = ExecutableDocument::parse_and_validate(surface.schema(), operation, "operation.graphql").unwrap();
    let needs = surface.needs(&document, document.operations.iter().next().unwrap());
    let variables: Option<JsonMap> = variables.map(|text| serde_json::from_str(text).unwrap());
    let minted = surface.mint(&needs, variables.as_ref(), form);
    let grants: Vec<String> = minted.grants.iter().map(|grant| surface.print(grant)).collect();
    let choose = if minted.choose.is_empty() { String::new() } else { format!(" choose {:?}", minted.choose) };
    format!("{}{choose}", grants.join(" "))
}

#[test]
fn an_operation_becomes_its_arguments_or_else_its_fields() {
    let operation = "{ users(limit: 1, page: 2) { name } parties { name } }";
    assert_snapshot!(minted(operation, None, Form::Plain), @"Query.parties Query.users(limit:) Query.users(page:) User.name");
    assert_snapshot!(minted("{ users { email } }", None, Form::Plain), @"Query.users User.email");
    assert_snapshot!(
        minted("{ users { email } }", None, Form::Exact),
        @"Query.users User.email !Query.users(limit:) !Query.users(filter:) !Query.users(page:)"
    );
}

#[test]
fn the_exact_form_takes_away_the_input_fields_that_are_not_written() {
    let literal = "mutation { set(filter: { not: { state: \"x\" } }) }";
    assert_snapshot!(minted(literal, None, Form::Exact), @"Mutation.set(filter:) !Filter.extra");
    let variable = "mutation($f: Filter!) { set(filter: $f) }";
    assert_snapshot!(minted(variable, None, Form::Exact), @"Mutation.set(filter:)");
    assert_snapshot!(
        minted(variable, Some(r#"{"f": {"extra": {"a": 1}}}"#), Form::Exact),
        @"Mutation.set(filter:) !Filter.state !Filter.not !Extra.b"
    );
}

#[test]
fn a_type_of_which_only_its_name_is_asked_is_left_to_choose() {
    assert_snapshot!(minted("{ users { __typename } }", None, Form::Plain), @r#"Query.users choose ["User"]"#);
}

#[test]
fn what_a_list_is_sorted_by_is_judged_with_the_rest() {
    let surface = surface();
    let document = ExecutableDocument::parse_and_validate(surface.schema(), "{ users { name } }", "o.graphql").unwrap();
    let needs = surface.needs(&document, document.operations.iter().next().unwrap());
    let email = surface.permission(Source::Own, "User.email").unwrap();
    let (some, all) = (["Query.users", "User.name"], ["Query.users", "User.*"]);
    let judge =
        |grants: &[&str]| surface.judge_also(&needs, &surface.powers(held(&surface, grants)), &JsonMap::new(), &email);
    assert_eq!(judge(&some), Err(vec!["User.email".to_owned()]));
    assert_eq!(judge(&all), Ok(()));
    assert_eq!(judge(&["User.email"]), Err(vec!["Query.users".to_owned(), "User.name".to_owned()]));
}
