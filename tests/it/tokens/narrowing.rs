//! What a token leaves of what its user may do, and a child of what its parent may.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{DAY, ME};
use crate::app::{Client, TestApp};

/// What its user may do at most, as the token sees it.
async fn effective(client: &Client<'_>) -> String {
    let data = client.gql("{ me { effective_permissions } }").await;
    let data = if data.code().is_empty() { data.data() } else { return data.to_string() };
    let list = data["me"]["effective_permissions"].as_array().unwrap();
    list.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

fn writing(permissions: Value) -> Value {
    json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": permissions})
}

on_both! {
    async fn a_narrowed_token_does_what_it_is_narrowed_to_and_no_more(app: TestApp) {
        let mia = app.member().await;
        let token = mia.with(json!({"name": "n", "permissions": ["Query.me", "Me.id", "Me.effective_permissions", "!Me.name"]})).await;
        assert_snapshot!(effective(&token).await, @"Me.effective_permissions Me.id Query.me");
        assert_snapshot!(token.gql("{ me { id } }").await, @r#"{"me":{"id":"1"}}"#);
        assert_snapshot!(token.gql(ME).await, @"FORBIDDEN: not granted: Me.username");
        assert_snapshot!(token.gql("{ me { id name email_address } sessions { id } }").await, @"FORBIDDEN: not granted: Me.email_address, Me.name, Query.sessions, Session.id");
    }

    async fn an_empty_narrowing_is_nothing_and_null_is_none(app: TestApp) {
        let mia = app.member().await;
        let nothing = mia.with(writing(json!([]))).await;
        assert_snapshot!(nothing.gql(ME).await, @"FORBIDDEN: not granted: Me.username, Query.me");
        assert_snapshot!(nothing.gql("mutation { signOut(everywhere: true) }").await, @"FORBIDDEN: not granted: Mutation.signOut");
        assert_snapshot!(nothing.gql("{ __typename }").await, @r#"{"__typename":"Query"}"#);
        let all = mia.with(writing(json!(null))).await;
        assert_eq!(effective(&all).await, effective(&mia).await);
        assert_eq!(effective(&mia.with(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await).await, effective(&mia).await);
        // Exclusions alone leave nothing: they only take away.
        let without = mia.with(writing(json!(["!Me.name"]))).await;
        assert_eq!(without.gql("{ me { id } }").await.code(), "FORBIDDEN");
    }

    async fn patterns_count_for_what_the_user_holds(app: TestApp) {
        let mia = app.member().await;
        let token = mia.with(writing(json!(["Query.*", "*.*"]))).await;
        assert_snapshot!(effective(&token).await, @"BooleanSearch.attribute BooleanSearch.search_value DateTimeSearch.attribute DateTimeSearch.operator DateTimeSearch.search_value IntegerSearch.attribute IntegerSearch.operator IntegerSearch.search_value IssuedPersonalAccessToken.personal_access_token IssuedPersonalAccessToken.token Me.created_at Me.effective_permissions Me.email_address Me.id Me.name Me.public_name Me.roles Me.super_admin Me.username PageInfo.page PageInfo.records_per_page PageInfo.total_count PageInfo.total_pages Paginator.page Paginator.records_per_page PermissionConnection.entities PermissionConnection.page_info PermissionInfo.coordinate PermissionInfo.description PermissionInfo.field_name PermissionInfo.first_seen_at PermissionInfo.returns PermissionInfo.source PermissionInfo.type_name PersonalAccessToken.children PersonalAccessToken.confirmed_at PersonalAccessToken.created_at PersonalAccessToken.description PersonalAccessToken.documents PersonalAccessToken.effective_permissions PersonalAccessToken.expires_at PersonalAccessToken.hint PersonalAccessToken.id PersonalAccessToken.ip_ranges PersonalAccessToken.last_used_agent PersonalAccessToken.last_used_at PersonalAccessToken.last_used_ip PersonalAccessToken.name PersonalAccessToken.parent PersonalAccessToken.permissions PersonalAccessToken.previous_secret_until PersonalAccessToken.revoke_reason PersonalAccessToken.revoked_at PersonalAccessToken.role PersonalAccessToken.status PersonalAccessToken.user PersonalAccessTokenConnection.entities PersonalAccessTokenConnection.page_info Query.current_personal_access_token Query.me Query.permissions Query.permissions(general_search:) Query.permissions(paginator:) Query.personal_access_tokens Query.personal_access_tokens(general_search:) Query.personal_access_tokens(id:) Query.personal_access_tokens(paginator:) Query.personal_access_tokens(search:) Query.personal_access_tokens(sorter:) Query.sessions Query.viewPersonalAccessTokens Role.id Role.name Search.boolean_fields Search.datetime_fields Search.integer_fields Search.string_fields Session.agent Session.created_at Session.current Session.id Session.ip Session.last_used_at Sorter.attribute Sorter.direction StringSearch.attribute StringSearch.match StringSearch.partial_matching StringSearch.search_value User.id User.name User.public_name User.username");
        let refused = mia.try_issue(writing(json!(["Query.users", "Query.me", "User.email_address"]))).await;
        assert_snapshot!(refused, @"FORBIDDEN: not granted: Query.users, User.email_address");
        assert_eq!(refused.missing(), ["Query.users", "User.email_address"]);
        // And for what the user holds now: not when the token was made.
        app.role("directory", &["Query.users", "UserConnection.*", "User.email_address"]).await;
        app.database(|tx| {
            let user = doorward::users::by_name(tx, "mia")?.person.id;
            let role = doorward::roles::by_name(tx, "directory")?;
            doorward::roles::assign(tx, user, &role, doorward::world::Timestamp(0))?;
            tx.tell(doorward::storage::Subject::User(user.0))
        }).await;
        let users = "{ users { entities { email_address } } }";
        assert_snapshot!(token.gql(users).await, @r#"{"users":{"entities":[{"email_address":"mia@example.com"}]}}"#);
        app.database(|tx| {
            let user = doorward::users::by_name(tx, "mia")?.person.id;
            tx.execute(doorward::sql!("delete from user_roles"), &[])?;
            tx.tell(doorward::storage::Subject::User(user.0))
        }).await;
        assert_eq!(token.gql(users).await.code(), "FORBIDDEN", "a role that is gone is gone for tokens at once");
    }

    async fn an_argument_can_be_all_that_is_open_of_a_field(app: TestApp) {
        let ada = app.admin().await;
        let token = ada.with(json!({"name": "n", "permissions": ["Query.users(id:)", "UserConnection.entities", "User.id"]})).await;
        assert_snapshot!(token.gql("{ users(id: 1) { entities { id } } }").await, @r#"{"users":{"entities":[{"id":"1"}]}}"#);
        assert_snapshot!(token.gql("{ users { entities { id } } }").await, @r#"{"users":{"entities":[{"id":"1"}]}}"#);
        for paginator in ["{}", "null", "$page"] {
            let query = format!("query ($page: Paginator) {{ users(paginator: {paginator}) {{ entities {{ id }} }} }}");
            let query = if paginator == "$page" { query } else { query.replace("query ($page: Paginator) ", "") };
            assert_eq!(token.gql(&query).await.missing(), ["Query.users(paginator:)"], "{query}");
        }
        let narrow = ada.with(json!({"name": "n", "permissions": ["Query.users", "!Paginator.page", "UserConnection.entities", "User.id"]})).await;
        let query = "query ($page: Paginator) { users(paginator: $page) { entities { id } } }";
        assert_snapshot!(narrow.gql_with(query, json!({"page": {"records_per_page": 1}})).await, @r#"{"users":{"entities":[{"id":"1"}]}}"#);
        assert_snapshot!(narrow.gql_with(query, json!({"page": {"page": 1}})).await, @"FORBIDDEN: not granted: Paginator.page");
        assert_eq!(narrow.gql_with(query, json!({"page": {"page": null}})).await.missing(), ["Paginator.page"]);
        assert_eq!(narrow.gql(&query.replace("$page: Paginator", "$page: Paginator = { page: 1 }")).await.missing(), ["Paginator.page"]);
        assert_eq!(narrow.gql("{ users(paginator: { page: 1 }) { entities { id } } }").await.missing(), ["Paginator.page"]);
    }

    async fn a_child_never_comes_to_more_than_its_parent(app: TestApp) {
        let ada = app.admin().await;
        let minting = ["Mutation.issuePersonalAccessToken", "Mutation.createPersonalAccessToken", "IssuedPersonalAccessToken.*", "PersonalAccessToken.id", "Me.effective_permissions"];
        let of = |more: &[&str]| writing(json!([&minting, more].concat()));
        let first = ada.with(of(&["Query.me", "Query.sessions", "Session.id", "Me.id", "Me.username"])).await;
        let second = first.with(of(&["Query.me", "Me.id", "Me.username"])).await;
        // What nobody of its line holds cannot be named; what is not named at all is cut by the line.
        for more in ["Query.users", "Query.roles", "Me.name"] {
            let refused = second.try_issue(of(&["Query.me", more])).await;
            assert_eq!((refused.code().as_str(), refused.missing()), ("FORBIDDEN", vec![more.to_owned()]));
        }
        assert_eq!(second.try_issue(of(&["Query.sessions"])).await.missing(), ["Query.sessions"]);
        let widest = [json!(null), json!(["*.*", "Query.*", "Mutation.*"])];
        for permissions in widest {
            let third = second.with(writing(permissions)).await;
            assert_eq!(effective(&third).await, effective(&second).await);
            assert_eq!(third.gql("{ sessions { id } }").await.missing(), ["Query.sessions", "Session.id"]);
            assert_eq!(third.gql("{ users { entities { id } } }").await.code(), "FORBIDDEN");
            let fourth = third.with(writing(json!(null))).await;
            assert_eq!(effective(&fourth).await, effective(&second).await);
        }
        let seed = second.gql("mutation { createPersonalAccessToken(name: \"seed\", role: ROLE_READ_WRITE) }").await.data();
        let seed = app.bearer(seed["createPersonalAccessToken"].as_str().unwrap());
        assert_eq!(effective(&seed).await, effective(&second).await);
    }

    async fn a_child_may_outlive_its_parent_and_ends_with_the_line(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.with(json!({"name": "a", "role": "ROLE_READ_WRITE", "expires_in_days": 300})).await;
        let mut last = parent.clone();
        let mut ends = Vec::new();
        for _ in 0..3 {
            app.later(290 * DAY);
            let made = last.issue(json!({"name": "b", "role": "ROLE_READ_WRITE", "expires_in_days": 300})).await;
            last = app.bearer(&made.secret);
            ends.push(last.gql("{ current_personal_access_token { expires_at confirmed_at } }").await.to_string());
            if ends.len() == 2 {
                break;
            }
        }
        assert_snapshot!(ends.join("\n"), @r#"
        {"current_personal_access_token":{"expires_at":"2027-10-12T00:00:00Z","confirmed_at":"2026-03-01T00:00:00Z"}}
        {"current_personal_access_token":{"expires_at":"2028-02-29T00:00:00Z","confirmed_at":"2026-03-01T00:00:00Z"}}
        "#);
        assert_eq!(parent.gql(ME).await.reason(), "TOKEN_EXPIRED");
        assert_eq!(last.gql(ME).await.code(), "");
        app.later(149 * DAY);
        assert_eq!(last.gql(ME).await.code(), "");
        let made = last.issue(json!({"name": "c", "role": "ROLE_READ_WRITE", "expires_in_days": 300})).await;
        app.later(DAY);
        for token in [&last, &app.bearer(&made.secret)] {
            assert_eq!(token.gql(ME).await.reason(), "TOKEN_EXPIRED", "730 days after a person made the first");
        }
    }
}
