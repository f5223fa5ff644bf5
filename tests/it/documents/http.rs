//! The page of HTTP names every path, every code and every reason, and no other.

use super::{code_spans, page, without_links};
use doorward::error::{Code, Reason};
use doorward::graphql::answer::{Media, status};
use std::collections::BTreeSet;

/// The first cells of a table.
fn firsts(header: &[&str]) -> BTreeSet<String> {
    page("docs/http.md").rows(header).iter().flat_map(|row| code_spans(&row[0])).collect()
}

#[test]
fn every_code_is_told_of() {
    // On the wire what does not exist is a bad argument.
    let codes = Code::ALL.iter().filter(|code| **code != Code::NotFound);
    let row = |code: &Code| {
        let [usual, other] = [Media::Json, Media::GraphqlResponse].map(|media| status(*code, media).as_u16());
        format!("| `{}` | {usual}, {other} | {} | {} |", code.as_str(), code.means(), code.to_do())
    };
    told_as(&["`code`", "status", "what it means", "what to do"], &codes.map(row).collect::<Vec<_>>());
}

#[test]
fn every_reason_is_told_of() {
    let row = |reason: &Reason| format!("| `{}` | {} | {} |", reason.as_str(), reason.means(), reason.to_do());
    told_as(&["`reason`", "what it means", "what to do"], &Reason::ALL.iter().map(row).collect::<Vec<_>>());
}

/// Whether the page has these rows below this header, links aside.
#[track_caller]
fn told_as(header: &[&str], rows: &[String]) {
    let told = page("docs/http.md").rows(header);
    let told: Vec<String> = told.iter().map(|row| without_links(&format!("| {} |", row.join(" | ")))).collect();
    assert!(told == rows, "the table of docs/http.md, links aside, must be:\n{}", rows.join("\n"));
}

#[test]
fn every_path_is_told_of() {
    let routes: BTreeSet<String> = doorward::app::ROUTES.iter().map(|route| route.path.to_owned()).collect();
    assert_eq!(firsts(&["path", "methods", "what"]), routes);
}
