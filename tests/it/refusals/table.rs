//! The table.

use super::{CHALLENGE, INVALID_TOKEN};
use serde_json::json;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Nobody,
    /// This `Authorization` header.
    Header(&'static str),
    /// `Authorisation`.
    Misspelt,
    TwoHeaders,
    Session,
    ExpiredSession,
    EndedSession,
    /// A refresh token in place of an access token.
    Refresh,
    Reader,
    Writer,
    /// A token that may see the number of its user.
    Narrow,
    /// A token that is held to another document.
    Held,
    /// A token that may be used from another address alone.
    Elsewhere,
    Expired,
    Revoked,
    Disabled,
}

/// One case.
#[derive(Debug, Clone)]
pub struct Row {
    pub what: &'static str,
    pub who: Who,
    pub method: &'static str,
    pub path: &'static str,
    pub content: Option<&'static str>,
    pub body: Vec<u8>,
    /// As `application/json`, and as `application/graphql-response+json`.
    pub status: (u16, u16),
    pub code: &'static str,
    pub reason: &'static str,
    pub missing: Vec<String>,
    pub headers: &'static [(&'static str, &'static str)],
    /// What the message holds.
    pub says: &'static str,
    /// Whether the operation was run, so that there is a `data` key.
    pub ran: bool,
}

const ME: &str = "{ me { username } }";

impl Row {
    pub fn new(what: &'static str, who: Who, query: &str) -> Self {
        Self {
            what,
            who,
            method: "POST",
            path: "/graphql",
            content: Some("application/json"),
            body: json!({ "query": query }).to_string().into(),
            status: (200, 200),
            code: "",
            reason: "",
            missing: Vec::new(),
            headers: &[],
            says: "",
            ran: false,
        }
    }

    fn at(self, method: &'static str, path: &'static str) -> Self {
        Self { method, path, ..self }
    }

