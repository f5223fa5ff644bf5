//! The rule book's cases once more, through HTTP: each schema stands behind a whole server, each case's roles are held
//! by a user, and what is refused reaches the API not once.

use super::{Behind, before, list};
use crate::app::{TestApp, new};
use crate::databases::Database;
use doorward::id::{TokenId, UserId};
use doorward::roles::{self, NewRole};
use doorward::storage::{Subject, sql};
use doorward::tokens::{self, Issued, NewToken};
use doorward::users::NewUser;
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../../data/permission-vectors.json");

on_both! {
    async fn every_case_is_decided_as_the_rule_book_says_and_what_is_refused_reaches_the_api_not_once(database: Database) {
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        let mut stage = Some(database);
        let (mut walked, mut failed) = (0, Vec::new());
        for (name, sdl) in vectors["schemas"].as_object().unwrap() {
            let database = match stage.take() {
                Some(database) => database,
                None => Database::sqlite(),
            };
            let behind = Behind::new(sdl.as_str().unwrap()).await;
            let app = before(database, &behind, |config| {
                config.gateway.directives = list(&["*"]);
                config.gateway.by_name_only = Some(list(&[]));
            })
            .await;
            app.admin().await;
            for case in vectors["cases"].as_array().unwrap().iter().filter(|case| case["schema"] == *name) {
                walked += 1;
                // Two are of sockets, and one of a server that has no mutation of its own.
                if case["http"] == false {
                    continue;
                }
                if let Err(wrong) = walk(&app, &behind, case, walked).await {
                    failed.push(format!("{}: {wrong}", case["id"]));
                }
            }
        }
        assert_eq!(walked, vectors["cases"].as_array().unwrap().len());
        assert!(failed.is_empty(), "{} of {walked} cases fail:\n{}", failed.len(), failed.join("\n"));
    }
}

async fn walk(app: &TestApp, behind: &Behind, case: &Value, number: usize) -> Result<(), String> {
    let first_seen = case["first_seen"].as_object().cloned().unwrap_or_default();
    seen(app, &first_seen, false).await;
    let user = format!("user-{number}");
    let mut held = Vec::new();
    for (at, role) in case["roles"].as_array().into_iter().flatten().enumerate() {
        let name = format!("role-{number}-{at}");
        make_role(app, &name, role).await;
        held.push(name);
    }
    let super_admin = case["super_admin"] == true;
    let id = app.add(NewUser { roles: held, super_admin, ..new(&user) }).await;
    let lists: Vec<Option<&Value>> = match &case["narrowing"] {
        Value::Null => vec![None],
        Value::Object(chain) => chain["all"].as_array().unwrap().iter().map(Some).collect(),
        narrowing => vec![Some(narrowing)],
    };
    let mut parent = None;
    let mut secret = String::new();
    for narrowing in lists {
        let permissions = narrowing.map(|list| list.as_array().unwrap().iter().map(text).collect());
        let issued = issue(app, UserId(id), case["read_only"] == true, permissions, parent).await;
        parent = Some(issued.token.id);
        secret = issued.secret.expose().to_owned();
    }
    let client = app.bearer(&secret);
    behind.got();
    let body = json!({
        "query": case["operation"], "operationName": case["operationName"], "variables": case["variables"],
    });
    let answer = client.posts(body.to_string()).await;
    let reached = behind.got().len();
    seen(app, &first_seen, true).await;
    let subscribes = case["operation"].as_str().unwrap().trim_start().starts_with("subscription");
    let got = match answer.code().as_str() {
        "" => json!({"allowed": true, "missing": []}),
        // What is let in is not run here yet.
        "BAD_REQUEST" if subscribes => json!({"allowed": true, "missing": []}),
        "FORBIDDEN" => json!({"allowed": false, "missing": answer.missing()}),
        "GRAPHQL_VALIDATION_FAILED" => json!({"valid": false}),
        other => return Err(format!("{other}: {}", answer.text())),
    };
    if got != case["expect"] {
        return Err(format!("{got} instead of {}: {}", case["expect"], answer.text()));
    }
    let ran = got["allowed"] == true && !subscribes && case["own"] != true;
    match (ran, reached) {
        (true, 1) | (false, 0) => Ok(()),
        _ => Err(format!("{got}, and {reached} requests reached the API")),
    }
}

fn text(grant: &Value) -> String {
    grant.as_str().or_else(|| grant["grant"].as_str()).unwrap().to_owned()
}

/// A token made by the operator, who may write down what its user does not hold; with a parent, as if that had made it.
async fn issue(
    app: &TestApp,
    user: UserId,
    read_only: bool,
    permissions: Option<Vec<String>>,
    parent: Option<TokenId>,
) -> Issued {
    let new = NewToken { name: "t".into(), read_only, lifetime_seconds: 86_400, permissions, ..NewToken::default() };
    let issued = tokens::create(app.cx(), &app.operator(), user, new).await.expect("the token can be made");
    if let Some(parent) = parent {
        let id = issued.token.id;
        app.database(move |tx| {
            let link = sql!("update personal_access_tokens set parent_id = $2 where id = $1");
            tx.execute(link, doorward::params![id, parent])?;
            tx.tell(Subject::Token(id.0))
        })
        .await;
    }
    issued
}

/// A role whose grants are as old as the case says.
async fn make_role(app: &TestApp, name: &str, grants: &Value) {
    let permissions = grants.as_array().unwrap().iter().map(text).collect();
    let role = NewRole { name: name.into(), permissions, ..NewRole::default() };
    let role = roles::create(app.cx(), &app.operator(), role).await.expect("the role can be made");
    for (position, grant) in grants.as_array().unwrap().iter().enumerate() {
        let Some(as_of) = grant["as_of"].as_i64() else { continue };
        let (role, position) = (role.id, position as i64);
        app.database(move |tx| {
            let age = sql!("update role_grants set as_of_revision = $3 where role_id = $1 and position = $2");
            let aged = tx.execute(age, doorward::params![role, position, as_of])?;
            assert_eq!(aged, 1);
            tx.tell(Subject::Role(role.0))
        })
        .await;
    }
}

/// Behind the server's back, coordinates came at the revisions of a case; `as_before`: with the API's schema.
async fn seen(app: &TestApp, first_seen: &serde_json::Map<String, Value>, as_before: bool) {
    if first_seen.is_empty() {
        return;
    }
    let first_seen = first_seen.clone();
    app.database(move |tx| {
        let first: i64 = tx.one(sql!("select max(id) from schema_revisions where source = 'api'"), &[])?.get(0)?;
        for (coordinate, revision) in &first_seen {
            let revision = if as_before { first } else { revision.as_i64().unwrap() };
            let make = sql!(
                "insert into schema_revisions (id, digest, made_at, source) select $1, digest, 0, 'made up'
                 from schema_revisions where id = 1 on conflict (id) do nothing"
            );
            tx.execute(make, doorward::params![revision])?;
            let bring =
                sql!("update coordinates set first_seen_revision = $2 where coordinate = $1 and source = 'api'");
            assert_eq!(tx.execute(bring, doorward::params![coordinate.as_str(), revision])?, 1, "{coordinate}");
        }
        tx.tell(Subject::Everything)
    })
    .await;
}
