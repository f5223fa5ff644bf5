//! What people read when a grant of theirs is refused.

use doorward::permission::{Grant, Surface};
use insta::assert_snapshot;

use super::{held, plain};

fn surface() -> Surface {
    plain(
        "type Query { users(limit: Int, search: String): [User!]! }
         type User { id: ID! email: String hits: [Hit!]! }
         union Hit = User enum State { OPEN } input Filter { state: State }
         type Mutation { set(filter: Filter): State }",
    )
}

#[test]
fn what_is_no_grant_is_told_what_is_one() {
    let refused = |text: &str| surface().accept(text).unwrap_err().to_string();
    assert_snapshot!(refused("Query"), @r#""Query" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away"#);
    assert_snapshot!(refused("*.email"), @r#""*.email" is no permission: before the dot stands no name of a type; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away"#);
    assert_snapshot!(refused("Query.users(search:\"x\")"), @r#""Query.users(search:"x")" is no permission: an argument cannot be held to a value; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away"#);
}

#[test]
fn what_is_not_there_is_told_what_is_near() {
    let refused = |text: &str| surface().accept(text).unwrap_err().to_string();
    assert_snapshot!(refused("Query.user"), @r#""Query.user": Query has no field user; the nearest is Query.users"#);
    assert_snapshot!(refused("!Query.users(serch:)"), @r#""!Query.users(serch:)": Query.users has no argument serch; the nearest is Query.users(search:)"#);
    assert_snapshot!(refused("Usr.email"), @r#""Usr.email": there is no type Usr; the nearest is User.email"#);
    assert_snapshot!(refused("Hit.*"), @r#""Hit.*": a union has no fields; name its members'"#);
    assert_snapshot!(refused("State.OPEN"), @r#""State.OPEN": scalars and enums are no permissions"#);
    assert_snapshot!(refused("Filter.state(a:)"), @r#""Filter.state(a:)": an input field has no arguments; the nearest is Filter.state"#);
    assert_snapshot!(refused("api:Query.users"), @r#""api:Query.users": there is no such schema behind this server"#);
}

#[test]
fn a_writer_who_may_not_know_gets_the_same_answer_as_for_what_is_not_there() {
    let surface = surface();
    let powers = surface.powers(held(&surface, &["Query.users(limit:)", "User.id"]));
    let refused = |text: &str| surface.accept_as_seen(text, &powers).unwrap_err().to_string();
    assert!(surface.accept_as_seen("Query.users(limit:)", &powers).is_ok());
    for (hidden, absent) in [
        ("User.email", "User.nonex"),
        ("Query.users(search:)", "Query.users(nonexi:)"),
        ("Filter.*", "Nonexi.*"),
        ("State.OPEN", "Nonex.OPEN"),
        ("Mutation.*", "Nonexist.*"),
    ] {
        let blank = |text: &str, of: &str| {
            let name = of.trim_start_matches("Query.users(").trim_start_matches("User.");
            let name = name.trim_end_matches([')', ':', '*', '.']).trim_end_matches(".OPEN");
            text.replace(name, "…")
        };
        assert_eq!(blank(&refused(hidden), hidden), blank(&refused(absent), absent));
    }
}

#[test]
fn a_kept_grant_is_read_back_and_names_its_source() {
    for text in ["own:Query.users", "!api:User.*", "own:*.*", "api:Query.users(limit:)"] {
        assert_eq!(Grant::parse(text).unwrap().to_string(), text);
    }
    assert!(Grant::parse("Query.users").is_err());
}
