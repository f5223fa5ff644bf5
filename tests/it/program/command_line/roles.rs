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
    err  made role 3 (support), which opens 38 coordinates
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
    out   3  support  Looks  no  38  0
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

#[test]
fn a_role_is_shown_with_what_it_opens_and_who_holds_it() {
    let program = Program::new();
    program.does(["role", "create", "names", "--permission", "Query.users(id:)", "--permission", "User.username"]);
    program.does(["user", "add", "mia", "--role", "names"]);
    program.does(["user", "add", "nils", "--role", "names"]);
    assert_snapshot!(program.run(["role", "show", "NAMES"]).told(), @"
    exit 0
    out  id: 3
    out  name: names
    out  description: none
    out  built in: no
    out  applied permissions:
    out    Query.users(id:)
    out    User.username
    out  follow new fields: no
    out  upstream name: none
    out  effective permission count: 3
    out  user count: 2
    out  created at: [date]
    out  updated at: [date]
    out  effective permissions:
    out    Query.users
    out    Query.users(id:)
    out    User.username
    out  users:
    out    mia
    out    nils
    ");
    assert_snapshot!(program.run(["role", "show", "names", "--json"]).told(), @r#"
    exit 0
    out  {"json_version":1,"id":"3","name":"names","description":null,"built_in":false,"applied_permissions":["Query.users(id:)","User.username"],"follow_new_fields":false,"upstream_name":null,"effective_permission_count":3,"user_count":2,"created_at":"[date]","updated_at":"[date]","effective_permissions":["Query.users","Query.users(id:)","User.username"],"users":["mia","nils"]}
    "#);
    let member = json(&program, &["role", "show", "member", "--json"]);
    assert!(member.get("users").is_none() && member["user_count"] == 2, "everybody holds it: nobody is named");
    assert_eq!(
        member["effective_permissions"].as_array().unwrap().len() as u64,
        member["effective_permission_count"].as_u64().unwrap()
    );
    assert_snapshot!(program.run(["role", "show", "nobody"]).told(), @"
    exit 1
    err  doorward: there is no role named `nobody`; `doorward role list` shows those that there are
    ");
}

#[test]
fn a_role_is_begun_from_a_preset() {
    let program = Program::new();
    for preset in ["read-only", "read-write", "administrator"] {
        program.does(["role", "create", preset, "--preset", preset]);
    }
    let grants = |name: &str| json(&program, &["role", "show", name, "--json"])["applied_permissions"].clone();
    assert_snapshot!(grants("read-only"), @r#"["Query.*","*.*"]"#);
    assert_snapshot!(grants("read-write"), @r#"["Query.*","*.*"]"#);
    assert_snapshot!(grants("administrator"), @r#"["Query.*","*.*","Mutation.createUser","Mutation.updateUser","Mutation.createPasswordLink","Mutation.disableUser","Mutation.enableUser","Mutation.createRole","Mutation.updateRole","Mutation.deleteRole","Mutation.revokeAnyPersonalAccessToken","!CreateUserMutationInput.super_admin","!CreateUserMutationInput.external_id","!UpdateUserMutationInput.super_admin","!UpdateUserMutationInput.external_id","!CreateRoleMutationInput.follow_new_fields","!CreateRoleMutationInput.upstream_name","!UpdateRoleMutationInput.follow_new_fields","!UpdateRoleMutationInput.upstream_name"]"#);
    program.does(["role", "create", "less", "--preset", "read-only", "--permission", "!User.email_address"]);
    assert_snapshot!(grants("less"), @r#"["Query.*","*.*","!User.email_address"]"#);
    let done = program.run(["role", "create", "x", "--preset", "everything"]);
    assert_eq!(done.status, 1, "{}", done.told());
}

#[test]
fn a_role_is_changed_and_deleted() {
    let program = Program::new();
    program.does(["role", "create", "names", "--permission", "User.username"]);
    program.does(["user", "add", "mia", "--role", "names"]);
    let changed = |arguments: &[&str]| {
        let done = program.run([&["role", "update", "names"], arguments, &["--json"]].concat());
        assert_eq!(done.status, 0, "{}", done.told());
        let role = json(&program, &["role", "show", "names", "--json"]);
        let keys = ["description", "applied_permissions", "follow_new_fields", "upstream_name"];
        keys.map(|key| role[key].to_string()).join(" ")
    };
    assert_snapshot!(changed(&["--add-permission", "User.name", "--add-permission", "!User.id"]), @r#"null ["User.username","User.name","!User.id"] false null"#);
    assert_snapshot!(changed(&["--remove-permission", "own:User.username", "--description", "Names"]), @r#""Names" ["User.name","!User.id"] false null"#);
    assert_snapshot!(changed(&["--permission", "User.id", "--follow-new-fields", "true", "--upstream-name", "names_2"]), @r#""Names" ["User.id"] true "names_2""#);
    assert_snapshot!(changed(&["--description", "", "--follow-new-fields", "false", "--upstream-name", ""]), @r#"null ["User.id"] false null"#);
    let told = |arguments: &[&str]| program.run([&["role"], arguments].concat()).told();
    assert_snapshot!(told(&["update", "names", "--remove-permission", "User.name"]), @"
    exit 1
    err  doorward: the role `names` has no grant `User.name`
    ");
    assert_snapshot!(told(&["update", "names", "--upstream-name", "x,admin"]), @"
    exit 1
    err  doorward: `upstream_name` must be 1 to 100 characters of a to z, 0 to 9, `_` and `-`
    ");
    assert_snapshot!(told(&["update", "names", "--name", "member"]), @"
    exit 1
    err  doorward: there is a role named `member` already
    ");
    assert_snapshot!(told(&["update", "member", "--add-permission", "Query.users"]), @"
    exit 1
    err  doorward: the built-in role `member` cannot be changed
    ");
    assert_snapshot!(told(&["update", "nobody", "--name", "x"]), @"
    exit 1
    err  doorward: there is no role named `nobody`; `doorward role list` shows those that there are
    ");
    assert_snapshot!(told(&["update", "names", "--name", "who"]), @"
    exit 0
    err  changed role 3 (who), which opens 1 coordinates
    ");
    assert_snapshot!(told(&["delete", "anonymous"]), @"
    exit 1
    err  doorward: the built-in role `anonymous` cannot be deleted
    ");
    assert_snapshot!(told(&["delete", "who"]), @"
    exit 0
    err  deleted role 3 (who), which 1 users held
    ");
    assert_snapshot!(told(&["delete", "who"]), @"
    exit 1
    err  doorward: there is no role named `who`; `doorward role list` shows those that there are
    ");
    assert_eq!(json(&program, &["user", "show", "mia", "--json"])["roles"], serde_json::json!([]));
    for wrong in [
        ["role", "update", "names"].as_slice(),
        &["role", "update", "names", "--permission", "User.id", "--add-permission", "User.name"],
    ] {
        assert_eq!(program.run(wrong).status, 2, "{wrong:?}");
    }
}
