//! Arguments and variables that do not fit.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{bodies, documents};
use crate::app::{PASSWORD, TestApp};

const MAKE: &str = "mutation Make($name: String!, $days: Int = 365, $role: TokenRole) {
  createPersonalAccessToken(name: $name, role: $role, expiryInDays: $days)
}";
const MAKE_PLAIN: &str = "mutation Make($days: Int!) { createPersonalAccessToken(name: \"x\", expiryInDays: $days) }";
const ISSUE: &str = "mutation Issue($input: IssuePersonalAccessTokenMutationInput) {
  issuePersonalAccessToken(input: $input) { personal_access_token { permissions role expires_at } }
}";
/// The same, field by field, so that each variable may be left unset.
const ISSUE_PARTS: &str = "mutation Issue($grants: [Permission!], $days: Int, $role: TokenRole, $description: String) {
  issuePersonalAccessToken(input: {
    name: \"x\", description: $description, permissions: $grants, expires_in_days: $days, role: $role
  }) { personal_access_token { permissions role expires_at description } }
}";

fn with(query: &str, variables: &Value) -> Vec<u8> {
    json!({"query": query, "variables": variables}).to_string().into()
}

on_both! {
    async fn a_token_that_cannot_be_made_is_refused_with_what_is_allowed(app: TestApp) {
        let mia = app.member().await;
        let make = |arguments: &str| format!("mutation {{ createPersonalAccessToken({arguments}) }}");
        let long = "x".repeat(201);
        let answers = documents(&app, &mia, [
            ("no name", make("role: ROLE_READ_ONLY")),
            ("an empty name", make("name: \"\"")),
            ("a blank name", make("name: \"  \"")),
            ("a name with space around", make("name: \" x\"")),
            ("a long name", make(&format!("name: \"{long}\""))),
            ("a null name", make("name: null")),
            ("a number as name", make("name: 1")),
            ("NUL in the name", make("name: \"a\\u0000b\"")),
            ("an escape in the name", make("name: \"a\\u001b[31mb\"")),
            ("a line feed in the name", make("name: \"a\\nb\"")),
            ("text direction in the name", make("name: \"a\\u202Eb\"")),
            ("NUL in the description", make("name: \"x\", description: \"a\\u0000b\"")),
            ("a long description", make(&format!("name: \"x\", description: \"{}\"", "x".repeat(2_001)))),
            ("0 days", make("name: \"x\", expiryInDays: 0")),
            ("-1 days", make("name: \"x\", expiryInDays: -1")),
            ("366 days", make("name: \"x\", expiryInDays: 366")),
            ("2147483647 days", make("name: \"x\", expiryInDays: 2147483647")),
            ("2147483648 days", make("name: \"x\", expiryInDays: 2147483648")),
            ("1e999 days", make("name: \"x\", expiryInDays: 1e999")),
            ("many digits of days", make(&format!("name: \"x\", expiryInDays: {}", "9".repeat(400)))),
            ("half a day", make("name: \"x\", expiryInDays: 0.5")),
            ("days as a string", make("name: \"x\", expiryInDays: \"1\"")),
            ("null days", make("name: \"x\", expiryInDays: null")),
            ("an unknown role", make("name: \"x\", role: ROLE_ADMIN")),
            ("a role as a string", make("name: \"x\", role: \"ROLE_READ_WRITE\"")),
            ("an unknown argument", make("name: \"x\", permissions: []")),
            ("an argument twice", make("name: \"x\", name: \"y\"")),
            ("a selection on a string", format!("{} {{ token }}", "mutation { createPersonalAccessToken(name: \"x\")").to_owned() + " }"),
            ("one that fits and one that does not", format!("mutation {{ a: createPersonalAccessToken(name: \"x\", expiryInDays: 366) b: {} }}", "createPersonalAccessToken(name: \"\")")),
        ]).await;
        assert_snapshot!(answers, @r"
        no name: 200 GRAPHQL_VALIDATION_FAILED: the required argument `Mutation.createPersonalAccessToken(name:)` is not provided
        an empty name: 200 BAD_USER_INPUT name: `name` must not be empty: 1 to 200 characters
        a blank name: 200 BAD_USER_INPUT name: `name` must not be empty: 1 to 200 characters
        a name with space around: 200 BAD_USER_INPUT name: `name` must not begin or end with white space
        a long name: 200 BAD_USER_INPUT name: `name` is too long: at most 200 characters
        a null name: 200 GRAPHQL_VALIDATION_FAILED: the required argument `Mutation.createPersonalAccessToken(name:)` is not provided | GRAPHQL_VALIDATION_FAILED: expected value of type String!, found null
        a number as name: 200 GRAPHQL_VALIDATION_FAILED: expected value of type String!, found an integer
        NUL in the name: 200 BAD_USER_INPUT name: `name` must not hold control or text-direction characters
        an escape in the name: 200 BAD_USER_INPUT name: `name` must not hold control or text-direction characters
        a line feed in the name: 200 BAD_USER_INPUT name: `name` must not hold control or text-direction characters
        text direction in the name: 200 BAD_USER_INPUT name: `name` must not hold control or text-direction characters
        NUL in the description: 200 BAD_USER_INPUT description: `description` must not hold control or text-direction characters
        a long description: 200 BAD_USER_INPUT description: `description` is too long: at most 2000 characters
        0 days: 200 BAD_USER_INPUT expiryInDays: `expiryInDays` must be 1 to 365 days
        -1 days: 200 BAD_USER_INPUT expiryInDays: `expiryInDays` must be 1 to 365 days
        366 days: 200 BAD_USER_INPUT expiryInDays: `expiryInDays` must be 1 to 365 days
        2147483647 days: 200 BAD_USER_INPUT expiryInDays: `expiryInDays` must be 1 to 365 days
        2147483648 days: 200 GRAPHQL_VALIDATION_FAILED: int cannot represent non 32-bit signed integer value
        1e999 days: 200 GRAPHQL_VALIDATION_FAILED: expected value of type Int!, found a float
        many digits of days: 200 GRAPHQL_VALIDATION_FAILED: int cannot represent non 32-bit signed integer value
        half a day: 200 GRAPHQL_VALIDATION_FAILED: expected value of type Int!, found a float
        days as a string: 200 GRAPHQL_VALIDATION_FAILED: expected value of type Int!, found a string
        null days: 200 GRAPHQL_VALIDATION_FAILED: expected value of type Int!, found null
        an unknown role: 200 GRAPHQL_VALIDATION_FAILED: value `ROLE_ADMIN` does not exist on `TokenRole`
        a role as a string: 200 GRAPHQL_VALIDATION_FAILED: expected value of type TokenRole, found a string
        an unknown argument: 200 GRAPHQL_VALIDATION_FAILED: the argument `permissions` is not supported by `Mutation.createPersonalAccessToken`
        an argument twice: 200 GRAPHQL_VALIDATION_FAILED: the argument `name` is provided multiple times
        a selection on a string: 200 GRAPHQL_VALIDATION_FAILED: field selection of scalar type `String` must not have subselections
        one that fits and one that does not: 200 BAD_USER_INPUT expiryInDays: `expiryInDays` must be 1 to 365 days | BAD_USER_INPUT name: `name` must not be empty: 1 to 200 characters
        ");
    }

    async fn variables_that_do_not_fit_are_refused(app: TestApp) {
        let mia = app.member().await;
        let answers = bodies(&app, &mia, [
            ("null days", with(MAKE, &json!({"name": "x", "days": null}))),
            ("null days, not null", with(MAKE_PLAIN, &json!({"days": null}))),
            ("no days, not null", with(MAKE_PLAIN, &json!({}))),
            ("366 days", with(MAKE, &json!({"name": "x", "days": 366}))),
            ("0 days", with(MAKE, &json!({"name": "x", "days": 0}))),
            ("a huge number", with(MAKE, &json!({"name": "x", "days": 1e300}))),
            ("half a day", with(MAKE, &json!({"name": "x", "days": 1.5}))),
            ("days as a string", with(MAKE, &json!({"name": "x", "days": "30"}))),
            ("days as a list", with(MAKE, &json!({"name": "x", "days": [30]}))),
            ("days as truth", with(MAKE, &json!({"name": "x", "days": true}))),
            ("no name", with(MAKE, &json!({}))),
            ("a name in another case", with(MAKE, &json!({"Name": "x"}))),
            ("a null name", with(MAKE, &json!({"name": null}))),
            ("NUL in a name", with(MAKE, &json!({"name": "a\u{0}b"}))),
            ("an unknown role", with(MAKE, &json!({"name": "x", "role": "ADMIN"}))),
            ("beyond 64 bits", br#"{"query":"query ($id: Int64Bit) { personal_access_tokens(id: $id) { entities { id } } }","variables":{"id":9223372036854775808}}"#.to_vec()),
            ("beyond 64 bits as text", with("query ($id: Int64Bit) { personal_access_tokens(id: $id) { entities { id } } }", &json!({"id": "9223372036854775808"}))),
            ("a fraction", with("query ($id: Int64Bit) { personal_access_tokens(id: $id) { entities { id } } }", &json!({"id": 1.5}))),
            ("a plus", with("query ($id: Int64Bit) { personal_access_tokens(id: $id) { entities { id } } }", &json!({"id": "+1"}))),
            ("beyond any number", br#"{"query":"{ me { id } }","variables":{"a":1e999}}"#.to_vec()),
            ("input null", with(ISSUE, &json!({"input": null}))),
            ("input unset", with(ISSUE, &json!({}))),
            ("input empty", with(ISSUE, &json!({"input": {}}))),
            ("input a list", with(ISSUE, &json!({"input": [{"name": "x"}]}))),
            ("an unknown input field", with(ISSUE, &json!({"input": {"name": "x", "super_admin": true}}))),
            ("permissions a string", with(ISSUE, &json!({"input": {"name": "x", "permissions": 1}}))),
            ("a null among permissions", with(ISSUE, &json!({"input": {"name": "x", "permissions": [null]}}))),
            ("an unused variable", with("query ($a: Int) { me { id } }", &json!({}))),
            ("an unknown variable", with("{ me { id @skip(if: $a) } }", &json!({}))),
            ("a variable of no type", with("query ($a: Nope) { me { id @skip(if: $a) } }", &json!({}))),
        ]).await;
        assert_snapshot!(answers, @r#"
        null days: 200 BAD_USER_INPUT: a value of type Int must not be null
        null days, not null: 200 GRAPHQL_VALIDATION_FAILED: null value for variable days of non-null type Int!
        no days, not null: 200 GRAPHQL_VALIDATION_FAILED: missing value for non-null variable 'days'
        366 days: 200 BAD_USER_INPUT expiryInDays: `expiryInDays` must be 1 to 365 days
        0 days: 200 BAD_USER_INPUT expiryInDays: `expiryInDays` must be 1 to 365 days
        a huge number: 200 GRAPHQL_VALIDATION_FAILED: variable days is not a value of type Int
        half a day: 200 GRAPHQL_VALIDATION_FAILED: variable days is not a value of type Int
        days as a string: 200 GRAPHQL_VALIDATION_FAILED: variable days is not a value of type Int
        days as a list: 200 GRAPHQL_VALIDATION_FAILED: variable days is not a value of type Int
        days as truth: 200 GRAPHQL_VALIDATION_FAILED: variable days is not a value of type Int
        no name: 200 GRAPHQL_VALIDATION_FAILED: missing value for non-null variable 'name'
        a name in another case: 200 GRAPHQL_VALIDATION_FAILED: missing value for non-null variable 'name'
        a null name: 200 GRAPHQL_VALIDATION_FAILED: null value for variable name of non-null type String!
        NUL in a name: 200 BAD_USER_INPUT name: `name` must not hold control or text-direction characters
        an unknown role: 200 GRAPHQL_VALIDATION_FAILED: variable role is not a value of type TokenRole
        beyond 64 bits: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        beyond 64 bits as text: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        a fraction: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        a plus: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        beyond any number: 400 BAD_REQUEST: `variables` is not valid JSON: number out of range
        input null: 200 BAD_USER_INPUT input: `input` must be given, with a `name` at least
        input unset: 200 BAD_USER_INPUT input: `input` must be given, with a `name` at least
        input empty: 200 GRAPHQL_VALIDATION_FAILED: Missing value for non-null input object field IssuePersonalAccessTokenMutationInput.name
        input a list: 200 GRAPHQL_VALIDATION_FAILED: variable input is not a value of type IssuePersonalAccessTokenMutationInput
        an unknown input field: 200 GRAPHQL_VALIDATION_FAILED: the input type IssuePersonalAccessTokenMutationInput has no field super_admin
        permissions a string: 200 BAD_USER_INPUT: a value of type Permission must be a string like "Query.users"
        a null among permissions: 200 GRAPHQL_VALIDATION_FAILED: null value for input field IssuePersonalAccessTokenMutationInput.permissions of non-null type Permission!
        an unused variable: 200 GRAPHQL_VALIDATION_FAILED: unused variable: `$a`
        an unknown variable: 200 GRAPHQL_VALIDATION_FAILED: variable `$a` is not defined
        a variable of no type: 200 GRAPHQL_VALIDATION_FAILED: cannot find type `Nope` in this document | GRAPHQL_VALIDATION_FAILED: variable `$a` of type `Nope` cannot be used for argument `if` of type `Boolean!`
        "#);
    }

    async fn grants_that_are_not_there_name_the_nearest_that_one_may_see(app: TestApp) {
        let mia = app.member().await;
        let ada = app.admin().await;
        let cases = || [
            "Query.mee", "Me.usernam", "Qury.me", "Query.users(idd:)", "User.emial_address", "Query.rolls", "UserConection.entities",
            "Query", "", "Query.", "*", "!", "Query.me.id", "api:Query.me", "query.me", "Query.me ", "Query.m\u{0}e", "DateTime.x", "own:", "!!Query.me",
            "Paginator.pge", "IssuePersonalAccessTokenMutationInput.nam", "*.me", "Query.*(id:)",
        ].map(|grant| {
            let name: &'static str = grant;
            (name, with(ISSUE, &json!({"input": {"name": "x", "permissions": ["Query.me", grant]}})))
        });
        assert_snapshot!(bodies(&app, &mia, cases()).await.replace('\0', "NUL"), @r#"
        Query.mee: 200 BAD_USER_INPUT permissions: "Query.mee": Query has no field mee; the nearest is Query.me
        Me.usernam: 200 BAD_USER_INPUT permissions: "Me.usernam": Me has no field usernam; the nearest is Me.username
        Qury.me: 200 BAD_USER_INPUT permissions: "Qury.me": there is no type Qury; the nearest is Query.me
        Query.users(idd:): 200 BAD_USER_INPUT permissions: "Query.users(idd:)": Query.users has no argument idd
        User.emial_address: 200 BAD_USER_INPUT permissions: "User.emial_address": User has no field emial_address
        Query.rolls: 200 BAD_USER_INPUT permissions: "Query.rolls": Query has no field rolls
        UserConection.entities: 200 BAD_USER_INPUT permissions: "UserConection.entities": there is no type UserConection
        Query: 200 BAD_USER_INPUT permissions: "Query" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        : 200 BAD_USER_INPUT permissions: "" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.: 200 BAD_USER_INPUT permissions: "Query." is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        *: 200 BAD_USER_INPUT permissions: "*" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        !: 200 BAD_USER_INPUT permissions: "!" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.me.id: 200 BAD_USER_INPUT permissions: "Query.me.id" is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        api:Query.me: 200 BAD_USER_INPUT permissions: "api:Query.me": there is no such schema behind this server
        query.me: 200 BAD_USER_INPUT permissions: "query.me": there is no type query; the nearest is Query.me
        Query.me : 200 BAD_USER_INPUT permissions: "Query.me " is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.mNULe: 200 BAD_USER_INPUT permissions: "Query.mNULe" is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        DateTime.x: 200 BAD_USER_INPUT permissions: "DateTime.x": scalars and enums are no permissions
        own:: 200 BAD_USER_INPUT permissions: "own:" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        !!Query.me: 200 BAD_USER_INPUT permissions: "!!Query.me" is no permission: before the dot stands no name of a type; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Paginator.pge: 200 BAD_USER_INPUT permissions: "Paginator.pge": Paginator has no field pge; the nearest is Paginator.page
        IssuePersonalAccessTokenMutationInput.nam: 200 BAD_USER_INPUT permissions: "IssuePersonalAccessTokenMutationInput.nam": IssuePersonalAccessTokenMutationInput has no field nam; the nearest is IssuePersonalAccessTokenMutationInput.name
        *.me: 200 BAD_USER_INPUT permissions: "*.me" is no permission: before the dot stands no name of a type; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.*(id:): 200 BAD_USER_INPUT permissions: "Query.*(id:)" is no permission: only a field named in full has arguments; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        "#);
        assert_snapshot!(bodies(&app, &ada, cases()).await.replace('\0', "NUL"), @r#"
        Query.mee: 200 BAD_USER_INPUT permissions: "Query.mee": Query has no field mee; the nearest is Query.me
        Me.usernam: 200 BAD_USER_INPUT permissions: "Me.usernam": Me has no field usernam; the nearest is Me.username
        Qury.me: 200 BAD_USER_INPUT permissions: "Qury.me": there is no type Qury; the nearest is Query.me
        Query.users(idd:): 200 BAD_USER_INPUT permissions: "Query.users(idd:)": Query.users has no argument idd; the nearest is Query.users(id:)
        User.emial_address: 200 BAD_USER_INPUT permissions: "User.emial_address": User has no field emial_address; the nearest is User.email_address
        Query.rolls: 200 BAD_USER_INPUT permissions: "Query.rolls": Query has no field rolls; the nearest is Query.roles
        UserConection.entities: 200 BAD_USER_INPUT permissions: "UserConection.entities": there is no type UserConection; the nearest is UserConnection.entities
        Query: 200 BAD_USER_INPUT permissions: "Query" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        : 200 BAD_USER_INPUT permissions: "" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.: 200 BAD_USER_INPUT permissions: "Query." is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        *: 200 BAD_USER_INPUT permissions: "*" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        !: 200 BAD_USER_INPUT permissions: "!" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.me.id: 200 BAD_USER_INPUT permissions: "Query.me.id" is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        api:Query.me: 200 BAD_USER_INPUT permissions: "api:Query.me": there is no such schema behind this server
        query.me: 200 BAD_USER_INPUT permissions: "query.me": there is no type query; the nearest is Query.me
        Query.me : 200 BAD_USER_INPUT permissions: "Query.me " is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.mNULe: 200 BAD_USER_INPUT permissions: "Query.mNULe" is no permission: after the dot stands no name of a field; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        DateTime.x: 200 BAD_USER_INPUT permissions: "DateTime.x": scalars and enums are no permissions
        own:: 200 BAD_USER_INPUT permissions: "own:" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        !!Query.me: 200 BAD_USER_INPUT permissions: "!!Query.me" is no permission: before the dot stands no name of a type; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Paginator.pge: 200 BAD_USER_INPUT permissions: "Paginator.pge": Paginator has no field pge; the nearest is Paginator.page
        IssuePersonalAccessTokenMutationInput.nam: 200 BAD_USER_INPUT permissions: "IssuePersonalAccessTokenMutationInput.nam": IssuePersonalAccessTokenMutationInput has no field nam; the nearest is IssuePersonalAccessTokenMutationInput.name
        *.me: 200 BAD_USER_INPUT permissions: "*.me" is no permission: before the dot stands no name of a type; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        Query.*(id:): 200 BAD_USER_INPUT permissions: "Query.*(id:)" is no permission: only a field named in full has arguments; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
        "#);
    }

    async fn more_grants_than_a_thousand_are_refused(app: TestApp) {
        let mia = app.member().await;
        let many = |n| json!({"input": {"name": "x", "permissions": vec!["Query.me"; n]}});
        let answers = bodies(&app, &mia, [("1001 grants", with(ISSUE, &many(1_001)))]).await;
        assert_snapshot!(answers, @"1001 grants: 200 BAD_USER_INPUT permissions: `permissions` has too many grants: at most 1000");
        assert_eq!(mia.gql_with(ISSUE, many(1_000)).await.code(), "");
    }

    async fn lifetimes_from_one_day_to_a_year_are_taken(app: TestApp) {
        let mia = app.member().await;
        for (days, ends) in [(json!(1), "2026-03-02"), (json!(30), "2026-03-31"), (json!(365), "2027-03-01")] {
            let answer = mia.gql_with(MAKE, json!({"name": "x", "days": days})).await;
            assert_eq!(answer.code(), "", "{answer}");
            let answer = mia.gql_with(ISSUE_PARTS, json!({"days": days})).await.data();
            let made = &answer["issuePersonalAccessToken"]["personal_access_token"];
            assert_eq!(made["expires_at"], format!("{ends}T00:00:00Z"));
        }
        let ends = mia.gql("{ viewPersonalAccessTokens { expires_at } }").await;
        assert_snapshot!(ends, @r#"{"viewPersonalAccessTokens":[{"expires_at":"2026-03-02T00:00:00Z"},{"expires_at":"2026-03-02T00:00:00Z"},{"expires_at":"2026-03-31T00:00:00Z"},{"expires_at":"2026-03-31T00:00:00Z"},{"expires_at":"2027-03-01T00:00:00Z"},{"expires_at":"2027-03-01T00:00:00Z"}]}"#);
    }

    async fn a_variable_that_is_not_set_is_as_if_nothing_stood_there(app: TestApp) {
        let mia = app.member().await;
        // The schema's default stands, not the document's absence of one.
        let plain = "mutation Make($days: Int, $role: TokenRole) { createPersonalAccessToken(name: \"x\", role: $role) a: __typename }";
        assert_eq!(mia.gql_with(plain, json!({})).await.code(), "GRAPHQL_VALIDATION_FAILED", "a variable that is unused");
        let bare = "mutation Make($name: String!, $role: TokenRole, $about: String, $days: Int! = 365) {
          createPersonalAccessToken(name: $name, role: $role, description: $about, expiryInDays: $days)
        }";
        for (query, variables) in [
            (MAKE, json!({"name": "default of the document"})),
            (bare, json!({"name": "default of the document, not null"})),
            ("mutation ($name: String!) { createPersonalAccessToken(name: $name) }", json!({"name": "absent"})),
            (MAKE, json!({"name": "null role", "role": null})),
        ] {
            assert_eq!(mia.gql_with(query, variables).await.code(), "", "{query}");
        }
        assert_snapshot!(mia.gql("{ viewPersonalAccessTokens { name role description permissions expires_at } }").await, @r#"{"viewPersonalAccessTokens":[{"name":"default of the document","role":"ROLE_READ_ONLY","description":null,"permissions":null,"expires_at":"2027-03-01T00:00:00Z"},{"name":"default of the document, not null","role":"ROLE_READ_ONLY","description":null,"permissions":null,"expires_at":"2027-03-01T00:00:00Z"},{"name":"absent","role":"ROLE_READ_ONLY","description":null,"permissions":null,"expires_at":"2027-03-01T00:00:00Z"},{"name":"null role","role":"ROLE_READ_ONLY","description":null,"permissions":null,"expires_at":"2027-03-01T00:00:00Z"}]}"#);
    }

    async fn an_unset_variable_in_an_input_object_narrows_and_widens_nothing(app: TestApp) {
        let mia = app.member().await;
        let parts = async |variables: Value| {
            mia.gql_with(ISSUE_PARTS, variables).await.data()["issuePersonalAccessToken"]["personal_access_token"].to_string()
        };
        let absent = mia.gql_with(ISSUE, json!({"input": {"name": "x"}})).await.data();
        assert_snapshot!(absent["issuePersonalAccessToken"]["personal_access_token"], @r#"{"permissions":null,"role":"ROLE_READ_ONLY","expires_at":"2027-03-01T00:00:00Z"}"#);
        assert_snapshot!(parts(json!({})).await, @r#"{"permissions":null,"role":"ROLE_READ_ONLY","expires_at":"2027-03-01T00:00:00Z","description":null}"#);
        assert_snapshot!(parts(json!({"grants": null, "days": null, "role": null, "description": null})).await, @r#"{"permissions":null,"role":"ROLE_READ_ONLY","expires_at":"2027-03-01T00:00:00Z","description":null}"#);
        assert_snapshot!(parts(json!({"grants": [], "days": 1})).await, @r#"{"permissions":[],"role":"ROLE_READ_ONLY","expires_at":"2026-03-02T00:00:00Z","description":null}"#);
        // From within a token that is narrowed, unset and null are the same: as narrow as the token itself.
        let narrow = json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": ["Query.me", "Me.*", "Mutation.issuePersonalAccessToken", "IssuedPersonalAccessToken.*", "PersonalAccessToken.*"]});
        let parent = mia.with(narrow).await;
        for variables in [json!({}), json!({"grants": null}), json!({"grants": ["Query.me", "Me.*"]})] {
            let query = "mutation ($grants: [Permission!]) { issuePersonalAccessToken(input: { name: \"child\", permissions: $grants }) { token } }";
            let data = parent.gql_with(query, variables.clone()).await.data();
            let child = app.bearer(data["issuePersonalAccessToken"]["token"].as_str().unwrap());
            assert_eq!(child.gql("{ me { username } }").await.to_string(), r#"{"me":{"username":"mia"}}"#);
            assert_eq!(child.gql("{ sessions { id } }").await.missing(), ["Query.sessions", "Session.id"], "{variables}");
        }
    }

    async fn a_page_is_one_to_a_hundred_records(app: TestApp) {
        let ada = app.admin().await;
        let page = |paginator: &str| format!("{{ users(paginator: {paginator}) {{ entities {{ id }} page_info {{ page records_per_page total_count total_pages }} }} }}");
        let answers = documents(&app, &ada, [
            ("0 records", page("{ records_per_page: 0 }")),
            ("101 records", page("{ records_per_page: 101 }")),
            ("-1 records", page("{ records_per_page: -1 }")),
            ("page 0", page("{ page: 0 }")),
            ("page -1", page("{ page: -1 }")),
            ("an unknown field", page("{ per_page: 1 }")),
            ("a huge page", page("{ page: 2147483648 }")),
            ("1 record", page("{ records_per_page: 1 }")),
            ("100 records", page("{ records_per_page: 100 }")),
            ("nulls", page("{ page: null, records_per_page: null }")),
            ("null", page("null")),
            ("nothing said", page("{}")),
            ("past the end", page("{ page: 2147483647 }")),
        ]).await;
        assert_snapshot!(answers, @r#"
        0 records: 200 BAD_USER_INPUT paginator.records_per_page: `records_per_page` must be 1 to 100
        101 records: 200 BAD_USER_INPUT paginator.records_per_page: `records_per_page` must be 1 to 100
        -1 records: 200 BAD_USER_INPUT paginator.records_per_page: `records_per_page` must be 1 to 100
        page 0: 200 BAD_USER_INPUT paginator.page: `page` counts from 1
        page -1: 200 BAD_USER_INPUT paginator.page: `page` counts from 1
        an unknown field: 200 GRAPHQL_VALIDATION_FAILED: field `per_page` does not exist on `Paginator`
        a huge page: 200 GRAPHQL_VALIDATION_FAILED: int cannot represent non 32-bit signed integer value
        1 record: 200 {"users":{"entities":[{"id":"1"}],"page_info":{"page":1,"records_per_page":1,"total_count":1,"total_pages":1}}}
        100 records: 200 {"users":{"entities":[{"id":"1"}],"page_info":{"page":1,"records_per_page":100,"total_count":1,"total_pages":1}}}
        nulls: 200 {"users":{"entities":[{"id":"1"}],"page_info":{"page":1,"records_per_page":25,"total_count":1,"total_pages":1}}}
        null: 200 {"users":{"entities":[{"id":"1"}],"page_info":{"page":1,"records_per_page":25,"total_count":1,"total_pages":1}}}
        nothing said: 200 {"users":{"entities":[{"id":"1"}],"page_info":{"page":1,"records_per_page":25,"total_count":1,"total_pages":1}}}
        past the end: 200 {"users":{"entities":[],"page_info":{"page":2147483647,"records_per_page":25,"total_count":1,"total_pages":1}}}
        "#);
    }

    async fn ids_are_whole_numbers_or_their_digits(app: TestApp) {
        let ada = app.admin().await;
        let user = |id: &str| format!("{{ users(id: {id}) {{ entities {{ id }} }} }}");
        let answers = documents(&app, &ada, [
            ("a number", user("1")),
            ("digits", user("\"1\"")),
            ("nobody", user("77")),
            ("below zero", user("-1")),
            ("the largest", user("9223372036854775807")),
            ("beyond", user("9223372036854775808")),
            ("beyond, in digits", user("\"9223372036854775808\"")),
            ("empty", user("\"\"")),
            ("a sign", user("\"+1\"")),
            ("space", user("\" 1\"")),
            ("other digits", user("\"١\"")),
            ("words", user("\"1 or 1=1\"")),
            ("a fraction", user("1.0")),
            ("truth", user("true")),
            ("an object", user("{}")),
        ]).await;
        assert_snapshot!(answers, @r#"
        a number: 200 {"users":{"entities":[{"id":"1"}]}}
        digits: 200 {"users":{"entities":[{"id":"1"}]}}
        nobody: 200 {"users":{"entities":[]}}
        below zero: 200 {"users":{"entities":[]}}
        the largest: 200 {"users":{"entities":[]}}
        beyond: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        beyond, in digits: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        empty: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        a sign: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        space: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        other digits: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        words: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        a fraction: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        truth: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        an object: 200 BAD_USER_INPUT: a value of type Int64Bit must be a whole number of 64 bits, or a string of its digits
        "#);
    }

    async fn names_to_sign_in_with_may_be_anything_and_are_just_wrong(app: TestApp) {
        app.member().await;
        let long = "x".repeat(30_000);
        for name in ["", " ", "\0", "mia\0", "\u{202e}aim", "mia'--", "\u{1f980}", "\n", &long] {
            for password in [PASSWORD, "\0"] {
                let answer = app.try_sign_in(name, password).await;
                let shown: String = name.chars().take(10).collect();
                let wanted = if name.contains('\0') { "BAD_USER_INPUT" } else { "INVALID_CREDENTIALS" };
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), (200, wanted), "{shown:?}: {answer}");
            }
        }
        let answers = documents(&app, &app.anonymous(), [
            ("no credentials", "mutation { signIn { accessToken } }".to_owned()),
            ("no password", "mutation { signIn(credentials: { userName: \"mia\" }) { accessToken } }".into()),
            ("a null password", "mutation { signIn(credentials: { userName: \"mia\", password: null }) { accessToken } }".into()),
            ("a number", "mutation { signIn(credentials: { userName: \"mia\", password: 1 }) { accessToken } }".into()),
            ("another spelling", "mutation { signIn(credentials: { username: \"mia\", password: \"x\" }) { accessToken } }".into()),
            ("no selection", "mutation { signIn(credentials: { userName: \"mia\", password: \"x\" }) }".into()),
            ("an unknown field", "mutation { signIn(credentials: { userName: \"mia\", password: \"x\" }) { token } }".into()),
        ]).await;
        assert_snapshot!(answers, @r"
        no credentials: 200 GRAPHQL_VALIDATION_FAILED: the required argument `Mutation.signIn(credentials:)` is not provided
        no password: 200 GRAPHQL_VALIDATION_FAILED: the required field `SignInCredentials.password` is not provided
        a null password: 200 GRAPHQL_VALIDATION_FAILED: the required field `SignInCredentials.password` is not provided | GRAPHQL_VALIDATION_FAILED: expected value of type String!, found null
        a number: 200 GRAPHQL_VALIDATION_FAILED: expected value of type String!, found an integer
        another spelling: 200 GRAPHQL_VALIDATION_FAILED: the required field `SignInCredentials.userName` is not provided | GRAPHQL_VALIDATION_FAILED: field `username` does not exist on `SignInCredentials`
        no selection: 200 GRAPHQL_VALIDATION_FAILED: interface, union and object types must have a subselection set
        an unknown field: 200 GRAPHQL_VALIDATION_FAILED: interface, union and object types must have a subselection set | GRAPHQL_VALIDATION_FAILED: type `SignInPayload` does not have a field `token`
        ");
    }
}
