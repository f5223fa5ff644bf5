//! Every change of a user is written down: who, by what, whose, what. Never a password.

use super::*;

/// The rows from here on.
async fn rows(app: &TestApp) -> String {
    let rows = app
        .database(|tx| {
            let rows = tx.all(
                sql!("select action, actor, credential, subject, subject_id, details from audit_events order by id"),
                &[],
            )?;
            rows.iter()
                .map(|row| {
                    let (action, actor, credential): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    let (subject, id, details): (Option<String>, Option<i64>, Option<String>) =
                        (row.get(3)?, row.get(4)?, row.get(5)?);
                    Ok(format!(
                        "{action} | {actor} | {credential} | {} {} | {}",
                        subject.unwrap_or_default(),
                        id.unwrap_or_default(),
                        details.unwrap_or_default()
                    ))
                })
                .collect::<Result<Vec<_>, _>>()
        })
        .await;
    rows.into_iter()
        .filter(|row| !row.starts_with("session.begin") && !row.contains("operator"))
        .collect::<Vec<_>>()
        .join("\n")
}

on_both! {
    async fn every_change_of_a_user_is_written_down(app: TestApp) {
        let edna = edna(&app).await;
        let ada = app.admin().await;
        let editing = role_id(&app, "editing").await;
        create(&edna, json!({"username": "olga", "password": PASSWORD, "role_ids": [editing]})).await.data();
        update(&edna, 3, json!({"username": "Olga Ö", "email_address": "olga@example.com", "password": "heron-copper-violet-4", "role_ids": []})).await.data();
        update(&ada, 3, json!({"super_admin": true, "external_id": "17", "name": "O"})).await.data();
        update(&ada, 3, json!({"super_admin": false})).await.data();
        let token = ada.writer().await;
        token.gql("mutation { disableUser(id: 3) { id } }").await.data();
        token.gql("mutation { enableUser(id: 3) { id } }").await.data();
        edna.gql("mutation { updateMe(input: { public_name: \"E\" }) { id } }").await.data();
        edna.gql_with("mutation ($p: String) { proveSession(password: $p) }", json!({"p": PASSWORD})).await.data();
        edna.gql_with("mutation ($p: String) { proveSession(password: $p) }", json!({"p": "wrong"})).await;
        edna.gql_with("mutation ($p: String!) { changePassword(current_password: $p, new_password: \"walnut-ember-quiet-7\") }", json!({"p": PASSWORD})).await.data();
        // Refused, nothing of it is written as done.
        update(&edna, 1, json!({"username": "edna2"})).await;
        let rows = rows(&app).await;
        assert_snapshot!(rows, @"
        user.create | edna | session 2 | olga 3 | + role editing
        user.update | edna | session 2 | olga 3 | username (now Olga Ö), email_address, password, roles (- editing)
        user.update | ada | session 3 | Olga Ö 3 | name, super_admin (now true), external_id (now 17)
        user.update | ada | session 3 | Olga Ö 3 | super_admin (now false)
        token.create | ada | session 3 | writer 1 | read-write
        user.disable | ada | token writer | Olga Ö 3 | 
        user.enable | ada | token writer | Olga Ö 3 | 
        user.update | edna | session 2 | edna 2 | public_name
        session.prove | edna | session 2 | edna 2 | session 2
        session.refused | edna | session 2 | edna 2 | proveSession: wrong password
        user.change_password | edna | session 2 | edna 2 | every other session ended
        ");
        assert!(!rows.contains(PASSWORD) && !rows.contains("heron"));
    }
}
