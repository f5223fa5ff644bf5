//! Every statement in the source is prepared on both databases.

use super::{inside, sources};
use crate::databases::Database;
use doorward::storage::{Sql, Value};
use syn::visit::Visit;

/// Collects what stands in `sql!(…)`.
#[derive(Default)]
struct Statements(Vec<String>);

impl<'ast> Visit<'ast> for Statements {
    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        if found.path.segments.last().is_some_and(|last| last.ident == "sql")
            && let Ok(text) = found.parse_body::<syn::LitStr>()
        {
            self.0.push(text.value());
        }
        // Statements inside other macros (`vec![…]`) would be missed: `every_sql_is_found` counts them.
        syn::visit::visit_macro(self, found);
    }
}

fn statements() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, text) in sources("src") {
        let file = inside(&path);
        if file.starts_with("src/storage/") {
            continue; // Its own tests run these.
        }
        let mut found = Statements::default();
        found.visit_file(&syn::parse_file(&text).unwrap());
        let written = text.matches("sql!(").count();
        assert_eq!(found.0.len(), written, "{file}: a statement stands where this test does not see it");
        all.extend(found.0.into_iter().map(|statement| (file.clone(), statement)));
    }
    assert!(all.len() > 30, "the statements are found");
    all
}

/// As many parameters as the statement names.
fn parameters(statement: &str) -> usize {
    (1..=30).rev().find(|number| statement.contains(&format!("${number}"))).unwrap_or(0)
}

on_both! {
    async fn every_statement_is_one_that_the_database_knows(database: Database) {
        let storage = database.open().await;
        for (file, statement) in statements() {
            // Asked to explain it, a database parses and plans a statement and runs nothing.
            let explained = format!("explain {statement}");
            let nulls = vec![Value::Null; parameters(&statement)];
            let done = storage.write(move |tx| tx.all(Sql::literal(explained.leak()), &nulls)).await;
            assert!(done.is_ok(), "{file}: {statement}\n{done:?}");
        }
    }
}
