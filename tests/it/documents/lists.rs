//! The page of lists names every attribute of every list, and no other.

use super::{code_spans, page};
use doorward::lists::{Kind, Listing};
use doorward::{audit, roles, tokens, users};

/// The lists of one form, by their field.
const LISTS: &[(&str, &Listing)] = &[
    ("users", users::LISTING),
    ("roles", roles::LISTING),
    ("personal_access_tokens", tokens::LISTING),
    ("all_personal_access_tokens", tokens::LISTING),
    ("audit_events", audit::LISTING),
];

#[test]
fn the_page_names_the_attributes_of_each_list() {
    let page = page("docs/lists.md");
    let (_, by_what) = page.text.split_once("\n## By what\n").unwrap();
    let rows: Vec<Vec<Vec<String>>> = by_what
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(code_spans).collect())
        .collect();
    for (field, listing) in LISTS {
        let row = rows.iter().find(|row| row[0].iter().any(|name| name == field));
        let row = row.unwrap_or_else(|| panic!("the page has a row for `{field}`"));
        let kinds = [Kind::Words, Kind::Text, Kind::Integer, Kind::Boolean, Kind::DateTime];
        for (kind, cell) in kinds.into_iter().zip(&row[1..]) {
            let there = listing.attributes.iter().filter(|attribute| attribute.kind == kind);
            let there: Vec<&str> = there.map(|attribute| attribute.name).collect();
            assert_eq!(*cell, there, "{field} {kind:?}");
        }
    }
}
