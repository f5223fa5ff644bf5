//! What reaches the API: nothing of what is refused, of what is allowed the operation and nothing else.

use super::{Front, SERVERS};
use serde_json::{Value, json};

/// Words that a caller sends in every place where something could slip through.
const CALLERS: &str = "the-callers-own";

#[test]
fn what_is_refused_does_not_reach_the_api() {
    for server in SERVERS {
        let front = Front::before(server);
        let few = front.narrowed(&["Query.products(first:)", "Product.id", "Mutation.setStock"]);
        let read_only = front.program.make_token("nora", &[]);
        let cases = [
            (few.as_str(), "{ products { id name } }", json!(["Product.name"])),
            (&few, "{ products { id } users { email } }", json!(["Query.users", "User.email"])),
            (&few, "{ products(filter: {inStock: true}) { id } }", json!(["Query.products(filter:)"])),
            (&few, "{ products { ...F } } fragment F on Node { ... on Product { name } }", json!(["Product.name"])),
            (
                &few,
                "{ products { id supplier @include(if: false) { name } } }",
                json!(["Product.supplier", "Supplier.name"]),
            ),
            (&few, "mutation { setStock(product: 1, stock: 1) { id stock } }", json!(["Product.stock"])),
            (&read_only, "mutation { setStock(product: 1, stock: 1) { id } }", json!(["Mutation.setStock"])),
        ];
        for (token, query, missing) in cases {
            let answer = front.server.http.graphql(token, query, &Value::Null).unwrap();
            let told = answer.json();
            let extensions = &told["errors"][0]["extensions"];
            assert_eq!((answer.status, &extensions["code"]), (200, &json!("FORBIDDEN")), "{server}: {query}: {told}");
            assert_eq!(extensions["missing"], missing, "{server}: {query}: {told}");
            assert!(told.get("data").is_none_or(Value::is_null), "{told}");
        }
        let invalid = [
            "{ nothing }",
            "{ products { id(x: 1) } }",
            "{ products",
            "query { me { username } } query { me { name } }",
        ];
        for query in invalid {
            let told = front.server.http.ask(&few, query, &Value::Null);
            assert!(told.get("data").is_none() && told["errors"][0]["message"].is_string(), "{query}: {told}");
        }
        for token in ["", "dwd_pat_nonsense"] {
            assert_eq!(front.server.http.graphql(token, "{ products { id } }", &Value::Null).unwrap().status, 401);
        }
        assert_eq!(front.api.log(), Vec::<Value>::new(), "{server}");
    }
}

#[test]
fn a_document_given_as_a_text_is_opened_by_its_name_only() {
    let front = Front::before("yoga.mjs");
    let pattern = front.narrowed(&["Query.*", "*.*"]);
    let named = front.narrowed(&["Query.search", "*.*"]);
    let query = r#"{ search(query: "lamp") { ... on Node { id } } }"#;
    let refused = front.server.http.ask(&pattern, query, &Value::Null);
    assert_eq!(refused["errors"][0]["extensions"]["missing"], json!(["Query.search"]), "{refused}");
    let found = front.server.http.ask(&named, query, &Value::Null);
    assert_eq!(found, json!({ "data": { "search": [{ "id": "1" }, { "id": "a1" }] } }));
}

#[test]
fn of_an_allowed_request_the_operation_alone_reaches_the_api() {
    for server in SERVERS {
        let front = Front::before(server);
        let bearer = format!("Bearer {}", front.token());
        let cookie = format!("session={CALLERS}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json"),
            ("cookie", &cookie),
            ("user-agent", CALLERS),
            ("x-doorward-user", CALLERS),
            ("x-doorward-user-id", CALLERS),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-host", CALLERS),
            ("forwarded", "for=203.0.113.7;host=the-callers-own"),
            ("origin", "http://the-callers-own.example"),
            ("x-request-id", CALLERS),
            ("x-api-key", CALLERS),
        ];
        let request = json!({
            "query": "query Named($first: Int) { products(first: $first) { id } } # the-callers-own
                query Other { __typename }",
            "operationName": "Named",
            "variables": { "first": 1, "other": CALLERS },
            "extensions": { "persistedQuery": CALLERS },
            "doc_id": CALLERS,
        });
        let answer =
            front.server.http.send("POST", "/graphql?x=the-callers-own", &headers, request.to_string().as_bytes());
        assert_eq!(answer.unwrap().json(), json!({ "data": { "products": [{ "id": "2" }] } }), "{server}");

        let log = front.api.log();
        let [entry] = log.as_slice() else { panic!("{server}: {log:?}") };
        assert_eq!((&entry["method"], &entry["url"]), (&json!("POST"), &json!("/graphql")));
        assert_eq!(entry["headers"]["host"], front.api.http.address());
        let text = entry.to_string();
        for word in [CALLERS, "203.0.113.7", "dwd_pat_", "authorization", "cookie", "x-doorward", "forwarded", "Other"]
        {
            assert!(!text.contains(word), "{server}: {word} in {text}");
        }
        let body = &front.api.asked()[0];
        let keys: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["query", "operationName", "variables"], "{body}");
        assert_eq!((&body["operationName"], &body["variables"]), (&json!("Named"), &json!({ "first": 1 })), "{body}");
    }
}

#[test]
fn an_operation_without_a_name_is_sent_without_one() {
    let front = Front::before("yoga.mjs");
    let answer = front.server.http.ask(&front.token(), "{ products(first: 1) { id } }", &json!({}));
    assert_eq!(answer, json!({ "data": { "products": [{ "id": "2" }] } }));
    let asked = front.api.asked();
    let keys: Vec<_> = asked[0].as_object().unwrap().keys().filter(|key| *key != "variables").collect();
    assert_eq!(keys, ["query"], "{asked:?}");
}

#[test]
fn of_a_mixed_operation_the_apis_half_alone_reaches_it_once() {
    for server in SERVERS {
        let front = Front::before(server);
        let query = "query Mixed($first: Int, $page: Int!, $id: ID!) {
            mine: me { username }
            products(first: $first) { ...P }
            ...Own
            one: product(id: $id) { ...P }
            __typename
        }
        fragment P on Product { id }
        fragment Own on Query { permissions(paginator: {page: $page, records_per_page: 1}) { page_info { page } } }";
        let answer = front.server.http.ask(&front.token(), query, &json!({ "first": 1, "page": 1, "id": "3" }));
        let expected = json!({ "data": {
            "mine": { "username": "nora" },
            "products": [{ "id": "2" }],
            "permissions": { "page_info": { "page": 1 } },
            "one": { "id": "3" },
            "__typename": "Query",
        } });
        assert_eq!(answer.to_string(), expected.to_string(), "{server}: in the order asked");
        let asked = front.api.asked();
        let [body] = asked.as_slice() else { panic!("{server}: {asked:?}") };
        assert_eq!(body["variables"], json!({ "first": 1, "id": "3" }), "{body}");
        let text = body["query"].as_str().unwrap();
        assert!(!["me", "permissions", "page", "Own"].iter().any(|word| contains_word(text, word)), "{text}");
    }
}

fn contains_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}
