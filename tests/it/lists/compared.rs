//! Every attribute with every operator, compared with a naive reading of the whole list.

use doorward::lists::{Attribute, Kind, Listing};
use doorward::users::NewUser;
use doorward::{audit, names, roles, tokens, users};
use serde_json::{Value, json};

use crate::app::{Client, TestApp, new};

/// A list and how it is asked for.
struct List {
    field: &'static str,
    of: &'static Listing,
}

const LISTS: &[List] = &[
    List { field: "users", of: users::LISTING },
    List { field: "roles", of: roles::LISTING },
    List { field: "audit_events", of: audit::LISTING },
    List { field: "all_personal_access_tokens", of: tokens::LISTING },
];

impl List {
    fn query(&self) -> String {
        let fields: Vec<&str> = self.of.attributes.iter().map(|attribute| attribute.name).collect();
        format!(
            "query ($search: [Search!], $sorter: [Sorter!], $general: String) {{ {}(search: $search, sorter: $sorter, \
             general_search: $general, paginator: {{ records_per_page: 100 }}) {{ entities {{ {} }} page_info {{ total_count }} }} }}",
            self.field,
            fields.join(" ")
        )
    }

    async fn asked(&self, client: &Client<'_>, variables: Value) -> Vec<Value> {
        let data = client.gql_with(&self.query(), variables).await.data();
        let found = data[self.field]["entities"].as_array().unwrap().clone();
        assert_eq!(data[self.field]["page_info"]["total_count"], found.len(), "the count is of what was searched");
        found
    }

    async fn ids(&self, client: &Client<'_>, variables: Value) -> Vec<String> {
        ids(&self.asked(client, variables).await)
    }
}

fn ids(entities: &[Value]) -> Vec<String> {
    entities.iter().map(|entity| entity["id"].as_str().unwrap().to_owned()).collect()
}

/// What an entity holds, in a form in which it can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Number(i64),
    Text(String),
}

fn held(entity: &Value, attribute: &Attribute) -> Option<Held> {
    let value = &entity[attribute.name];
    if value.is_null() {
        return None;
    }
    let text = || value.as_str().unwrap();
    Some(match attribute.kind {
        Kind::Words => Held::Text(names::folded(text())),
        Kind::Text => Held::Text(text().to_owned()),
        Kind::Integer => Held::Number(text().parse().unwrap()),
        Kind::Boolean => Held::Number(value.as_bool().unwrap().into()),
        Kind::DateTime => Held::Number(text().parse::<jiff::Timestamp>().unwrap().as_microsecond()),
    })
}

/// The values to search an attribute for: some that are there, some beside them.
fn sought(all: &[Value], attribute: &Attribute) -> Vec<Value> {
    let mut there: Vec<Value> = Vec::new();
    for entity in all {
        let value = &entity[attribute.name];
        if !value.is_null() && !there.contains(value) && there.len() < 4 {
            there.push(value.clone());
        }
    }
    match attribute.kind {
        Kind::Words | Kind::Text => {
            let parts = there.iter().filter_map(|value| {
                let text = value.as_str()?;
                Some(json!(text.chars().skip(1).take(2).collect::<String>().to_uppercase()))
            });
            let parts: Vec<Value> = parts.collect();
            there.extend(parts);
            there.extend(["%", "_", "'", "\\", "ÄDA", "nowhere", ""].map(|text| json!(text)));
        }
        Kind::Integer => there.extend([json!(-1), json!("9223372036854775807")]),
        Kind::Boolean => there = vec![json!(true), json!(false)],
        Kind::DateTime => there.extend([json!("2026-03-01T00:00:00.000001Z"), json!("1999-12-31T23:59:59+01:00")]),
    }
    there
}

