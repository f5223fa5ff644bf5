//! Schemas of ten thousand fields and more.

use super::{Behind, before};
use crate::databases::Database;
use serde_json::json;
use std::fmt::Write as _;

/// So many types of twenty fields each, half of which take an argument.
fn sdl(types: usize) -> String {
    let mut sdl = "input In { a: Int b: String }\ntype Query {\n".to_owned();
    (0..types).for_each(|ty| writeln!(sdl, "  t{ty}(id: ID): T{ty}").unwrap());
    sdl.push_str("}\n");
    for ty in 0..types {
        writeln!(sdl, "type T{ty} {{").unwrap();
        for field in 0..20 {
            let arguments = if field % 2 == 0 { "(first: Int, where: In)" } else { "" };
            let leads = if field == 19 { format!("T{}", (ty + 1) % types) } else { "String".into() };
            writeln!(sdl, "  f{field}{arguments}: {leads}").unwrap();
        }
        sdl.push_str("}\n");
    }
    sdl
}

on_both! {
    async fn ten_thousand_fields_are_taken_in_and_shown_as_far_as_they_are_held(database: Database) {
        let behind = Behind::new(&sdl(500)).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin().await;
        let narrow = json!({"name": "n", "permissions": ["Query.t7", "T7.f1", "T7.f19", "T8.f3"]});
        let narrow = ada.with(narrow).await;
        let shown = narrow.get("/schema.graphql").await.text();
        insta::assert_snapshot!(shown, @"
        type Query {
          t7(id: ID): T7
        }

        type T7 {
          f1: String
          f19: T8
        }

        type T8 {
          f3: String
        }
        ");
        behind.says(r#"{"data":{"t7":{"f19":{"f3":"x"}}}}"#);
        let answer = narrow.gql("{ t7(id: 1) { f19 { f3 } } }").await;
        assert_eq!(answer.text(), r#"{"data":{"t7":{"f19":{"f3":"x"}}}}"#);
        assert_eq!(narrow.gql("{ t7 { f19 { f2 } } }").await.missing(), ["T8.f2"]);
        assert_eq!(behind.got().len(), 1);
        let types = ada.gql("{ __schema { types { name } } }").await.data();
        assert!(types["__schema"]["types"].as_array().unwrap().len() > 500);
    }
}
