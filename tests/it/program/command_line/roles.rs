//! `doorward role …`

use super::{Program, json};
use insta::assert_snapshot;

#[test]
fn roles_are_made_and_listed() {
    let program = Program::new();
    let support = ["--permission", "Query.users", "--permission", "User.*", "--permission", "!User.email_address"];
    let done = program.run(["role", "create", "support", "--description", "Looks"].iter().chain(&support));
    assert_snapshot!(done.told(), @"
    exit 0
    err  made a new database in doorward-data
    err  made role 3 (support), which opens 37 coordinates
    ");
    let done = program.run(["role", "create", "nothing yet", "--json"]);
    assert_snapshot!(done.told(), @r#"
    exit 0
    out  {"json_version":1,"id":"4","name":"nothing yet","description":null,"built_in":false,"applied_permissions":[],"follow_new_fields":false,"upstream_name":null,"effective_permission_count":0,"user_count":0,"created_at":"[date]","updated_at":"[date]"}
    "#);
    assert_snapshot!(program.run(["role", "list"]).told(), @"
    exit 0
    out   ID  NAME  DESCRIPTION  BUILT IN  EFFECTIVE PERMISSION COUNT  USER COUNT
    out   1  member  What every user may do: see and change what is their own.  yes  137  0
    out   2  anonymous  What may be done without any credential.  yes  0  0
    out   3  support  Looks  no  37  0
    out   4  nothing yet  no  0  0
    ");
    let listed = json(&program, &["role", "list", "--json"]);
    assert_snapshot!(listed["items"][2]["applied_permissions"], @r#"["Query.users","User.*","!User.email_address"]"#);
}

#[test]
fn a_role_is_refused_with_what_is_wrong() {
    let program = Program::new();
    program.does(["role", "create", "support"]);
    let with = |grant: &str| program.run(["role", "create", "other", "--permission", grant]).told();
    assert_snapshot!(program.run(["role", "create", "Support"]).told(), @"
    exit 1
    err  doorward: there is a role named `Support` already
    ");
    assert_snapshot!(program.run(["role", "create", "member"]).told(), @"
    exit 1
    err  doorward: there is a role named `member` already
    ");
    assert_snapshot!(program.run(["role", "create", ""]).told(), @"
    exit 1
    err  doorward: `name` must not be empty: 1 to 100 characters
    ");
    assert_snapshot!(with("Query.userz"), @r#"
    exit 1
    err  doorward: "Query.userz": Query has no field userz; the nearest is Query.users
    "#);
    assert_snapshot!(with("Usr.id"), @r#"
    exit 1
    err  doorward: "Usr.id": there is no type Usr; the nearest is User.id
    "#);
    assert_snapshot!(with("Query.users(serch:)"), @r#"
    exit 1
    err  doorward: "Query.users(serch:)": Query.users has no argument serch; the nearest is Query.users(search:)
    "#);
    assert_snapshot!(with("query users"), @r#"
    exit 1
    err  doorward: "query users" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
    "#);
    assert_snapshot!(with("api:Query.users"), @r#"
    exit 1
    err  doorward: "api:Query.users": there is no such schema behind this server
    "#);
    assert_snapshot!(with(""), @r#"
    exit 1
    err  doorward: "" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
    "#);
    let listed = json(&program, &["role", "list", "--json"]);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3, "nothing half-made");
}
