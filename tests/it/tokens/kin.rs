//! Lists of tokens: searched, sorted, and leading to users, parents and children.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{DAY, ME, rotate, update};
use crate::app::TestApp;

fn writing(name: &str) -> Value {
    json!({"name": name, "role": "ROLE_READ_WRITE"})
}

const NAMES: &str = "query ($sorter: [Sorter!], $search: [Search!], $general: String) {
  personal_access_tokens(sorter: $sorter, search: $search, general_search: $general) { entities { name } page_info { total_count } }
}";

on_both! {
    async fn tokens_are_searched_and_sorted(app: TestApp) {
        let mia = app.member().await;
        app.admin().await.issue(json!({"name": "Alpha of ada", "description": "fjord"})).await;
        let alpha = mia.issue(json!({"name": "Alpha", "description": "The Fjord"})).await;
        app.later(5);
        mia.issue(json!({"name": "beta", "expires_in_days": 7})).await;
        app.later(5);
        mia.issue(json!({"name": "GAMMA", "expires_in_days": 90})).await;
        app.bearer(&alpha.secret).gql(ME).await.data();
        app.write_uses().await;
        let names = async |variables: Value| {
            let answer = mia.gql_with(NAMES, variables).await;
            let json = answer.json();
            let Some(entities) = json["data"]["personal_access_tokens"]["entities"].as_array() else { return answer.to_string() };
            entities.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(json!({"sorter": [{"attribute": "name", "direction": "DESC"}]})).await, "GAMMA beta Alpha");
        assert_eq!(names(json!({"sorter": [{"attribute": "expires_at"}]})).await, "beta GAMMA Alpha");
        assert_eq!(names(json!({"sorter": [{"attribute": "last_used_at"}, {"attribute": "id", "direction": "DESC"}]})).await, "Alpha GAMMA beta");
        assert_eq!(names(json!({"general": "FJORD"})).await, "Alpha");
        assert_eq!(names(json!({"general": &alpha.secret[40..]})).await, "Alpha", "by its hint");
        assert_eq!(names(json!({"search": [{"string_fields": [{"attribute": "name", "search_value": "gamma"}]}]})).await, "GAMMA");
        assert_eq!(names(json!({"search": [{"datetime_fields": [{"attribute": "created_at", "search_value": "2026-03-01T00:00:05Z", "operator": "GTE"}]}]})).await, "beta GAMMA");
        assert_eq!(names(json!({"search": [{"integer_fields": [{"attribute": "id", "search_value": 2}]}]})).await, "Alpha");
        assert_snapshot!(names(json!({"sorter": [{"attribute": "hash"}]})).await, @"BAD_USER_INPUT attribute: `attribute` in `sorter` must be one of: id, name, description, hint, created_at, confirmed_at, expires_at, last_used_at, last_used_ip, last_used_agent, previous_secret_until, revoked_at, revoke_reason");
        for attribute in ["id", "name", "description", "hint", "created_at", "confirmed_at", "expires_at", "last_used_at", "last_used_ip", "last_used_agent", "previous_secret_until", "revoked_at", "revoke_reason"] {
            assert_eq!(names(json!({"sorter": [{"attribute": attribute}]})).await.split(' ').count(), 3, "{attribute}");
        }
        // By what a token may not read, it neither searches nor sorts.
        let narrowed = mia.with(json!({"name": "n", "permissions": ["Query.personal_access_tokens", "PersonalAccessTokenConnection.*", "PageInfo.*", "PersonalAccessToken.name"]})).await;
        assert_eq!(narrowed.gql_with(NAMES, json!({"sorter": [{"attribute": "last_used_ip"}]})).await.missing(), ["PersonalAccessToken.last_used_ip"]);
        assert_eq!(narrowed.gql_with(NAMES, json!({"general": "fjord"})).await.data()["personal_access_tokens"]["page_info"]["total_count"], 0);
    }

    async fn lineage_is_shown_with_grandparents_and_grandchildren(app: TestApp) {
        let mia = app.member().await;
        let first = mia.issue(writing("first")).await;
        let second = app.bearer(&first.secret).issue(writing("second")).await;
        app.bearer(&first.secret).issue(writing("other")).await;
        let third = app.bearer(&second.secret).issue(writing("third")).await;
        app.bearer(&third.secret).issue(writing("fourth")).await;
        assert_snapshot!(mia.gql("{ personal_access_tokens { entities { name user { username } parent { name parent { name parent { name } } } children { name children { name children { name children { name } } } } } } }").await, @r#"{"personal_access_tokens":{"entities":[{"name":"first","user":{"username":"mia"},"parent":null,"children":[{"name":"second","children":[{"name":"third","children":[{"name":"fourth","children":[]}]}]},{"name":"other","children":[]}]},{"name":"second","user":{"username":"mia"},"parent":{"name":"first","parent":null},"children":[{"name":"third","children":[{"name":"fourth","children":[]}]}]},{"name":"other","user":{"username":"mia"},"parent":{"name":"first","parent":null},"children":[]},{"name":"third","user":{"username":"mia"},"parent":{"name":"second","parent":{"name":"first","parent":null}},"children":[{"name":"fourth","children":[]}]},{"name":"fourth","user":{"username":"mia"},"parent":{"name":"third","parent":{"name":"second","parent":{"name":"first"}}},"children":[]}]}}"#);
        assert_snapshot!(app.bearer(&third.secret).gql("{ current_personal_access_token { name parent { children { name parent { name } } } children { name } } }").await, @r#"{"current_personal_access_token":{"name":"third","parent":{"children":[{"name":"third","parent":{"name":"second"}}]},"children":[{"name":"fourth"}]}}"#);
    }

    async fn a_list_leads_to_so_many_tokens_and_no_more(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(writing("parent")).await;
        for number in 0..30 {
            app.bearer(&parent.secret).issue(writing(&format!("{number}"))).await;
        }
        let back_and_forth = "{ current_personal_access_token { children { parent { children { parent { children { parent { children { id } } } } } } } } }";
        let answer = app.bearer(&parent.secret).gql(back_and_forth).await;
        assert_eq!(answer.code(), "LIMIT_EXCEEDED");
        assert_snapshot!(answer.message(), @"`parent` and `children` lead to more than 10000 tokens here: ask for fewer at once");
        assert!(answer.json()["errors"].as_array().unwrap().len() <= 20 && answer.body.len() < 1 << 20);
        assert_eq!(app.bearer(&parent.secret).gql("{ current_personal_access_token { children { parent { children { id } } } } }").await.code(), "");
    }

    async fn what_a_token_comes_to_is_what_it_may_do(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(json!({"name": "parent", "role": "ROLE_READ_WRITE", "permissions": ["Query.me", "Me.*", "Mutation.*", "IssuedPersonalAccessToken.*", "PersonalAccessToken.id"]})).await;
        let child = app.bearer(&parent.secret).issue(json!({"name": "child"})).await;
        let all = mia.issue(writing("all")).await;
        let revoked = mia.issue(writing("revoked")).await;
        mia.revoke(&revoked.id).await.data();
        let list = mia.gql("{ personal_access_tokens { entities { id effective_permissions } } }").await.data();
        let of = |id: &str| {
            let entities = list["personal_access_tokens"]["entities"].as_array().unwrap();
            entities.iter().find(|one| one["id"] == id).unwrap()["effective_permissions"].clone()
        };
        for token in [&parent, &child, &all] {
            let held = app.bearer(&token.secret).gql("{ me { effective_permissions } }").await.data();
            assert_eq!(of(&token.id), held["me"]["effective_permissions"], "{}", token.id);
        }
        assert!(of(&all.id).as_array().unwrap().len() > of(&parent.id).as_array().unwrap().len());
        assert!(!of(&child.id).to_string().contains("Mutation."));
        assert_eq!(of(&revoked.id), json!([]));
        update(&mia, &parent.id, json!({"permissions": ["Query.me", "Me.id"]})).await.data();
        assert_snapshot!(mia.gql(&format!("{{ personal_access_tokens(id: {}) {{ entities {{ effective_permissions }} }} }}", child.id)).await, @r#"{"personal_access_tokens":{"entities":[{"effective_permissions":["Me.id","Query.me"]}]}}"#);
        // A super administrator's, and everybody's at once.
        let ada = app.admin().await;
        ada.issue(writing("hers")).await;
        let counts = ada.gql("{ all_personal_access_tokens { entities { name user { username roles { name } } effective_permissions } } }").await.data();
        let counts = counts["all_personal_access_tokens"]["entities"].as_array().unwrap().iter().map(|one| one["effective_permissions"].as_array().unwrap().len()).collect::<Vec<_>>();
        assert!(counts[4] > counts[2] && counts[3] == 0, "{counts:?}");
    }

    async fn rotation_shows_until_when_the_secret_before_works(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(writing("n")).await;
        app.later(DAY);
        let mia = app.member().await;
        rotate(&mia, &format!("(id: {})", token.id)).await;
        assert_snapshot!(mia.gql("{ viewPersonalAccessTokens { previous_secret_until status expires_at created_at confirmed_at } }").await, @r#"{"viewPersonalAccessTokens":[{"previous_secret_until":"2026-03-03T00:00:00Z","status":"ACTIVE","expires_at":"2027-03-02T00:00:00Z","created_at":"2026-03-01T00:00:00Z","confirmed_at":"2026-03-01T00:00:00Z"}]}"#);
    }

    async fn a_longer_line_takes_no_more_statements_to_judge(app: TestApp) {
        let mia = app.member().await;
        let all = json!(["Query.*", "*.*", "Mutation.*"]);
        let me = "{ me { username } }";
        let issue = "mutation ($input: IssuePersonalAccessTokenMutationInput) { issuePersonalAccessToken(input: $input) { token } }";
        let input = json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": all, "documents": [me, issue]});
        let mut last = mia.issue(input.clone()).await.secret;
        let mut taken = Vec::new();
        for _ in 0..6 {
            let before = app.cx().storage.statements();
            app.bearer(&last).gql(me).await.data();
            taken.push(app.cx().storage.statements() - before);
            let made = app.bearer(&last).gql_with(issue, json!({ "input": input })).await.data();
            last = made["issuePersonalAccessToken"]["token"].as_str().unwrap().to_owned();
        }
        assert!(taken.iter().all(|one| *one == taken[0]), "{taken:?}");
    }
}