    fn raw(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    fn typed(self, content: Option<&'static str>) -> Self {
        Self { content, ..self }
    }

    fn saying(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    /// A stranger, or someone whose credential is no bearer token.
    fn no_credential(self) -> Self {
        Self { status: (401, 401), code: "UNAUTHENTICATED", reason: "TOKEN_MISSING", headers: &[CHALLENGE], ..self }
    }

    fn dead(self, reason: &'static str) -> Self {
        Self { status: (401, 401), code: "UNAUTHENTICATED", reason, headers: &[INVALID_TOKEN], ..self }
    }

    fn forbidden(self, missing: &[&str]) -> Self {
        let missing = missing.iter().map(|name| (*name).to_owned()).collect();
        Self { status: (200, 403), code: "FORBIDDEN", missing, says: "not granted: ", ..self }
    }

    fn held(self) -> Self {
        Self { status: (200, 403), code: "FORBIDDEN", reason: "DOCUMENT_NOT_ALLOWED", ..self }
    }

    fn barred(self) -> Self {
        Self { status: (403, 403), code: "FORBIDDEN", reason: "ADDRESS_NOT_ALLOWED", ..self }
    }

    fn ran(self, code: &'static str) -> Self {
        Self { code, ran: true, ..self }
    }

    fn invalid(self, code: &'static str) -> Self {
        Self { status: (200, 400), code, ..self }
    }

    fn bad(self, code: &'static str) -> Self {
        Self { status: (400, 400), code, ..self }
    }

    fn method(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { status: (405, 405), code: "METHOD_NOT_ALLOWED", headers, ..self }
    }

    fn media(self) -> Self {
        Self { status: (415, 415), code: "UNSUPPORTED_MEDIA_TYPE", ..self }
    }
}

pub fn rows() -> Vec<Row> {
    [credentials(), powers(), input(), requests()].concat()
}

fn credentials() -> Vec<Row> {
    let row = |what, who| Row::new(what, who, ME);
    vec![
        row("no credential", Who::Nobody).no_credential(),
        Row::new("no credential, an invalid document", Who::Nobody, "{ nonsense }").no_credential(),
        Row::new("no credential, no document at all", Who::Nobody, "{").no_credential(),
        Row::new("no credential, introspection", Who::Nobody, "{ __schema { description } }").no_credential(),
        row("no credential, by GET", Who::Nobody).at("GET", "/graphql?query={me{username}}").no_credential(),
        row("no credential, the whole own schema", Who::Nobody).at("POST", "/doorward/graphql").no_credential(),
        row("no credential, the schema", Who::Nobody).at("GET", "/schema.graphql").no_credential(),
        row("Basic", Who::Header("Basic bWlhOm90dGVy")).no_credential().saying("only bearer tokens"),
        row("a bare token", Who::Header("dwd_pat_x")).no_credential().saying("only bearer tokens"),
        row("two headers", Who::TwoHeaders).no_credential(),
        row("misspelt", Who::Misspelt).no_credential().saying("`Authorization`, with a z"),
        row("misspelt, the schema", Who::Misspelt).at("GET", "/schema.graphql").no_credential().saying("with a z"),
        row("garbage", Who::Header("Bearer garbage")).dead("TOKEN_UNKNOWN"),
        row("nothing after the scheme", Who::Header("Bearer ")).dead("TOKEN_UNKNOWN"),
        row("never made", Who::Header("Bearer dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc")).dead("TOKEN_UNKNOWN"),
        row("mistyped", Who::Header("Bearer dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXd")).dead("TOKEN_UNKNOWN"),
        row("refresh token", Who::Refresh).dead("TOKEN_UNKNOWN").saying("this is a refresh token"),
        row("expired token", Who::Expired).dead("TOKEN_EXPIRED"),
        row("expired token, by GET", Who::Expired).at("GET", "/graphql?query={me{username}}").dead("TOKEN_EXPIRED"),
        row("expired token, the schema", Who::Expired).at("GET", "/schema.graphql").dead("TOKEN_EXPIRED"),
        Row::new("expired token, an invalid document", Who::Expired, "{ nonsense }").dead("TOKEN_EXPIRED"),
        row("expired session", Who::ExpiredSession).dead("TOKEN_EXPIRED"),
        row("revoked token", Who::Revoked).dead("TOKEN_REVOKED"),
        row("ended session", Who::EndedSession).dead("TOKEN_REVOKED"),
        row("disabled user", Who::Disabled).dead("USER_DISABLED"),
    ]
}

fn powers() -> Vec<Row> {
    let mutation = "mutation { createPersonalAccessToken(name: \"x\") }";
    let mixed = "{ me { id } users(id: 1) { entities { id email_address } } }";
    let barred = |what, query| Row::new(what, Who::Elsewhere, query).barred();
    vec![
        Row::new("another document", Who::Held, ME).held(),
        Row::new("another document, introspection", Who::Held, "{ __schema { description } }").held(),
        Row::new("another document, by GET", Who::Held, ME).at("GET", "/graphql?query={me{username}}").held(),
        Row { status: (403, 403), ..Row::new("no document, the schema", Who::Held, ME).held() }
            .at("GET", "/schema.graphql"),
        barred("another address", ME),
        barred("another address, an invalid document", "{ nonsense }"),
        barred("another address, introspection", "{ __schema { description } }"),
        barred("another address, no request at all", ME).raw("[]"),
        barred("another address, by GET", ME).at("GET", "/graphql?query={me{username}}"),
        barred("another address, the schema", ME).at("GET", "/schema.graphql"),
        Row::new("a field of others'", Who::Session, "{ users { entities { id } } }")
            .forbidden(&["Query.users", "UserConnection.entities"]),
        Row::new("a field of others', by token", Who::Writer, "{ roles { entities { name } } }")
            .forbidden(&["Query.roles", "RoleConnection.entities"]),
        Row::new("one field among many", Who::Session, mixed).forbidden(&[
            "Query.users",
            "User.email_address",
            "UserConnection.entities",
        ]),
        Row::new("a mutation by a reader", Who::Reader, mutation).forbidden(&["Mutation.createPersonalAccessToken"]),
        Row::new("outside the narrowing", Who::Narrow, ME).forbidden(&["Me.username"]),
        Row::new("under another name", Who::Narrow, "{ id: me { id: username } }").forbidden(&["Me.username"]),
        Row::new("through a fragment", Who::Narrow, "{ ...F } fragment F on Query { me { ... on Me { username } } }")
            .forbidden(&["Me.username"]),
        Row::new("by GET", Who::Narrow, ME).at("GET", "/graphql?query={me{username}}").forbidden(&["Me.username"]),
        Row::new("a mutation by GET, by a reader", Who::Reader, ME)
            .at("GET", "/graphql?query=mutation{signOut}")
            .method(&[("allow", "GET, POST")]),
    ]
}

fn input() -> Vec<Row> {
    let sign_in = |name: &str, password: &str| {
        format!(
            "mutation {{ signIn(credentials: {{ userName: \"{name}\", password: \"{password}\" }}) {{ expiresIn }} }}"
        )
    };
    let make = |argument: &str| format!("mutation {{ createPersonalAccessToken(name: \"x\", {argument}) }}");
    let narrowed =
        "mutation { issuePersonalAccessToken(input: { name: \"x\", permissions: [\"Query.mee\"] }) { token } }";
    vec![
        Row::new("wrong password", Who::Nobody, &sign_in("mia", "wrong")).ran("INVALID_CREDENTIALS"),
        Row::new("unknown user", Who::Nobody, &sign_in("nobody", "wrong")).ran("INVALID_CREDENTIALS"),
        Row::new("disabled", Who::Nobody, &sign_in("otto", crate::app::PASSWORD)).ran("INVALID_CREDENTIALS"),
        Row::new("wrong password beside a token", Who::Writer, &sign_in("mia", "wrong")).ran("INVALID_CREDENTIALS"),
        Row::new("a lifetime", Who::Session, &make("expiryInDays: 366")).ran("BAD_USER_INPUT").saying("1 to 365"),
        Row::new("a grant", Who::Session, narrowed).ran("BAD_USER_INPUT").saying("Query.me"),
        Row::new("another's token", Who::Session, "mutation { revokePersonalAccessToken(id: 77) { id } }")
            .ran("BAD_USER_INPUT"),
        Row::new("does not parse", Who::Session, "{ me {").invalid("GRAPHQL_PARSE_FAILED"),
        Row::new("is empty", Who::Session, "").invalid("GRAPHQL_PARSE_FAILED"),
        Row::new("does not validate", Who::Session, "{ nonsense }").invalid("GRAPHQL_VALIDATION_FAILED"),
        Row::new("a wrong argument", Who::Session, "{ me(id: 1) { id } }").invalid("GRAPHQL_VALIDATION_FAILED"),
        Row::new("which operation", Who::Session, "query A { me { id } } query B { me { name } }")
            .invalid("GRAPHQL_VALIDATION_FAILED")
            .saying("operationName"),
        Row::new("a variable is missing", Who::Session, "query ($a: Boolean!) { me { id @skip(if: $a) } }")
            .invalid("GRAPHQL_VALIDATION_FAILED"),
    ]
}

fn requests() -> Vec<Row> {
    let row = |what| Row::new(what, Who::Writer, ME);
    let flood = format!("{{ {} }}", (0..101).map(|n| format!("a{n}: me {{ id }} ")).collect::<String>());
    vec![
        row("a batch").raw(r#"[{"query":"{ me { id } }"}]"#).bad("BAD_REQUEST").saying("batches"),
        row("a key twice")
            .raw(r#"{"query":"{ me { id } }","query":"{ me { id } }"}"#)
            .bad("BAD_REQUEST")
            .saying("twice"),
        row("not UTF-8").raw(b"{\"query\":\"{ me { id } } #\xff\"}").bad("BAD_REQUEST").saying("UTF-8"),
        row("not JSON").raw("query").bad("BAD_REQUEST").saying("JSON"),
        row("a token in the URL").at("POST", "/graphql?token=x").bad("BAD_REQUEST").saying("URL"),
        row("a token in the URL, by GET")
            .at("GET", "/graphql?query={me{id}}&x=READER")
            .bad("BAD_REQUEST")
            .saying("URL"),
        Row::new("a stranger's token in the URL", Who::Nobody, ME)
            .at("GET", "/api/graphql?query={me{id}}&access_token=READER")
            .bad("BAD_REQUEST")
            .saying("URL"),
        row("a token in the URL of the schema")
            .at("GET", "/schema.graphql?token=READER")
            .bad("BAD_REQUEST")
            .saying("URL"),
        Row::new("a limit", Who::Writer, &flood).bad("LIMIT_EXCEEDED").saying("`limits.aliases`"),
        row("PUT").at("PUT", "/graphql").method(&[("allow", "GET, POST")]),
        row("DELETE").at("DELETE", "/api/graphql/").method(&[("allow", "GET, POST")]),
        row("PATCH").at("PATCH", "/graphql/").method(&[("allow", "GET, POST")]),
        row("a mutation by GET").at("GET", "/graphql?query=mutation{signOut}").method(&[("allow", "GET, POST")]),
        row("the schema by POST").at("POST", "/schema.graphql").method(&[("allow", "GET, HEAD")]),
        row("text").typed(Some("text/plain")).media(),
        row("a form").typed(Some("application/x-www-form-urlencoded")).media(),
        row("multipart").typed(Some("multipart/form-data; boundary=x")).media(),
        row("a bare document").typed(Some("application/graphql")).raw(ME).media(),
        row("another charset").typed(Some("application/json; charset=utf-16")).media(),
        row("no type at all").typed(None).media(),
    ]
}
