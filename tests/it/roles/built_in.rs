//! The two roles that are always there.

use super::*;

const MEMBER: i64 = 1;
const ANONYMOUS: i64 = 2;

on_both! {
    async fn member_cannot_be_changed_by_anyone(app: TestApp) {
        let ada = app.admin().await;
        for input in [json!({"name": "x"}), json!({"description": "x"}), json!({"applied_permissions": ["Query.users"]}), json!({"follow_new_fields": false}), json!({"upstream_name": "member"})] {
            assert_snapshot!(update(&ada, MEMBER, input).await, @"BAD_USER_INPUT id: the built-in role `member` cannot be changed");
        }
        assert_snapshot!(delete(&ada, MEMBER).await, @"BAD_USER_INPUT id: the built-in role `member` cannot be deleted");
    }

    async fn strangers_may_what_a_super_administrator_gives_them(app: TestApp) {
        let rolf = rolf(&app).await;
        let ada = app.admin().await;
        let grants = json!(["Query.roles", "RoleConnection.*", "Role.name"]);
        let asked = "{ roles { entities { name } } }";
        assert_eq!(app.anonymous().gql(asked).await.code(), "UNAUTHENTICATED");
        assert_snapshot!(update(&rolf, ANONYMOUS, json!({"applied_permissions": grants})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may say what strangers may do, and not by a narrowed token");
        assert_snapshot!(update(&ada, ANONYMOUS, json!({"applied_permissions": grants})).await, @r#"{"updateRole":{"id":"2","name":"anonymous","description":"What may be done without any credential.","applied_permissions":["Query.roles","RoleConnection.*","Role.name"],"follow_new_fields":false,"upstream_name":null}}"#);
        assert_snapshot!(app.anonymous().gql(asked).await, @r#"{"roles":{"entities":[{"name":"member"},{"name":"anonymous"},{"name":"editing"}]}}"#);
        assert_eq!(update(&rolf, ANONYMOUS, json!({"applied_permissions": []})).await.reason(), "SUPER_ADMIN_REQUIRED");
        for input in [json!({"name": "x"}), json!({"description": "x"}), json!({"upstream_name": "nobody"})] {
            assert_eq!(update(&ada, ANONYMOUS, input).await.code(), "BAD_USER_INPUT");
        }
        assert_snapshot!(delete(&ada, ANONYMOUS).await, @"BAD_USER_INPUT id: the built-in role `anonymous` cannot be deleted");
        update(&ada, ANONYMOUS, json!({"applied_permissions": null})).await.data();
        assert_eq!(app.anonymous().gql(asked).await.code(), "UNAUTHENTICATED");
    }
}
