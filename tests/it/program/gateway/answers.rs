//! What comes back: the API's answer as it gave it, and Doorward's own beside it.

use super::{Api, Front, SERVERS, shown_by_graphiql};
use serde_json::{Value, json};

#[test]
fn the_apis_answer_comes_back_byte_for_byte() {
    for server in SERVERS {
        let front = Front::before(server);
        let token = front.token();
        let queries = [
            "{ products { weight barcode details name description madeAt price(currency: DEM) } }",
            r#"query Q($v: JSON) { statistics(of: {z: 1, a: [$v, 1.50, "ü\n"]}) }"#,
            "{ second: product(id: 2) { z: name a: id } first: product(id: 1) { a: name } no: product(id: 9) { id } }",
            r#"{ priced { __typename id ... on Bundle { products { id } } } }"#,
            r#"{ search(query: "O") { ... on Priced { name } } productBy(by: {sku: "OT-1"}) { id } }"#,
            r#"{ node(id: "u1") { ... on User { email orders { pageInfo { hasNextPage endCursor } } } } }"#,
        ];
        for query in queries {
            let variables = json!({ "v": { "deep": [null, true, 1e-7] } });
            let through = front.server.http.graphql(&token, query, &variables).unwrap();
            let itself = front.api.itself(query, &variables);
            assert_eq!((through.status, through.body), (200, itself), "{server}: {query}");
        }
    }
}

#[test]
fn the_apis_errors_come_back_with_path_and_extensions() {
    for server in SERVERS {
        let front = Front::before(server);
        let token = front.token();
        let queries = [
            // The null of a field that may not be null goes up to the next that may.
            "{ product(id: 2) { id supplier { name } } products { id } }",
            "{ products { id supplier { name } } }",
            "{ broken }",
            "mutation { closeShop }",
            r#"mutation { setStock(product: "9", stock: 1) { id } }"#,
        ];
        for query in queries {
            let through = front.server.http.graphql(&token, query, &Value::Null).unwrap();
            let status = through.status;
            let itself: Value = serde_json::from_str(&front.api.itself(query, &Value::Null)).unwrap();
            let told = through.json();
            let essence = |answer: &Value| {
                let error = &answer["errors"][0];
                json!([answer["data"], error["message"], error["path"], error["extensions"]]).to_string()
            };
            assert_eq!((status, essence(&told)), (200, essence(&itself)), "{server}: {query}: {told}");
        }
    }
}

#[test]
fn an_error_of_the_apis_half_leaves_doorwards_half_alone() {
    let front = Front::before("yoga.mjs");
    let answer =
        front.server.http.ask(&front.token(), "{ me { username } product(id: 2) { supplier { name } } }", &json!({}));
    assert_eq!(answer["data"], json!({ "me": { "username": "nora" }, "product": null }), "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["product", "supplier"]), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SUPPLIER_DOWN", "{answer}");
}

#[test]
fn where_the_api_has_a_name_of_doorwards_the_apis_is_meant_and_doorwards_is_beside() {
    let front = Front::before("apollo.mjs");
    front.program.add_user("ada", &["--super-admin"]);
    let token = front.program.make_token("ada", &[]);
    let ask = |query: &str| front.server.http.ask(&token, query, &json!({}));
    assert_eq!(
        ask("{ users(role: STAFF) { displayName } }"),
        json!({ "data": { "users": [{ "displayName": "Emil" }] } })
    );
    assert_eq!(
        ask(r#"{ __type(name: "DoorwardUser") { name } }"#),
        json!({ "data": { "__type": { "name": "DoorwardUser" } } })
    );
    let headers = [("content-type", "application/json"), ("authorization", &*format!("Bearer {token}"))];
    let own = |query: &str| {
        let body = json!({ "query": query }).to_string();
        front.server.http.send("POST", "/doorward/graphql", &headers, body.as_bytes()).unwrap().json()
    };
    let users = own("{ users { entities { __typename username } } }");
    let usernames = &users["data"]["users"]["entities"];
    assert!(usernames.to_string().contains(r#"{"__typename":"User","username":"nora"}"#), "{users}");
    assert!(own("{ products { id } }")["errors"][0]["message"].is_string());
}

#[test]
fn doorwards_root_fields_are_not_there_where_the_api_nests_its_own_root() {
    let front = Front::before("yoga.mjs");
    let token = front.token();
    let nested = |fields: &str| {
        let query =
            format!("mutation {{ addReview(input: {{product: 1}}) {{ review {{ stars }} query {{ {fields} }} }} }}");
        front.server.http.ask(&token, &query, &json!({}))
    };
    let answer = nested("products(first: 1) { id }");
    let expected = json!({ "review": { "stars": 5 }, "query": { "products": [{ "id": "2" }] } });
    assert_eq!(answer["data"]["addReview"], expected, "{answer}");
    front.api.forget();
    let refused = nested("me { username }");
    assert!(refused.get("data").is_none() && refused["errors"][0]["message"].is_string(), "{refused}");
    assert_eq!(front.api.log().len(), 0);
}

#[test]
fn root_types_of_any_name_are_served_as_query_and_mutation() {
    let front = Front::of(Api::start("yoga.mjs", &[("ROOTS", "hasura")]));
    let token = front.token();
    let shown = shown_by_graphiql(&front.server, &token);
    assert!(shown.contains("\ntype Query {") && shown.contains("\ntype Mutation {"), "{shown}");
    let query = "query ($all: Int!) { __typename ...Some me { username } }
        fragment Some on Query { ... on Query { products(first: $all) { id } } }";
    let answer = front.server.http.ask(&token, query, &json!({ "all": 1 }));
    let expected = json!({ "__typename": "Query", "products": [{ "id": "2" }], "me": { "username": "nora" } });
    assert_eq!(answer, json!({ "data": expected }));
}

#[test]
fn a_root_type_that_the_api_nests_has_a_type_of_its_own_there() {
    for (roots, name) in [("plain", "ApiQuery"), ("hasura", "query_root")] {
        let front = Front::of(Api::start("yoga.mjs", &[("ROOTS", roots)]));
        let query = format!(
            "mutation {{ addReview(input: {{product: 1}}) {{ query {{ ... on {name} {{ products {{ id }} }} }} }} }}"
        );
        let answer = front.server.http.ask(&front.token(), &query, &json!({}));
        let products = &answer["data"]["addReview"]["query"]["products"];
        assert_eq!(products.as_array().map(Vec::len), Some(3), "{answer}");
    }
}