async fn compare_text(list: &List, ada: &Client<'_>, all: &[Value], attribute: &Attribute, value: &Value) -> usize {
    let needle = value.as_str().unwrap();
    let needle = if attribute.kind == Kind::Words { names::folded(needle) } else { needle.to_owned() };
    let mut compared = 0;
    for (matching, partial) in [(true, false), (true, true), (false, false), (false, true)] {
        let search = json!([{"string_fields": [{"attribute": attribute.name, "search_value": value, "match": matching, "partial_matching": partial}]}]);
        let got = list.ids(ada, json!({ "search": search })).await;
        let fits = |entity: &&Value| {
            let matched = match held(entity, attribute) {
                Some(Held::Text(text)) => {
                    if partial {
                        text.contains(&needle)
                    } else {
                        text == needle
                    }
                }
                _ => false,
            };
            matched == matching
        };
        let wanted: Vec<Value> = all.iter().filter(fits).cloned().collect();
        assert_eq!(got, ids(&wanted), "{} {} {value} match {matching} partial {partial}", list.field, attribute.name);
        compared += 1;
    }
    compared
}

async fn compare_order(list: &List, ada: &Client<'_>, all: &[Value], attribute: &Attribute, value: &Value) -> usize {
    let (fields, number) = match attribute.kind {
        Kind::Integer => ("integer_fields", value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap()),
        _ => ("datetime_fields", value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_microsecond()),
    };
    for operator in ["EQ", "NEQ", "LT", "LTE", "GT", "GTE"] {
        let search = json!([{fields: [{"attribute": attribute.name, "search_value": value, "operator": operator}]}]);
        let got = list.ids(ada, json!({ "search": search })).await;
        let fits = |entity: &&Value| match (held(entity, attribute), operator) {
            (None, _) => operator == "NEQ",
            (Some(Held::Number(held)), "EQ") => held == number,
            (Some(Held::Number(held)), "NEQ") => held != number,
            (Some(Held::Number(held)), "LT") => held < number,
            (Some(Held::Number(held)), "LTE") => held <= number,
            (Some(Held::Number(held)), "GT") => held > number,
            (Some(Held::Number(held)), _) => held >= number,
            _ => unreachable!("numbers only"),
        };
        let wanted: Vec<Value> = all.iter().filter(fits).cloned().collect();
        assert_eq!(got, ids(&wanted), "{} {} {operator} {value}", list.field, attribute.name);
    }
    6
}

async fn compare_truth(list: &List, ada: &Client<'_>, all: &[Value], attribute: &Attribute, value: &Value) -> usize {
    let search = json!([{"boolean_fields": [{"attribute": attribute.name, "search_value": value}]}]);
    let got = list.ids(ada, json!({ "search": search })).await;
    let wanted: Vec<Value> = all.iter().filter(|entity| entity[attribute.name] == *value).cloned().collect();
    assert_eq!(got, ids(&wanted), "{} {} {value}", list.field, attribute.name);
    1
}

async fn sorted(list: &List, ada: &Client<'_>, all: &[Value], attribute: &Attribute) -> usize {
    for down in [false, true] {
        let sorter = json!([{"attribute": attribute.name, "direction": if down { "DESC" } else { "ASC" }}]);
        let got = list.ids(ada, json!({ "sorter": sorter })).await;
        let mut wanted = all.to_vec();
        // The sort is stable, so that those alike stay in the order of their numbers.
        wanted.sort_by(|one, other| match (held(one, attribute), held(other, attribute)) {
            (Some(one), Some(other)) => {
                if down {
                    other.cmp(&one)
                } else {
                    one.cmp(&other)
                }
            }
            (one, other) => one.is_none().cmp(&other.is_none()),
        });
        assert_eq!(got, ids(&wanted), "{} by {} {down}", list.field, attribute.name);
    }
    2
}

/// People, roles and deeds with names that databases read differently.
async fn populate(app: &TestApp) {
    for (place, name) in
        ["Äda", "ÄDAM", "straße", "per%cent", "under_score", "quo'te", "back\\slash", "zoë"].iter().enumerate()
    {
        let email = (place % 2 == 0).then(|| format!("User{place}@Example.com"));
        let full = if place % 3 == 0 { None } else { Some(format!("{name} {}", "Ünal".repeat(place % 3))) };
        app.add(NewUser { email_address: email, name: full, password: None, ..new(name) }).await;
        app.later(1);
    }
    app.role("Ärzte", &["Query.users"]).await;
    app.role("zeta_100%", &["Query.roles"]).await;
    app.enable("zoë", false).await;
    app.try_sign_in("straße", "wrong").await;
}

