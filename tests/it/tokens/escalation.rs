//! What whoever holds a narrow token would try.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ME, confirm, rotate, try_rotate, update};
use crate::app::{Client, Issued, TestApp};
use crate::tokens::addresses::Calls;

/// What a narrow token needs to try anything at all.
const TRYING: [&str; 8] = [
    "Mutation.updatePersonalAccessToken",
    "Mutation.rotatePersonalAccessToken",
    "Mutation.confirmPersonalAccessToken",
    "Mutation.revokePersonalAccessToken",
    "Mutation.issuePersonalAccessToken",
    "PersonalAccessToken.*",
    "IssuedPersonalAccessToken.*",
    "Query.current_personal_access_token",
];

fn narrow(more: Value) -> Value {
    let mut input = json!({"name": "narrow", "role": "ROLE_READ_WRITE", "permissions": TRYING});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn tokens(mia: &Client<'_>) -> String {
    mia.gql("{ viewPersonalAccessTokens { id name hint permissions documents ip_ranges expires_at confirmed_at } }")
        .await
        .to_string()
}

async fn pair<'a>(app: &'a TestApp, mia: &Client<'a>) -> (Issued, Issued, Client<'a>) {
    let wide = mia.issue(json!({"name": "wide", "role": "ROLE_READ_WRITE", "ip_ranges": ["10.0.0.0/8"]})).await;
    let narrow = mia.issue(narrow(json!({}))).await;
    let client = app.bearer(&narrow.secret);
    (wide, narrow, client)
}

