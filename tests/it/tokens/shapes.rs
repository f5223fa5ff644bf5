//! The schema as each credential is shown it: by introspection and as text, never a name that it cannot use.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::app::{Client, TestApp};

const INTROSPECTION: &str = "{ __schema { queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description
    fields(includeDeprecated: true) { name description type { ...T } args(includeDeprecated: true) { name type { ...T } } }
    inputFields(includeDeprecated: true) { name type { ...T } } enumValues(includeDeprecated: true) { name }
    interfaces { name } possibleTypes { name } }
  directives { name args { name type { ...T } } } } }
  fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The types and their fields as introspection tells them, without those of introspection itself.
async fn introspected(client: &Client<'_>) -> BTreeSet<String> {
    let data = client.gql(INTROSPECTION).await.data();
    let mut names = BTreeSet::new();
    for ty in data["__schema"]["types"].as_array().unwrap() {
        let name = ty["name"].as_str().unwrap();
        if name.starts_with("__") {
            continue;
        }
        names.insert(name.to_owned());
        for key in ["fields", "inputFields", "enumValues"] {
            for field in ty[key].as_array().into_iter().flatten() {
                names.insert(format!("{name}.{}", field["name"].as_str().unwrap()));
            }
        }
    }
    names
}

/// The same by the text at `/schema.graphql`, which has to be a valid schema.
async fn printed(client: &Client<'_>) -> BTreeSet<String> {
    let text = client.get("/schema.graphql").await.text();
    let schema = Schema::parse_and_validate(&text, "shown.graphql").unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut names = BTreeSet::new();
    for (name, ty) in &schema.types {
        if ty.is_built_in() && name.starts_with("__") {
            continue;
        }
        names.insert(name.to_string());
        match ty {
            ExtendedType::Object(ty) => names.extend(ty.fields.keys().map(|field| format!("{name}.{field}"))),
            ExtendedType::InputObject(ty) => names.extend(ty.fields.keys().map(|field| format!("{name}.{field}"))),
            ExtendedType::Enum(ty) => names.extend(ty.values.keys().map(|value| format!("{name}.{value}"))),
            _ => {}
        }
    }
    names
}

fn roots(names: &BTreeSet<String>) -> String {
    let shown = names.iter().filter(|name| name.starts_with("Query") || name.starts_with("Mutation"));
    shown.cloned().collect::<Vec<_>>().join(" ")
}

