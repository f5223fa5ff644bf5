//! `doorward schema print` and `doorward can`

use super::{Program, json};
use crate::databases::run;
use doorward::storage::{Location, Storage, sql};
use doorward::world::World;
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
    let sdl = program.does(["schema", "print", "--own"]);
    assert!(sdl.contains("\n  createPersonalAccessToken("), "{sdl}");
    assert_eq!(
        json(&program, &["schema", "print", "--own", "--json"])["sdl"].as_str().unwrap().trim_end(),
        sdl.trim_end()
    );
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
fn a_file_without_an_end_is_not_read_to_it_and_a_fault_in_one_is_told_by_its_line() {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    let can = |more: &[&str]| program.run([&["can", "--user", "mia", "--operation"], more].concat()).told();
    assert_snapshot!(can(&["/dev/zero"]), @"
    exit 1
    err  doorward: /dev/zero: it is longer than 1048576 bytes
    ");
    fs::write(program.directory().join("one.graphql"), "{ me { id } }").unwrap();
    assert_snapshot!(can(&["one.graphql", "--variables", "/dev/zero"]), @"
    exit 1
    err  doorward: /dev/zero: it is longer than 1048576 bytes
    ");
    fs::write(program.directory().join("cut.graphql"), "query A {\n  me {\n    id\n").unwrap();
    assert_snapshot!(can(&["cut.graphql"]), @"
    exit 1
    err  doorward: cut.graphql:3:8: syntax error: expected R_CURLY, got EOF
    ");
    fs::write(program.directory().join("wrong.graphql"), "{\n  me {\n    idd\n    namee\n  }\n}\n").unwrap();
    assert_snapshot!(can(&["wrong.graphql"]), @"
    exit 1
    err  doorward: wrong.graphql:2:3: interface, union and object types must have a subselection set; wrong.graphql:3:5: type `Me` does not have a field `idd`; wrong.graphql:4:5: type `Me` does not have a field `namee`
    ");
    assert_snapshot!(can(&["one.graphql", "--operation-name", "B"]), @"
    exit 1
    err  doorward: one.graphql: the document has no operation named `B`
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
    out  Query.users  by  Query.users(id:)  of role support
    out  Query.users(id:)  by  Query.users(id:)  of role support
    out  User.id  by  User.id  of role member
    out  User.id  by  User.id  of role support
    out  UserConnection.entities  by  UserConnection.entities  of role support
    ");
    assert_snapshot!(can(&["--user", "mia"], &["more.graphql"]), @"
    exit 1
    out  not allowed; missing: User.email_address
    ");
    assert_snapshot!(can(&["--user", "ben"], &["one.graphql", "--json"]), @r#"
    exit 1
    out  {"json_version":1,"allowed":false,"missing":["Query.users","UserConnection.entities"],"taken_away":[]}
    "#);
    assert_snapshot!(can(&["--user", "ada"], &["more.graphql", "--json"]), @r#"
    exit 0
    out  {"json_version":1,"allowed":true,"missing":[],"super_admin":true,"grants":[]}
    "#);
    assert_snapshot!(can(&["--role", "support"], &["one.graphql"]), @"
    exit 0
    out  allowed
    out  Query.users  by  Query.users(id:)  of role support
    out  Query.users(id:)  by  Query.users(id:)  of role support
    out  User.id  by  User.id  of role support
    out  UserConnection.entities  by  UserConnection.entities  of role support
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
    err  doorward: both.graphql: the document has several operations: say which by `operationName` (A, B)
    ");
    assert_snapshot!(can(&["--user", "mia"], &["wrong.graphql"]), @"
    exit 1
    err  doorward: wrong.graphql:1:3: type `Query` does not have a field `userz`
    ");
    assert_snapshot!(can(&["--user", "mia"], &["cut.graphql", "--json"]), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"GRAPHQL_PARSE_FAILED","message":"cut.graphql:1:8: syntax error: expected R_CURLY, got EOF"}}
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
fn it_says_which_grant_of_which_role_allows() {
    let program = with_support();
    program.does(["role", "create", "all", "--permission", "*.*", "--permission", "!User.email_address"]);
    program.does(["user", "add", "leo", "--role", "support", "--role", "all"]);
    let query = "query ($id: Int64Bit) { users(id: $id) { entities { id name } } me { username } }";
    fs::write(program.directory().join("one.graphql"), query).unwrap();
    fs::write(program.directory().join("nothing.graphql"), "{ __typename }").unwrap();
    assert_snapshot!(program.run(["can", "--user", "leo", "--operation", "one.graphql"]).told(), @"
    exit 0
    out  allowed
    out  Me.username  by  Me.*  of role member
    out  Me.username  by  *.*  of role all
    out  Query.me  by  Query.me  of role member
    out  Query.users  by  Query.users(id:)  of role support
    out  Query.users(id:)  by  Query.users(id:)  of role support
    out  User.id  by  User.id  of role member
    out  User.id  by  User.id  of role support
    out  User.id  by  *.*  of role all
    out  User.name  by  User.name  of role member
    out  User.name  by  *.*  of role all
    out  UserConnection.entities  by  UserConnection.entities  of role support
    out  UserConnection.entities  by  *.*  of role all
    ");
    assert_snapshot!(program.run(["can", "--user", "ada", "--operation", "one.graphql"]).told(), @"
    exit 0
    out  allowed
    out  a super administrator holds everything
    ");
    assert_snapshot!(program.run(["can", "--user", "ben", "--operation", "nothing.graphql"]).told(), @"
    exit 0
    out  allowed
    ");
    let narrowing = ["Query.users", "Query.me", "Me.*", "UserConnection.*", "User.*"];
    let narrowing = narrowing.map(|grant| ["--permission", grant]).concat();
    let token = program.make_token("leo", &narrowing);
    let can = |token: &str, more: &[&str]| {
        program
            .run_with([&["can", "--token-stdin", "--operation", "one.graphql"], more].concat(), token.as_bytes())
            .told()
    };
    assert_snapshot!(can(&token, &[]), @"
    exit 0
    out  allowed
    out  Me.username  by  Me.*  of role member
    out  Me.username  by  *.*  of role all
    out  Me.username  by  Me.*  of token 1
    out  Query.me  by  Query.me  of role member
    out  Query.me  by  Query.me  of token 1
    out  Query.users  by  Query.users(id:)  of role support
    out  Query.users  by  Query.users  of token 1
    out  Query.users(id:)  by  Query.users(id:)  of role support
    out  Query.users(id:)  by  Query.users  of token 1
    out  User.id  by  User.id  of role member
    out  User.id  by  User.id  of role support
    out  User.id  by  *.*  of role all
    out  User.id  by  User.*  of token 1
    out  User.name  by  User.name  of role member
    out  User.name  by  *.*  of role all
    out  User.name  by  User.*  of token 1
    out  UserConnection.entities  by  UserConnection.entities  of role support
    out  UserConnection.entities  by  *.*  of role all
    out  UserConnection.entities  by  UserConnection.*  of token 1
    ");
    let by_token = r#"{"coordinate":"Query.me","grant":"Query.me","token":"1"}"#;
    assert!(can(&token, &["--json"]).contains(by_token));
    assert_snapshot!(can(&program.make_token("mia", &["--permission", "Query.users", "--permission", "Query.me"]), &["--json"]), @r#"
    exit 1
    out  {"json_version":1,"allowed":false,"missing":["Me.username","User.id","User.name","UserConnection.entities"],"taken_away":[{"coordinate":"Me.username","reason":"NARROWED","token":"2"},{"coordinate":"User.id","reason":"NARROWED","token":"2"},{"coordinate":"User.name","reason":"NARROWED","token":"2"},{"coordinate":"UserConnection.entities","reason":"NARROWED","token":"2"}]}
    "#);
}

#[test]
fn it_says_what_a_token_has_lost_of_what_its_user_holds() {
    let program = with_support();
    fs::write(program.directory().join("both.graphql"), "mutation { signOut }").unwrap();
    fs::write(program.directory().join("names.graphql"), "{ users { entities { id email_address } } }").unwrap();
    let can = |token: &str, rest: &[&str]| {
        program.run_with([&["can", "--token-stdin", "--operation"], rest].concat(), token.as_bytes()).told()
    };
    let reads = program.make_token("mia", &[]);
    assert_snapshot!(can(&reads, &["both.graphql"]), @"
    exit 1
    out  not allowed; missing: Mutation.signOut
    out  Mutation.signOut: the user holds it, but token 1 is read-only
    ");
    let narrow = program.make_token("mia", &["--permission", "Query.users", "--permission", "User.id"]);
    assert_snapshot!(can(&narrow, &["names.graphql"]), @"
    exit 1
    out  not allowed; missing: User.email_address, UserConnection.entities
    out  UserConnection.entities: the user holds it, but token 2 is narrowed to less
    ");
    assert_snapshot!(can(&narrow, &["both.graphql", "--json"]), @r#"
    exit 1
    out  {"json_version":1,"allowed":false,"missing":["Mutation.signOut"],"taken_away":[{"coordinate":"Mutation.signOut","reason":"READ_ONLY","token":"2"},{"coordinate":"Mutation.signOut","reason":"NARROWED","token":"2"}]}
    "#);
    let shown = program.run_with(["schema", "print", "--token-stdin"], narrow.as_bytes());
    assert!(shown.stdout.contains("\ntype Query {") && !shown.stdout.contains("type Mutation"), "{}", shown.told());
    assert!(!shown.stdout.contains("  me:"), "{}", shown.told());
}

#[test]
fn it_says_that_a_token_is_older_than_its_user_is_an_administrator() {
    let program = with_support();
    fs::write(program.directory().join("roles.graphql"), "{ roles { entities { id } } me { username } }").unwrap();
    let token = program.make_token("mia", &[]);
    run(async {
        let file = program.directory().join("doorward-data/doorward.db");
        let storage = Storage::open(&Location::Sqlite(file), World::real()).await.unwrap();
        let since = World::real().now().plus_seconds(60);
        let promoted = storage.change(move |tx| {
            let promote = sql!("update users set super_admin_since = $1 where username = 'mia'");
            tx.execute(promote, doorward::params![since])
        });
        assert_eq!(promoted.await.unwrap(), 1);
        storage.close().await;
    });
    let can = program.run_with(["can", "--token-stdin", "--operation", "roles.graphql"], token.as_bytes());
    assert_snapshot!(can.told(), @"
    exit 1
    out  not allowed; missing: Query.roles, RoleConnection.entities
    out  Query.roles: the user holds it as a super administrator, which the token is older than
    out  RoleConnection.entities: the user holds it as a super administrator, which the token is older than
    ");
    let as_json = ["can", "--token-stdin", "--operation", "roles.graphql", "--json"];
    assert_snapshot!(program.run_with(as_json, token.as_bytes()).told(), @r#"
    exit 1
    out  {"json_version":1,"allowed":false,"missing":["Query.roles","RoleConnection.entities"],"taken_away":[{"coordinate":"Query.roles","reason":"NOT_CONFIRMED","token":null},{"coordinate":"RoleConnection.entities","reason":"NOT_CONFIRMED","token":null}]}
    "#);
    assert_snapshot!(program.run(["can", "--user", "mia", "--operation", "roles.graphql"]).told(), @"
    exit 0
    out  allowed
    out  a super administrator holds everything
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
    out  Mutation.signOut  by  Mutation.signOut  of role member
    ");
    assert_snapshot!(can(&reads).told(), @"
    exit 1
    out  not allowed; missing: Mutation.signOut
    out  Mutation.signOut: the user holds it, but token 2 is read-only
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
