//! Requests that are none.

use axum::body::Body;
use axum::http::{Method, Request};
use insta::assert_snapshot;

use super::{answers, bodies};
use crate::app::TestApp;

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

on_both! {
    async fn a_body_that_is_no_request_is_refused(app: TestApp) {
        let mia = app.member().await;
        let make = r#"{"query":"mutation { createPersonalAccessToken(name: \"x\") }"}"#;
        let bodies = bodies(&app, &mia, [
            ("nothing", b"".to_vec()),
            ("white space", b" \n".to_vec()),
            ("cut off", make[..40].into()),
            ("something after it", format!("{make} x").into()),
            ("two of them", format!("{make}{make}").into()),
            ("not JSON", b"query { me { id } }".to_vec()),
            ("a string", b"\"{ me { id } }\"".to_vec()),
            ("a number", b"1".to_vec()),
            ("null", b"null".to_vec()),
            ("an empty batch", b"[]".to_vec()),
            ("a batch", format!("[{make}]").into()),
            ("a trailing comma", format!("{},}}", &make[..make.len() - 1]).into()),
            ("a comment", format!("{make} // x").into()),
            ("single quotes", make.replace('"', "'").into()),
            ("NaN", br#"{"query":"{ me { id } }","variables":{"a":NaN}}"#.to_vec()),
            ("a BOM", [b"\xef\xbb\xbf", make.as_bytes()].concat()),
            ("UTF-16", utf16(make)),
            ("UTF-16 with a BOM", [b"\xff\xfe".to_vec(), utf16(make)].concat()),
            ("not UTF-8", b"{\"query\":\"{ me { id } } # \xff\"}".to_vec()),
            ("over-long UTF-8", b"{\"query\":\"{ me { id } } # \xc0\xaf\"}".to_vec()),
            ("a lone surrogate", br#"{"query":"{ me { id } } \ud800"}"#.to_vec()),
            ("NUL in a string", b"{\"query\":\"{ me { id } } \x00\"}".to_vec()),
            ("NUL between", b"{\"query\":\x00\"{ me { id } }\"}".to_vec()),
            ("nested without end", [b"{\"query\":\"{ me { id } }\",\"variables\":{\"a\":".to_vec(), vec![b'['; 100_000]].concat()),
        ]).await;
        assert_snapshot!(bodies, @r"
        nothing: 400 BAD_REQUEST: the body is not valid JSON: EOF while parsing a value at line 1 column 0
        white space: 400 BAD_REQUEST: the body is not valid JSON: EOF while parsing a value at line 2 column 0
        cut off: 400 BAD_REQUEST: the body is not valid JSON: EOF while parsing a string at line 1 column 40
        something after it: 400 BAD_REQUEST: the body is not valid JSON: trailing characters at line 1 column 65
        two of them: 400 BAD_REQUEST: the body is not valid JSON: trailing characters at line 1 column 64
        not JSON: 400 BAD_REQUEST: the body is not valid JSON: expected value at line 1 column 1
        a string: 400 BAD_REQUEST: the body must be a JSON object with the key `query`
        a number: 400 BAD_REQUEST: the body must be a JSON object with the key `query`
        null: 400 BAD_REQUEST: the body must be a JSON object with the key `query`
        an empty batch: 400 BAD_REQUEST: batches are not taken: send one request at a time
        a batch: 400 BAD_REQUEST: batches are not taken: send one request at a time
        a trailing comma: 400 BAD_REQUEST: the body is not valid JSON: trailing comma at line 1 column 64
        a comment: 400 BAD_REQUEST: the body is not valid JSON: trailing characters at line 1 column 65
        single quotes: 400 BAD_REQUEST: the body is not valid JSON: key must be a string at line 1 column 2
        NaN: 400 BAD_REQUEST: the body is not valid JSON: expected value at line 1 column 43
        a BOM: 400 BAD_REQUEST: the body is not valid JSON: expected value at line 1 column 1
        UTF-16: 400 BAD_REQUEST: the body is not valid JSON: key must be a string at line 1 column 2
        UTF-16 with a BOM: 400 BAD_REQUEST: the body is not UTF-8
        not UTF-8: 400 BAD_REQUEST: the body is not UTF-8
        over-long UTF-8: 400 BAD_REQUEST: the body is not UTF-8
        a lone surrogate: 400 BAD_REQUEST: the body is not valid JSON: unexpected end of hex escape at line 1 column 31
        NUL in a string: 400 BAD_REQUEST: the body is not valid JSON: control character (\u0000-\u001F) found while parsing a string at line 1 column 25
        NUL between: 400 BAD_REQUEST: the body is not valid JSON: expected value at line 1 column 10
        nested without end: 400 BAD_REQUEST: the body is not valid JSON: EOF while parsing a list at line 1 column 100042
        ");
    }

    async fn the_keys_of_a_request_are_read_strictly(app: TestApp) {
        let mia = app.member().await;
        let bodies = bodies(&app, &mia, [
            ("no query", &br#"{}"#[..]),
            ("another case", br#"{"Query":"{ me { id } }"}"#),
            ("a persisted query", br#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}"#),
            ("a document id", br#"{"documentId":"x"}"#),
            ("query null", br#"{"query":null}"#),
            ("query a number", br#"{"query":1}"#),
            ("query a list", br#"{"query":["{ me { id } }"]}"#),
            ("operationName a number", br#"{"query":"{ me { id } }","operationName":1}"#),
            ("operationName unknown", br#"{"query":"{ me { id } }","operationName":"A"}"#),
            ("variables a list", br#"{"query":"{ me { id } }","variables":[]}"#),
            ("variables a string", br#"{"query":"{ me { id } }","variables":"{}"}"#),
            ("extensions a string", br#"{"query":"{ me { id } }","extensions":"x"}"#),
            ("query twice", br#"{"query":"{ me { id } }","query":"{ me { name } }"}"#),
            ("query twice, once escaped", br#"{"query":"{ me { id } }","\u0071uery":"{ me { name } }"}"#),
            ("variables twice", br#"{"query":"{ me { id } }","variables":{},"variables":{}}"#),
            ("operationName twice", br#"{"query":"{ me { id } }","operationName":null,"operationName":null}"#),
            ("an unknown key twice", br#"{"query":"{ me { id } }","x":1,"x":1}"#),
            ("twice in variables", br#"{"query":"{ me { id } }","variables":{"a":1,"a":1}}"#),
            ("twice further in", br#"{"query":"{ me { id } }","variables":{"a":[{"b":{"c":1,"c":1}}]}}"#),
            ("twice in extensions", br#"{"query":"{ me { id } }","extensions":{"a":1,"a":1}}"#),
            ("twice in what is ignored", br#"{"query":"{ me { id } }","x":[{"a":1,"a":1}]}"#),
        ].map(|(name, body)| (name, body.to_vec()))).await;
        assert_snapshot!(bodies, @"
        no query: 400 BAD_REQUEST: `query` is missing: send a GraphQL document as a string
        another case: 400 BAD_REQUEST: `query` is missing: send a GraphQL document as a string
        a persisted query: 400 BAD_REQUEST: PersistedQueryNotSupported
        a document id: 400 BAD_REQUEST: `query` is missing: send a GraphQL document as a string
        query null: 400 BAD_REQUEST: `query` must be a string
        query a number: 400 BAD_REQUEST: `query` must be a string
        query a list: 400 BAD_REQUEST: `query` must be a string
        operationName a number: 400 BAD_REQUEST: `operationName` must be a string or null
        operationName unknown: 200 GRAPHQL_VALIDATION_FAILED: the document has no operation named `A`
        variables a list: 400 BAD_REQUEST: `variables` must be an object or null
        variables a string: 400 BAD_REQUEST: `variables` must be an object or null
        extensions a string: 400 BAD_REQUEST: `extensions` must be an object or null
        query twice: 400 BAD_REQUEST: the key `query` stands twice in one object
        query twice, once escaped: 400 BAD_REQUEST: the key `query` stands twice in one object
        variables twice: 400 BAD_REQUEST: the key `variables` stands twice in one object
        operationName twice: 400 BAD_REQUEST: the key `operationName` stands twice in one object
        an unknown key twice: 400 BAD_REQUEST: the key `x` stands twice in one object
        twice in variables: 400 BAD_REQUEST: the key `a` stands twice in one object
        twice further in: 400 BAD_REQUEST: the key `c` stands twice in one object
        twice in extensions: 400 BAD_REQUEST: the key `a` stands twice in one object
        twice in what is ignored: 400 BAD_REQUEST: the key `a` stands twice in one object
        ");
    }

    async fn what_is_optional_may_be_left_out_and_unknown_keys_are_ignored(app: TestApp) {
        let mia = app.member().await;
        let bodies = bodies(&app, &mia, [
            ("alone", &br#"{"query":"{ me { username } }"}"#[..]),
            ("null", br#"{"query":"{ me { username } }","variables":null,"operationName":null,"extensions":null}"#),
            ("empty", br#"{"query":"{ me { username } }","variables":{},"operationName":"","extensions":{}}"#),
            ("more variables than there are", br#"{"query":"{ me { username } }","variables":{"a":1e300}}"#),
            ("unknown keys", br#"{"documentId":"x","id":7,"query":"{ me { username } }","Query":"{ users { entities { id } } }","extensions":{"persistedQuery":{"sha256Hash":"x"}}}"#),
        ].map(|(name, body)| (name, body.to_vec()))).await;
        assert_snapshot!(bodies, @r#"
        alone: 200 {"me":{"username":"mia"}}
        null: 200 {"me":{"username":"mia"}}
        empty: 200 {"me":{"username":"mia"}}
        more variables than there are: 200 {"me":{"username":"mia"}}
        unknown keys: 200 {"me":{"username":"mia"}}
        "#);
    }

    async fn a_content_type_that_is_not_json_is_refused(app: TestApp) {
        let mia = app.member().await;
        let make = r#"{"query":"mutation { createPersonalAccessToken(name: \"x\") }"}"#;
        let mut cases = Vec::new();
        for content in [
            "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "application/graphql", "application/jsonx", "text/json", "application/json; charset=utf-16", "application/json, text/plain", "",
        ] {
            let request = mia.request(Method::POST, "/graphql").header("content-type", content);
            cases.push((content, request.body(Body::from(make)).unwrap()));
        }
        cases.push(("none", mia.request(Method::POST, "/graphql").body(Body::from(make)).unwrap()));
        let upload = "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"{ me { id } }\"}\r\n--x--\r\n";
        let multipart = mia.request(Method::POST, "/graphql").header("content-type", "multipart/form-data; boundary=x");
        cases.push(("an upload", multipart.body(Body::from(upload)).unwrap()));
        let answers = answers(&app, &mia, cases).await;
        assert_eq!(answers.lines().count(), 12);
        for line in answers.lines() {
            assert!(line.ends_with(": 415 UNSUPPORTED_MEDIA_TYPE: send the request as `Content-Type: application/json`, in UTF-8"), "{line}");
        }
        for content in ["application/json", "Application/JSON", "application/json;charset=utf-8", "application/json; charset=\"UTF-8\""] {
            let request = mia.request(Method::POST, "/graphql").header("content-type", content);
            let answer = mia.send(request.body(Body::from(r#"{"query":"{ me { username } }"}"#))).await;
            assert_eq!(answer.to_string(), r#"{"me":{"username":"mia"}}"#, "{content}");
        }
    }

    async fn a_get_runs_queries_and_nothing_else(app: TestApp) {
        let mia = app.member().await;
        let reader = mia.reader().await;
        let get = |path: &str| mia.request(Method::GET, path).body(Body::empty()).unwrap();
        let answers = answers(&app, &mia, vec![
            ("a query", get("/graphql?query={me{username}}")),
            ("a query at each path", get("/api/graphql/?query=query%20A%7Bme%7Busername%7D%7D&operationName=A")),
            ("variables", get("/graphql?query=query($a:Boolean!){me{username%20id@skip(if:$a)}}&variables={%22a%22:true}")),
            ("empty parameters", get("/graphql?query={me{username}}&variables=&operationName=&extensions=")),
            ("unknown parameters", get("/graphql?query={me{username}}&x=1&x=2")),
            ("nothing", get("/graphql")),
            ("query twice", get("/graphql?query={me{username}}&query={me{id}}")),
            ("variables that are no JSON", get("/graphql?query={me{username}}&variables=x")),
            ("variables that are no object", get("/graphql?query={me{username}}&variables=[]")),
            ("a key twice in them", get("/graphql?query={me{username}}&variables={%22a%22:1,%22a%22:1}")),
            ("a mutation", get("/graphql?query=mutation{createPersonalAccessToken(name:%22x%22)}")),
            ("a mutation among queries", get("/graphql?query=query%20A{me{id}}mutation%20B{signOut}&operationName=B")),
            ("sign-in", get("/graphql?query=mutation{signIn(credentials:{userName:%22mia%22,password:%22otter-lantern-fjord-9%22}){expiresIn}}")),
            ("a token by its name", get("/graphql?query={me{username}}&access_token=x")),
            ("a token by its form", get(&format!("/graphql?query={{me{{username}}}}&x={}", reader.secret()))),
            ("a token in the document", get(&format!("/graphql?query=%23%20{}%0A{{me{{username}}}}", reader.secret()))),
            ("a body beside it", mia.post("/graphql?query={me{id}}").body(Body::from(r#"{"query":"{ me { username } }"}"#)).unwrap()),
        ]).await;
        assert_snapshot!(answers.replace(reader.secret(), "TOKEN"), @r#"
        a query: 200 {"me":{"username":"mia"}}
        a query at each path: 200 {"me":{"username":"mia"}}
        variables: 200 {"me":{"username":"mia"}}
        empty parameters: 200 {"me":{"username":"mia"}}
        unknown parameters: 200 {"me":{"username":"mia"}}
        nothing: 400 BAD_REQUEST: `query` is missing: send a GraphQL document as a string
        query twice: 400 BAD_REQUEST: the parameter `query` stands twice in the URL
        variables that are no JSON: 400 BAD_REQUEST: the parameter `variables` of the URL is not as it must be: expected value at line 1 column 1
        variables that are no object: 400 BAD_REQUEST: `variables` must be an object or null
        a key twice in them: 400 BAD_REQUEST: the parameter `variables` of the URL is not as it must be: the key `a` stands twice in one object at line 1 column 10
        a mutation: 405 METHOD_NOT_ALLOWED: a GET runs queries only: send mutations by POST
        a mutation among queries: 405 METHOD_NOT_ALLOWED: a GET runs queries only: send mutations by POST
        sign-in: 405 METHOD_NOT_ALLOWED: a GET runs queries only: send mutations by POST
        a token by its name: 400 BAD_REQUEST: a token must not stand in the URL, where logs and histories keep it: send it as `Authorization: Bearer <token>`, and revoke this one if it is real
        a token by its form: 400 BAD_REQUEST: a token must not stand in the URL, where logs and histories keep it: send it as `Authorization: Bearer <token>`, and revoke this one if it is real
        a token in the document: 400 BAD_REQUEST: a token must not stand in the URL, where logs and histories keep it: send it as `Authorization: Bearer <token>`, and revoke this one if it is real
        a body beside it: 200 {"me":{"username":"mia"}}
        "#);
        assert!(!answers.contains(reader.secret()), "what was sent is not sent back");
        let head = mia.send(mia.request(Method::HEAD, "/graphql?query=mutation{signOut}").body(Body::empty())).await;
        assert_eq!(head.status, 405);
    }

    async fn a_body_of_a_mebibyte_is_taken_and_one_byte_more_is_not(app: TestApp) {
        let mia = app.member().await;
        let whole = |bytes: usize| {
            let front = r#"{"query":"{ me { username } }","x":""#;
            format!("{front}{}\"}}", "x".repeat(bytes - front.len() - 2)).into_bytes()
        };
        assert_eq!(whole(1 << 20).len(), 1 << 20);
        let answers = bodies(&app, &mia, [
            ("at the limit", whole(1 << 20)),
            ("past it", whole((1 << 20) + 1)),
            ("far past it", whole(8 << 20)),
        ]).await;
        assert_snapshot!(answers, @r#"
        at the limit: 200 {"me":{"username":"mia"}}
        past it: 400 LIMIT_EXCEEDED: the request passes the limit `limits.body_bytes`
        far past it: 400 LIMIT_EXCEEDED: the request passes the limit `limits.body_bytes`
        "#);
        // The same without its length told beforehand.
        let parts = whole((1 << 20) + 1).chunks(1 << 16).map(|part| Ok::<_, std::io::Error>(part.to_vec())).collect::<Vec<_>>();
        let request: Request<Body> = mia.post("/graphql").body(Body::from_stream(futures_util::stream::iter(parts))).unwrap();
        assert_eq!(mia.send(Ok(request)).await.code(), "LIMIT_EXCEEDED");
    }

    async fn a_body_that_breaks_off_is_refused(app: TestApp) {
        let mia = app.member().await;
        let parts = [Ok("{\"query\":\"mutation { createPersonal".to_owned()), Err(std::io::Error::other("gone"))];
        let request = mia.post("/graphql").body(Body::from_stream(futures_util::stream::iter(parts))).unwrap();
        assert_snapshot!(answers(&app, &mia, vec![("broken off", request)]).await, @"broken off: 400 BAD_REQUEST: the body did not arrive whole");
    }

    async fn eighty_thousand_unknown_keys_are_read_like_one(app: TestApp) {
        let keys: Vec<String> = (0..80_000).map(|number| format!("\"k{number}\":0")).collect();
        let body = format!("{{\"query\":\"{{ me {{ id }} }}\",{}}}", keys.join(","));
        let mia = app.member().await;
        app.bearer(mia.secret()).posts(body).await.data();
    }

    async fn a_stranger_sends_little(app: TestApp) {
        let body = |spaces: usize| format!("{{\"query\":\"{{ me {{ id }} }}\"{}}}", " ".repeat(spaces));
        assert_eq!(app.anonymous().posts(body(60_000)).await.code(), "UNAUTHENTICATED");
        assert_eq!(app.anonymous().posts(body(66_000)).await.code(), "LIMIT_EXCEEDED");
        assert_eq!(app.member().await.posts(body(66_000)).await.code(), "");
    }
}