on_both! {
    async fn each_is_shown_what_it_may_use(app: TestApp) {
        let (mia, ada) = (app.member().await, app.admin().await);
        let narrow = mia.with(json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": ["Query.me", "Me.id", "Me.username", "Mutation.createPersonalAccessToken(name:)"]})).await;
        let nothing = mia.with(json!({"name": "n", "permissions": []})).await;
        assert_snapshot!(roots(&introspected(&mia).await), @"Mutation Mutation.changePassword Mutation.confirmPersonalAccessToken Mutation.createPersonalAccessToken Mutation.issuePersonalAccessToken Mutation.proveSession Mutation.revokePersonalAccessToken Mutation.rotatePersonalAccessToken Mutation.signOut Mutation.updateMe Mutation.updatePersonalAccessToken Query Query.current_personal_access_token Query.me Query.permissions Query.personal_access_tokens Query.sessions Query.viewPersonalAccessTokens");
        assert_snapshot!(roots(&introspected(&mia.reader().await).await), @"Query Query.current_personal_access_token Query.me Query.permissions Query.personal_access_tokens Query.sessions Query.viewPersonalAccessTokens");
        assert_snapshot!(narrow.get("/schema.graphql").await, @r#"
        """
        A 64-bit integer: accepts an integer or a string of digits, answers a string.
        """
        scalar Int64Bit

        """Who is calling."""
        type Me {
          """One's number."""
          id: Int64Bit!
          """The name one signs in with."""
          username: String!
        }

        """What can be changed."""
        type Mutation {
          """
          Makes a token for the caller and answers it, this once: read-only unless `role` says otherwise.
          """
          createPersonalAccessToken(name: String!): String!
        }

        """What can be asked."""
        type Query {
          """
          Who is calling. Its own type, so that seeing one's own details grants nothing about other people's.
          """
          me: Me!
        }
        "#);
        assert_snapshot!(nothing.get("/schema.graphql").await, @r#"
        """What can be asked."""
        type Query {
          """
          Nothing of the API is open to this credential; this field is not there to be asked for.
          """
          _nothing_granted: Boolean
        }
        "#);
        for client in [&mia, &ada, &narrow, &mia.reader().await, &ada.reader().await] {
            let (told, text) = (introspected(client).await, printed(client).await);
            let differ: Vec<_> = told.symmetric_difference(&text).filter(|name| !["Int", "Float", "String", "Boolean", "ID"].contains(&name.as_str())).collect();
            assert!(differ.is_empty(), "{differ:?}");
        }
        let reader = introspected(&ada.reader().await).await;
        assert!(!reader.iter().any(|name| name.starts_with("Mutation") || name.contains("Payload") || name.contains("Issue")), "{reader:?}");
    }

    async fn no_hidden_name_is_anywhere_in_what_is_shown(app: TestApp) {
        let mia = app.member().await;
        let narrow = mia.with(json!({"name": "n", "permissions": ["Query.me", "Me.id"]})).await;
        let data = narrow.gql(INTROSPECTION).await.data();
        let mut all = BTreeSet::new();
        for key in ["types", "queryType", "mutationType", "subscriptionType", "directives"] {
            let told = &data["__schema"][key];
            let own = told.as_array().into_iter().flatten().filter(|ty| !ty["name"].as_str().unwrap().starts_with("__"));
            own.for_each(|ty| names(ty, &mut all));
            if told.is_object() {
                names(told, &mut all);
            }
        }
        assert_snapshot!(all.into_iter().collect::<Vec<_>>().join(" "), @"Boolean Int Int64Bit Me Query String deprecated id if include me reason skip specifiedBy url");
        for name in ["User", "Role", "Mutation", "SignInPayload", "TokenRole", "Int64Bit", "Nope"] {
            let answer = narrow.gql(&format!("{{ __type(name: \"{name}\") {{ name fields {{ name }} }} }}")).await.to_string();
            assert_eq!(answer != r#"{"__type":null}"#, name == "Int64Bit", "{name}: {answer}");
        }
        assert_eq!(app.anonymous().get("/schema.graphql").await.status, 401);
    }

    async fn what_is_shown_can_be_called(app: TestApp) {
        let mia = app.member().await;
        let reader = mia.reader().await;
        let data = reader.gql(INTROSPECTION).await.data();
        let types = data["__schema"]["types"].as_array().unwrap();
        let mut asked = 0;
        for field in fields(types, "Query") {
            let query = format!("{{ {} }}", selection(types, field, 4));
            assert_eq!(reader.gql(&query).await.code(), "", "{query}");
            asked += 1;
        }
        assert_eq!(asked, 6);
    }

    async fn introspection_beside_other_fields_excuses_none_of_them(app: TestApp) {
        let mia = app.member().await;
        for meta in ["__schema { queryType { name } }", "__type(name: \"Query\") { name }", "__typename"] {
            let answer = mia.gql(&format!("{{ {meta} users {{ entities {{ id }} }} }}")).await;
            assert_eq!(answer.missing(), ["Query.users", "UserConnection.entities"], "{meta}");
        }
        let named = mia.gql("query __schema { __schema: users { entities { id } } ...__schema } fragment __schema on Query { users { entities { id } } }").await;
        assert_eq!(named.json().get("data"), None);
        assert_snapshot!(mia.gql("{ b: __typename me { id } __schema { queryType { name } } a: me { username } }").await, @r#"{"b":"Query","me":{"id":"1"},"__schema":{"queryType":{"name":"Query"}},"a":{"username":"mia"}}"#);
    }
}

/// Every name in what introspection told.
fn names(told: &Value, all: &mut BTreeSet<String>) {
    match told {
        Value::Object(object) => {
            all.extend(object.get("name").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| names(value, all));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, all)),
        _ => {}
    }
}

fn fields<'a>(types: &'a [Value], name: &str) -> impl Iterator<Item = &'a Value> {
    let found = types.iter().find(|ty| ty["name"] == name);
    found.and_then(|ty| ty["fields"].as_array()).into_iter().flatten()
}

fn selection(types: &[Value], field: &Value, depth: usize) -> String {
    let mut ty = &field["type"];
    while !ty["ofType"].is_null() {
        ty = &ty["ofType"];
    }
    let name = field["name"].as_str().unwrap();
    let inner: Vec<String> = if depth == 0 {
        vec!["__typename".into()]
    } else {
        fields(types, ty["name"].as_str().unwrap()).map(|field| selection(types, field, depth - 1)).collect()
    };
    if ty["kind"] == "OBJECT" { format!("{name} {{ {} }}", inner.join(" ")) } else { name.to_owned() }
}
