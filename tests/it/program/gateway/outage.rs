//! The API gone: what Doorward answers by itself it still answers, and it says whose fault the rest is.

use super::{Api, Front, shown_by_graphiql};
use serde_json::{Value, json};

#[test]
fn with_the_api_gone_doorwards_half_is_answered_and_the_rest_says_why_not() {
    let front = Front::before("yoga.mjs");
    let token = front.token();
    let Front { server, api, program: _program } = front;
    let Api { process, .. } = api;
    process.kill();

    let ask = |query: &str| {
        let answer = server.http.graphql(&token, query, &Value::Null).unwrap();
        (answer.status, answer.json())
    };
    let (status, mixed) = ask("{ me { username } product(id: 1) { name } }");
    assert_eq!((status, &mixed["data"]), (200, &json!({ "me": { "username": "nora" }, "product": null })), "{mixed}");
    assert_eq!(mixed["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{mixed}");

    let (status, alone) = ask("{ product(id: 1) { name } }");
    assert_eq!((status, &alone["errors"][0]["extensions"]["code"]), (502, &json!("UPSTREAM_UNAVAILABLE")), "{alone}");

    assert_eq!(ask("{ me { username } }"), (200, json!({ "data": { "me": { "username": "nora" } } })));
    assert_eq!(ask("{ __schema { queryType { name } } }").0, 200);
    let (status, refused) = ask("{ product(id: 1) { nothing } }");
    assert_eq!(
        (status, &refused["errors"][0]["extensions"]["code"]),
        (200, &json!("GRAPHQL_VALIDATION_FAILED")),
        "{refused}"
    );
    assert_eq!(server.http.get("/healthz").status, 200);
}

#[test]
fn doorwards_half_is_answered_even_beside_a_field_that_may_not_be_null() {
    let front = Front::before("yoga.mjs");
    let token = front.token();
    let Front { server, api, program: _program } = front;
    drop(api);
    let answer = server.http.graphql(&token, "{ me { username } products { name } }", &Value::Null).unwrap();
    let told = answer.json();
    assert_eq!((answer.status, &told["data"]["me"]), (200, &json!({ "username": "nora" })), "{told}");
    assert_eq!(told["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{told}");
}

#[test]
fn a_start_without_the_api_serves_what_was_known_of_it() {
    let front = Front::before("yoga.mjs");
    let token = front.token();
    let Front { server, api, program } = front;
    server.stop();
    drop(api);
    let server = program.serve();
    assert!(shown_by_graphiql(&server, &token).contains("\ntype Product implements Node & Priced {"));
    let mixed = server.http.ask(&token, "{ me { username } product(id: 1) { name } }", &Value::Null);
    assert_eq!(mixed["data"]["me"]["username"], "nora", "{mixed}");
    let refused = server.http.ask(&program.make_token("nora", &[]), "mutation { closeShop }", &Value::Null);
    assert_eq!(refused["errors"][0]["extensions"]["missing"], json!(["Mutation.closeShop"]), "{refused}");
}