/// Tokens with and without what a token may have.
async fn keys(app: &TestApp, ada: &Client<'_>) {
    for (name, description) in
        [("Änne", Some("Liest ALLES")), ("änne_2", None), ("100%", Some("")), ("Zoë", Some("it's"))]
    {
        app.later(60);
        ada.issue(json!({"name": name, "description": description, "role": "ROLE_READ_WRITE"})).await;
    }
    let used = ada.writer().await;
    used.gql("{ me { id } }").await.data();
    app.write_uses().await;
    ada.gql("mutation { rotatePersonalAccessToken(id: 2) { token } }").await.data();
    ada.gql("mutation { revokeAnyPersonalAccessToken(id: 3, reason: \"Left\") { id } }").await.data();
}

on_both! {
    async fn each_attribute_with_each_operator_as_a_reader_of_the_whole_list_would_say(app: TestApp) {
        populate(&app).await;
        let ada = app.admin().await;
        keys(&app, &ada).await;
        let mut compared = 0;
        for list in LISTS {
            let all = list.asked(&ada, json!({})).await;
            assert!(all.len() >= 4, "{} has something to tell apart", list.field);
            for attribute in list.of.attributes {
                for value in sought(&all, attribute) {
                    compared += match attribute.kind {
                        Kind::Words | Kind::Text => compare_text(list, &ada, &all, attribute, &value).await,
                        Kind::Integer | Kind::DateTime => compare_order(list, &ada, &all, attribute, &value).await,
                        Kind::Boolean => compare_truth(list, &ada, &all, attribute, &value).await,
                    };
                }
                compared += sorted(list, &ada, &all, attribute).await;
            }
        }
        println!("{compared} searches and sorts compared");
        assert!(compared > 800, "{compared}");
    }

    async fn searches_are_joined_by_or_and_their_parts_by_and(app: TestApp) {
        populate(&app).await;
        let ada = app.admin().await;
        let found = async |search: Value| {
            let query = "query ($search: [Search!]) { users(search: $search) { entities { username } } }";
            let data = ada.gql_with(query, json!({ "search": search })).await.data();
            let names = data["users"]["entities"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>().join(" ")
        };
        let holds = |text: &str| json!({"attribute": "username", "search_value": text, "partial_matching": true});
        let disabled = json!([{"attribute": "enabled", "search_value": false}]);
        assert_eq!(found(json!([{"string_fields": [holds("a"), holds("d")]}])).await, "Äda ÄDAM ada");
        assert_eq!(found(json!([{"string_fields": [holds("st")]}, {"boolean_fields": disabled}])).await, "straße zoë");
        assert_eq!(found(json!([{"string_fields": [holds("st")], "boolean_fields": disabled}])).await, "");
        // What asks nothing keeps nothing out.
        let everyone = found(json!([])).await;
        assert_eq!(found(json!([{}])).await, everyone);
        assert_eq!(found(json!(null)).await, everyone);
        assert_eq!(everyone.split(' ').count(), 9);
    }

    async fn sorters_count_one_after_the_other_and_pages_follow_them(app: TestApp) {
        populate(&app).await;
        let ada = app.admin().await;
        let query = "query ($page: Int) { users(sorter: [{ attribute: \"enabled\" }, { attribute: \"username\", direction: DESC }], \
                     paginator: { page: $page, records_per_page: 4 }) { entities { username } page_info { page total_count total_pages } } }";
        let mut names = Vec::new();
        for page in 1..=3 {
            let data = ada.gql_with(query, json!({ "page": page })).await.data();
            assert_eq!(data["users"]["page_info"], json!({"page": page, "total_count": 9, "total_pages": 3}));
            names.extend(data["users"]["entities"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()));
        }
        assert_eq!(names.join(" "), "zoë ÄDAM Äda under_score straße quo'te per%cent back\\slash ada");
    }
}
