//! `doorward schema print` and `doorward can`

use super::{Program, json};
use insta::assert_snapshot;
use std::fs;

fn with_support() -> Program {
    let program = Program::new();
    let grants = ["--permission", "Query.users(id:)", "--permission", "UserConnection.entities"];
    program.does(["role", "create", "support", "--permission", "User.id"].iter().chain(&grants));
    program.does(["user", "add", "mia", "--role", "support"]);
    program.does(["user", "add", "ben"]);
    program.does(["user", "add", "ada", "--super-admin"]);
    program
}

#[test]
fn the_whole_schema_is_printed_without_any_data() {
    let program = Program::new();
    let sdl = program.does(["schema", "print"]);
    assert!(sdl.contains("\n  createPersonalAccessToken("), "{sdl}");
    assert_eq!(json(&program, &["schema", "print", "--json"])["sdl"].as_str().unwrap().trim_end(), sdl.trim_end());
    assert!(!program.directory().join("doorward-data").exists());
}

#[test]
fn a_schema_is_printed_as_a_role_or_a_user_sees_it() {
    let program = with_support();
    assert_snapshot!(program.run(["schema", "print", "--role", "support"]).told(), @r#"
    exit 0
    out  """
    out  A 64-bit integer: accepts an integer or a string of digits, answers a string.
    out  """
    out  scalar Int64Bit
    out
    out  """What can be asked."""
    out  type Query {
    out    """The users: everyone with an account, enabled or not."""
    out    users(id: Int64Bit): UserConnection!
    out  }
    out
    out  """A person with an account."""
    out  type User {
    out    """Their number."""
    out    id: Int64Bit!
    out  }
    out
    out  """A page of users."""
    out  type UserConnection {
    out    """The users of this page."""
    out    entities: [User!]!
    out  }
    "#);
    let mia = program.does(["schema", "print", "--user", "mia"]);
    assert!(mia.contains("  users(") && mia.contains("  me:"), "{mia}");
    let ben = program.does(["schema", "print", "--user", "ben"]);
    assert!(!ben.contains("  users(") && ben.contains("  me:"), "{ben}");
    let ada = json(&program, &["schema", "print", "--user", "ada", "--json"]);
    assert!(ada["sdl"].as_str().unwrap().contains("  all_personal_access_tokens("), "{ada}");
    assert_snapshot!(program.run(["schema", "print", "--role", "suport"]).told(), @"
    exit 1
    err  doorward: there is no role named `suport`; `doorward role list` shows those that there are
    ");
    assert_snapshot!(program.run(["schema", "print", "--user", "mea"]).told(), @"
    exit 1
    err  doorward: there is no user named `mea`; `doorward user list` shows those that there are
    ");
}

#[test]
fn it_says_who_can_run_an_operation_and_what_is_missing() {
    let program = with_support();
    let file = |name: &str, text: &str| fs::write(program.directory().join(name), text).unwrap();
    file("one.graphql", "query ($id: Int64Bit) { users(id: $id) { entities { id } } }");
    file("more.graphql", "{ users(id: 1) { entities { id username email_address } } }");
    file("both.graphql", "query A { me { username } } mutation B { signOut }");
    file("wrong.graphql", "{ userz { id } }");
    file("cut.graphql", "{ users");
    file("variables.json", r#"{"id": 1}"#);
    let can = |who: &[&str], rest: &[&str]| program.run([&["can"], who, &["--operation"], rest].concat()).told();
    assert_snapshot!(can(&["--user", "mia"], &["one.graphql", "--variables", "variables.json"]), @"
    exit 0
    out  allowed
    ");
    assert_snapshot!(can(&["--user", "mia"], &["more.graphql"]), @"
    exit 1
    out  not allowed; missing: User.email_address
    ");
    assert_snapshot!(can(&["--user", "ben"], &["one.graphql", "--json"]), @r#"
    exit 1
    out  {"json_version":1,"allowed":false,"missing":["Query.users","UserConnection.entities"]}
    "#);
    assert_snapshot!(can(&["--user", "ada"], &["more.graphql", "--json"]), @r#"
    exit 0
    out  {"json_version":1,"allowed":true,"missing":[]}
    "#);
    assert_snapshot!(can(&["--role", "support"], &["one.graphql"]), @"
    exit 0
    out  allowed
    ");
    assert_snapshot!(can(&["--role", "support"], &["both.graphql", "--operation-name", "A"]), @"
    exit 1
    out  not allowed; missing: Me.username, Query.me
    ");
    assert_snapshot!(can(&["--role", "suport"], &["one.graphql"]), @"
    exit 1
    err  doorward: there is no role named `suport`; `doorward role list` shows those that there are
    ");
    assert_snapshot!(can(&["--user", "mea"], &["one.graphql"]), @"
    exit 1
    err  doorward: there is no user named `mea`; `doorward user list` shows those that there are
    ");
    assert_snapshot!(can(&["--user", "mia"], &["both.graphql"]), @"
    exit 1
    err  doorward: the document has several operations: say which by `operationName` (A, B)
    ");
    assert_snapshot!(can(&["--user", "mia"], &["wrong.graphql"]), @"
    exit 1
    err  doorward: type `Query` does not have a field `userz`
    ");
    assert_snapshot!(can(&["--user", "mia"], &["cut.graphql", "--json"]), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"GRAPHQL_PARSE_FAILED","message":"syntax error: expected R_CURLY, got EOF"}}
    "#);
    assert_snapshot!(can(&["--user", "mia"], &["missing.graphql"]), @"
    exit 1
    err  doorward: missing.graphql: No such file or directory (os error 2)
    ");
    assert_snapshot!(can(&["--user", "mia"], &["one.graphql", "--variables", "one.graphql"]), @"
    exit 1
    err  doorward: one.graphql: expected value at line 1 column 1
    ");
}

#[test]
fn it_says_what_the_token_on_stdin_can_run() {
    let program = with_support();
    fs::write(program.directory().join("sign-out.graphql"), "mutation { signOut }").unwrap();
    let can =
        |token: &str| program.run_with(["can", "--token-stdin", "--operation", "sign-out.graphql"], token.as_bytes());
    let writes = program.make_token("ben", &["--access", "read-write"]);
    let reads = program.make_token("ben", &[]);
    assert_snapshot!(can(&format!("{writes}\n")).told(), @"
    exit 0
    out  allowed
    ");
    assert_snapshot!(can(&reads).told(), @"
    exit 1
    out  not allowed; missing: Mutation.signOut
    ");
    program.does(["token", "revoke", "1"]);
    assert_snapshot!(can(&writes).told(), @"
    exit 1
    err  doorward: this token was revoked
    ");
    assert_snapshot!(can("dwd_pat_nonsense").told(), @"
    exit 1
    err  doorward: this is not a token of ours
    ");
    assert_snapshot!(can("").told(), @"
    exit 1
    err  doorward: this is not a token of ours
    ");
}