on_both! {
    async fn a_narrow_token_rotates_no_wider_one_of_its_owner(app: TestApp) {
        let mia = app.member().await;
        let (wide, _, client) = pair(&app, &mia).await;
        let before = tokens(&mia).await;
        assert_snapshot!(try_rotate(&client, &format!("(id: {})", wide.id)).await, @"FORBIDDEN SESSION_REQUIRED: a token changes and rotates itself alone; others take a session");
        assert_eq!(try_rotate(&client, &format!("(id: {}, overlap_hours: 0)", wide.id)).await.code(), "FORBIDDEN");
        assert_eq!(confirm(&client, &wide.id).await.code(), "FORBIDDEN");
        assert_eq!(tokens(&mia).await, before);
    }

    async fn a_narrow_token_widens_and_readdresses_no_other_one_of_its_owner(app: TestApp) {
        let mia = app.member().await;
        let (wide, _, client) = pair(&app, &mia).await;
        let child = client.issue(narrow(json!({"name": "child"}))).await;
        let before = tokens(&mia).await;
        for input in [json!({"ip_ranges": null}), json!({"ip_ranges": ["0.0.0.0/0"]}), json!({"permissions": []}), json!({"name": "mine now"}), json!({"documents": []}), json!({})] {
            for id in [&wide.id, &child.id] {
                let answer = update(&client, id, input.clone()).await;
                assert_eq!(answer.to_string(), "null\nFORBIDDEN SESSION_REQUIRED: a token changes and rotates itself alone; others take a session".replace("null\n", ""), "{input}");
            }
        }
        assert_eq!(tokens(&mia).await, before);
    }

    async fn no_token_unnarrows_itself(app: TestApp) {
        let mia = app.member().await;
        let (_, token, client) = pair(&app, &mia).await;
        let before = tokens(&mia).await;
        for wider in [json!(null), json!(["Query.*"]), json!(["*.*"]), json!(["Query.me"]), json!(["Me.*"]), json!(["PersonalAccessToken.*", "Mutation.*"]), json!(["PersonalAccessTokenConnection.entities"])] {
            let answer = update(&client, &token.id, json!({"permissions": wider})).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{wider}: {answer}");
        }
        assert_snapshot!(update(&client, &token.id, json!({"permissions": null})).await, @"FORBIDDEN SESSION_REQUIRED: a token only narrows itself: `permissions: null` takes a session");
        let by_variable = "mutation ($id: Int64Bit!, $p: [Permission!] = null) { updatePersonalAccessToken(id: $id, input: { permissions: $p }) { permissions } }";
        assert_eq!(client.gql_with(by_variable, json!({"id": token.id})).await.code(), "FORBIDDEN");
        assert_eq!(tokens(&mia).await, before);
        // Neither by an absent key nor by a variable that is not given: they keep.
        let unset = "mutation ($id: Int64Bit!, $p: [Permission!], $d: [String!], $i: [String!]) { updatePersonalAccessToken(id: $id, input: { permissions: $p, documents: $d, ip_ranges: $i }) { id } }";
        assert_eq!(client.gql_with(unset, json!({"id": token.id})).await.code(), "");
        assert_eq!(client.gql_with("mutation ($id: Int64Bit!, $input: UpdatePersonalAccessTokenMutationInput) { updatePersonalAccessToken(id: $id, input: $input) { id } }", json!({"id": token.id})).await.code(), "BAD_USER_INPUT");
        assert_eq!(update(&client, &token.id, json!({})).await.code(), "");
        assert_eq!(tokens(&mia).await, before);
        assert_eq!(client.gql(ME).await.code(), "FORBIDDEN");
        // Less of the same, it may.
        let less = json!(["Mutation.updatePersonalAccessToken", "PersonalAccessToken.*", "!PersonalAccessToken.name"]);
        let answer = update(&client, &token.id, json!({"permissions": less})).await;
        assert_eq!(answer.code(), "", "{answer}");
        assert_eq!(try_rotate(&client, "").await.code(), "FORBIDDEN");
        let back = update(&client, &token.id, json!({"permissions": TRYING})).await;
        assert_eq!(back.missing(), ["PersonalAccessToken.name"], "the answer asks for it: {back}");
        let back = format!("mutation {{ updatePersonalAccessToken(id: {}, input: {{ permissions: {} }}) {{ id }} }}", token.id, json!(TRYING));
        assert_eq!(client.gql(&back).await.code(), "FORBIDDEN");
    }

    async fn a_token_that_is_not_narrowed_narrows_itself_once_and_for_all(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let client = app.bearer(&token.secret);
        assert_eq!(update(&client, &token.id, json!({"permissions": null, "documents": null, "ip_ranges": null})).await.code(), "", "there is nothing to clear");
        assert_eq!(update(&client, &token.id, json!({"permissions": ["Query.users"]})).await.missing(), ["Query.users"], "not even to what its user does not hold");
        assert_eq!(update(&client, &token.id, json!({"permissions": ["Query.*", "Me.*", "PersonalAccessToken.*", "Mutation.updatePersonalAccessToken"]})).await.code(), "");
        assert_eq!(client.gql(ME).await.code(), "");
        assert_eq!(client.gql("mutation { signOut(everywhere: true) }").await.code(), "FORBIDDEN");
        assert_eq!(update(&client, &token.id, json!({"permissions": null})).await.code(), "FORBIDDEN");
    }

    async fn no_token_writes_itself_a_pattern_that_will_open_more_one_day(app: TestApp) {
        let mia = app.member().await;
        let info = ["PageInfo.page", "PageInfo.records_per_page", "PageInfo.total_count", "PageInfo.total_pages"];
        let own = ["Mutation.updatePersonalAccessToken", "PersonalAccessToken.*"];
        let token = mia.issue(narrow(json!({"permissions": ([&info[..], &own].concat())}))).await;
        let client = app.bearer(&token.secret);
        let pattern = update(&client, &token.id, json!({"permissions": ([&["PageInfo.*"][..], &own].concat())})).await;
        assert_eq!(pattern.reason(), "SESSION_REQUIRED", "today it comes to the same: {pattern}");
        assert_eq!(update(&client, &token.id, json!({"permissions": ([&info[..2], &own].concat())})).await.code(), "");
        let wide = mia.issue(narrow(json!({"permissions": ["*.*", "Mutation.*"]}))).await;
        let client = app.bearer(&wide.secret);
        assert_eq!(update(&client, &wide.id, json!({"permissions": ([&["PageInfo.*"][..], &own].concat())})).await.code(), "", "it lies within");
    }

    async fn no_token_writes_itself_a_list_that_gains_where_the_one_before_did_not(app: TestApp) {
        let mia = app.member().await;
        let own = ["Mutation.updatePersonalAccessToken", "PersonalAccessToken.*"];
        let with = |more: &[&str]| json!([more, &own[..]].concat());
        let arguments = ["Query.permissions(general_search:)", "Query.permissions(paginator:)"];
        let token = mia.issue(narrow(json!({"permissions": with(&arguments)}))).await;
        let client = app.bearer(&token.secret);
        let field = update(&client, &token.id, json!({"permissions": with(&["Query.permissions"])})).await;
        assert_snapshot!(field, @"FORBIDDEN SESSION_REQUIRED: a token only narrows itself: a list of `permissions` that opens more than the one before, or may one day, takes a session");
        assert_eq!(update(&client, &token.id, json!({"permissions": with(&arguments[..1])})).await.code(), "");
        let token = mia.issue(narrow(json!({"permissions": with(&["*.*", "!PageInfo.*", "!Me.id"])}))).await;
        let client = app.bearer(&token.secret);
        let one_by_one = ["*.*", "!Me.id", "!PageInfo.page", "!PageInfo.records_per_page", "!PageInfo.total_count", "!PageInfo.total_pages"];
        assert_eq!(update(&client, &token.id, json!({"permissions": with(&one_by_one)})).await.reason(), "SESSION_REQUIRED");
        assert_eq!(update(&client, &token.id, json!({"permissions": with(&["Me.username", "!PageInfo.*"])})).await.code(), "", "what takes one field alone need not stay");
    }

    async fn no_token_clears_its_own_addresses(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(narrow(json!({"ip_ranges": ["0.0.0.0/1", "2001:db8::/32"]}))).await;
        let secret = token.secret.clone();
        let from_there = Calls::from(&app, &secret, Some("10.0.0.1"));
        let before = tokens(&mia).await;
        for wider in [json!(null), json!(["0.0.0.0/0"]), json!(["::/0"]), json!(["10.0.0.0/8", "192.0.2.1"]), json!(["::ffff:0.0.0.0/96"])] {
            let answer = from_there.update(&token.id, json!({"ip_ranges": wider})).await;
            assert_eq!((answer.code().as_str(), answer.reason().as_str()), ("FORBIDDEN", "SESSION_REQUIRED"), "{wider}: {answer}");
        }
        assert_eq!(tokens(&mia).await, before);
        assert_eq!(from_there.update(&token.id, json!({"ip_ranges": ["10.0.0.0/8"]})).await.code(), "");
        assert_eq!(from_there.update(&token.id, json!({"ip_ranges": ["0.0.0.0/1"]})).await.code(), "FORBIDDEN");
        // And makes no token for others.
        for ranges in [json!(["0.0.0.0/0"]), json!(["11.0.0.0/8"]), json!(["10.0.0.1", "::1"])] {
            let answer = from_there.issue(narrow(json!({"ip_ranges": ranges}))).await;
            assert_eq!(answer.to_string(), "FORBIDDEN: a token makes no token for addresses that are not its own", "{ranges}");
        }
        let child = from_there.issue(narrow(json!({"ip_ranges": null}))).await.data();
        let child = child["issuePersonalAccessToken"]["token"].as_str().unwrap().to_owned();
        assert_eq!(Calls::from(&app, &child, Some("11.0.0.1")).gql("{ current_personal_access_token { id } }").await.reason(), "ADDRESS_NOT_ALLOWED");
        assert_eq!(Calls::from(&app, &child, Some("10.0.0.9")).gql("{ current_personal_access_token { id } }").await.code(), "");
    }

    async fn no_token_gives_itself_or_a_child_another_document(app: TestApp) {
        let mia = app.member().await;
        let update_it = "mutation U($id: Int64Bit!, $d: [String!]) { updatePersonalAccessToken(id: $id, input: { documents: $d }) { id } }";
        let issue_it = "mutation I($d: [String!]) { issuePersonalAccessToken(input: { name: \"child\", role: ROLE_READ_WRITE, documents: $d }) { token } }";
        let own = "{ current_personal_access_token { id } }";
        let token = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE", "documents": [update_it, issue_it, own]})).await;
        let client = app.bearer(&token.secret);
        for wider in [json!(null), json!([ME]), json!([own, ME])] {
            let answer = client.gql_with(update_it, json!({"id": token.id, "d": wider})).await;
            assert_eq!((answer.code().as_str(), answer.reason().as_str()), ("FORBIDDEN", "SESSION_REQUIRED"), "{wider}: {answer}");
        }
        assert_snapshot!(client.gql_with(issue_it, json!({"d": [ME]})).await, @"FORBIDDEN: a token that is held to documents makes no token for others");
        let child = client.gql_with(issue_it, json!({"d": null})).await.data();
        let child = app.bearer(child["issuePersonalAccessToken"]["token"].as_str().unwrap());
        assert_eq!(child.gql(ME).await.reason(), "DOCUMENT_NOT_ALLOWED", "what it is not held to itself, its parent holds it to");
        assert_eq!(child.gql(own).await.code(), "");
        assert_eq!(client.gql_with(update_it, json!({"id": token.id, "d": [update_it, own]})).await.code(), "");
        assert_eq!(client.gql_with(issue_it, json!({"d": null})).await.reason(), "DOCUMENT_NOT_ALLOWED");
        assert_eq!(child.gql_with(issue_it, json!({"d": null})).await.reason(), "DOCUMENT_NOT_ALLOWED");
    }

    async fn rotation_widens_nothing(app: TestApp) {
        let mia = app.member().await;
        let made = mia.issue(narrow(json!({"ip_ranges": ["10.0.0.0/8"]}))).await;
        let new = rotate(&mia, &format!("(id: {})", made.id)).await;
        let client = Calls::from(&app, &new.secret, Some("10.0.0.1"));
        assert_eq!(client.gql(ME).await.code(), "FORBIDDEN");
        assert_eq!(Calls::from(&app, &new.secret, Some("11.0.0.1")).gql(ME).await.reason(), "ADDRESS_NOT_ALLOWED");
    }
}
