//! Answers of old and new servers, and of hostile ones.

use super::*;
use crate::gateway::sdl::read;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::json;

/// An answer that tells these types besides the root.
fn answer(types: &[Json]) -> Json {
    let mut all = vec![json!({"kind": "OBJECT", "name": "Query", "fields": [field_of(&json!({}))]})];
    all.extend_from_slice(types);
    json!({"__schema": {"queryType": {"name": "Query"}, "types": all}})
}

/// A field with these properties besides the least.
fn field_of(more: &Json) -> Json {
    let mut field = json!({"name": "f", "type": {"kind": "SCALAR", "name": "Int", "ofType": null}});
    field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    field
}

fn object(field: &Json) -> Json {
    json!({"kind": "OBJECT", "name": "T", "fields": [field]})
}

fn refusal(types: &[Json]) -> String {
    sdl(&answer(types)).unwrap_err()
}

#[test]
fn every_query_parses_and_those_that_the_library_knows_are_valid() {
    let schema = Schema::parse_and_validate("type Query { f: Int }", "s").unwrap();
    for (number, query) in QUERIES.iter().enumerate() {
        assert_eq!(query.matches("ofType").count(), 9);
        Document::parse(*query, "q").unwrap();
        if !query.contains("isOneOf") {
            ExecutableDocument::parse_and_validate(&schema, *query, format!("{number}")).unwrap();
        }
    }
}

#[test]
fn what_an_old_server_tells_is_enough_and_what_is_everyones_is_left_out() {
    let data = json!({"__schema": {
        "queryType": {"name": "Query"}, "mutationType": null,
        "directives": [
            {"name": "skip", "locations": ["FIELD"], "args": []},
            {"name": "cached", "locations": ["QUERY", "MOON", 7], "args": [{"name": "__x"}, field_of(&json!({}))]},
            {"name": "moon", "locations": ["MOON"], "args": [], "isRepeatable": true},
        ],
        "types": [
            {"kind": "OBJECT", "name": "Query", "interfaces": null, "fields": [
                field_of(&json!({"isDeprecated": true, "deprecationReason": null})),
                field_of(&json!({"name": "g", "isDeprecated": true, "deprecationReason": "No longer supported"})),
                field_of(&json!({"name": "h", "isDeprecated": true, "deprecationReason": ""})),
                field_of(&json!({"name": "i", "isDeprecated": false, "deprecationReason": ""})),
                field_of(&json!({"name": "__j"})),
            ]},
            {"kind": "SCALAR", "name": "Int"}, {"kind": "SCALAR", "name": "Date", "specifiedByURL": "d"},
            {"kind": "OBJECT", "name": "__Type", "fields": null},
            {"kind": "INPUT_OBJECT", "name": "In", "isOneOf": true, "inputFields": [field_of(&json!({}))]},
        ],
    }});
    let text = sdl(&data).unwrap();
    read(&text, "s").unwrap();
    insta::assert_snapshot!(text, @r#"
    schema {
      query: Query
    }

    directive @cached(f: Int) on QUERY

    type Query {
      f: Int @deprecated
      g: Int @deprecated
      h: Int @deprecated(reason: "")
      i: Int
    }

    scalar Date @specifiedBy(url: "d")

    input In @oneOf {
      f: Int
    }
    "#);
}

#[test]
fn no_text_is_lost_and_none_breaks_out() {
    for said in
        ["", " ", "\"", "\"\"\"", "\\", "\\\"\"\"", "\u{0}\r\n\t", "\n a\n", "} type Evil { x: Int }", "\u{feff}é😀"]
    {
        let types = [object(&field_of(&json!({"description": said, "isDeprecated": true, "deprecationReason": said})))];
        let schema = read(&sdl(&answer(&types)).unwrap(), "s").unwrap();
        let field = &schema.get_object("T").unwrap().fields["f"];
        assert_eq!(field.description.as_deref(), Some(said));
        assert_eq!(field.directives[0].arguments[0].value.as_str(), Some(said));
        assert!(!schema.types.contains_key("Evil"));
    }
}

#[test]
fn defaults_that_are_no_literals_are_left_out() {
    let literals = ["1", "-1.5e3", "\"a\\\"\"", "[A, [null]]", "{a: {b: true}}", "1 # one", "\"\"\"b\"\"\""];
    for text in literals {
        assert!(literal(text).is_some(), "{text}");
    }
    let deep = "[".repeat(100_000);
    for text in ["", "$x", "1 2", "1 g: T", "1 @d", "1 } type Evil { x: Int", "\"", "{a: 1", "'a'", "<x>", "#", &deep] {
        assert!(literal(text).is_none(), "{text:.50}");
    }
}

#[test]
fn what_is_malformed_is_refused_in_words() {
    let endless =
        (0..100).fold(json!({"kind": "SCALAR", "name": "Int"}), |of, _| json!({"kind": "LIST", "ofType": of}));
    let twice =
        json!({"kind": "NON_NULL", "ofType": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "name": "Int"}}});
    let typed = |ty: &Json| refusal(&[object(&field_of(&json!({"type": ty})))]);
    let said = [
        sdl(&json!(null)).unwrap_err(),
        sdl(&json!({"__schema": {"types": []}})).unwrap_err(),
        refusal(&[json!(1)]),
        refusal(&[json!({"kind": "OBJECT", "name": "a b\u{7}"})]),
        refusal(&[json!({"kind": "OBJECT", "name": null})]),
        refusal(&[json!({"kind": "MAP", "name": "M"})]),
        refusal(&[json!({"kind": "OBJECT", "name": "T", "fields": 1})]),
        refusal(&[json!({"kind": "UNION", "name": "T", "possibleTypes": [1]})]),
        refusal(&[json!({"kind": "ENUM", "name": "E", "enumValues": [{"name": "true"}]})]),
        typed(&endless),
        typed(&twice),
        typed(&json!({"kind": "LIST", "ofType": null})),
        typed(&json!({"kind": "SCALAR", "name": "} type Evil { x: Int }"})),
        refusal(&[object(&field_of(&json!({"description": 1})))]),
        refusal(&[object(&field_of(&json!({"isDeprecated": "yes"})))]),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    it holds no `__schema`
    `queryType` names no type
    `types` holds what is no object
    `types`: "a b\u{7}" is no GraphQL name
    `types`: something has no name
    `M`: there is no kind "MAP" of types
    `T`: `fields` is no list
    `T`: an interface or member is no object
    `E`: `true`: no value of an enum may have this name
    `T`: `f`: its type is wrapped more than 32 times
    `T`: `f`: its type says twice that it is non-null
    `T`: `f`: its type is missing, or wrapped deeper than was asked
    `T`: `f`: "} type Evil { x: Int }" is no GraphQL name
    `T`: `f`: `description` is no text
    `T`: `f`: `isDeprecated` is neither true nor false
    "#);
}
