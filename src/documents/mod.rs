//! Documents as texts: how they are read, and in which form two of them are the same document.

pub mod white_space;

use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};

/// The form in which documents are compared: printed anew, so without comments and with the white space of one
/// printer; and without the `__typename` that client libraries add, except where nothing else is selected.
#[must_use]
pub fn normal(document: &ExecutableDocument) -> String {
    let mut document = document.clone();
    for operation in document.operations.anonymous.iter_mut().chain(document.operations.named.values_mut()) {
        strip(&mut operation.make_mut().selection_set);
    }
    for fragment in document.fragments.values_mut() {
        strip(&mut fragment.make_mut().selection_set);
    }
    document.to_string()
}

fn strip(set: &mut SelectionSet) {
    for selection in &mut set.selections {
        match selection {
            Selection::Field(field) if field.selection_set.selections.is_empty() => {}
            Selection::Field(field) => strip(&mut field.make_mut().selection_set),
            Selection::InlineFragment(inline) => strip(&mut inline.make_mut().selection_set),
            Selection::FragmentSpread(_) => {}
        }
    }
    if set.selections.iter().all(added) {
        set.selections.truncate(1);
    } else {
        set.selections.retain(|selection| !added(selection));
    }
}

/// A `__typename` as client libraries add it: without alias and directive.
fn added(selection: &Selection) -> bool {
    matches!(selection, Selection::Field(field)
        if field.name == "__typename" && field.alias.is_none() && field.directives.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use apollo_compiler::Schema;

    fn normal_of(text: &str) -> String {
        let schema = "type Query { a: Query, b(x: In, s: String): Int } input In { y: [Int] }";
        let schema = Schema::parse_and_validate(schema, "").unwrap();
        normal(&ExecutableDocument::parse_and_validate(&schema, text, "").unwrap())
    }

    #[test]
    fn white_space_comments_commas_and_added_names_of_types_make_no_other_document() {
        let plain = normal_of("query Q($v: [Int] = [1 2]) { a { ...F b(x: {y: $v}) } } fragment F on Query { c: b }");
        for same in [
            "query Q ( $v : [Int] = [1, 2] , ) {\n\t# a comment\n a { ...F, b(x: {y: $v}), } }\n fragment F on Query{c:b}",
            "query Q($v: [Int] = [1 2]) { __typename a { ...F b(x: {y: $v}) __typename } } fragment F on Query { c: b __typename }",
            "fragment F on Query { c: b } query Q($v: [Int] = [1 2]) { a { ...F b(x: {y: $v}) } }",
        ] {
            assert_eq!(normal_of(same), plain, "{same}");
        }
        for other in [
            "query Q($v: [Int] = [1 3]) { a { ...F b(x: {y: $v}) } } fragment F on Query { c: b }",
            "query R($v: [Int] = [1 2]) { a { ...F b(x: {y: $v}) } } fragment F on Query { c: b }",
            "query Q($v: [Int] = [1 2]) { a { ...F b(x: {y: $v}) t: __typename } } fragment F on Query { c: b }",
            "query Q($v: [Int] = [1 2]) { a { ...F d: b(x: {y: $v}) } } fragment F on Query { c: b }",
            "query Q($v: [Int] = [1 2]) { a { b(x: {y: $v}) ...F } } fragment F on Query { c: b }",
            "query Q($v: [Int] = [1 2]) { a { ...F b(x: {y: $v}) } } fragment F on Query { c: b a { b } }",
        ] {
            assert_ne!(normal_of(other), plain, "{other}");
        }
    }

    #[test]
    fn a_name_of_a_type_stays_where_nothing_else_is_asked() {
        assert_eq!(normal_of("{ a { __typename __typename } }"), normal_of("{ a { __typename } __typename }"));
        assert_ne!(normal_of("{ a { __typename } }"), normal_of("{ a { b } }"));
        assert_eq!(normal_of("{ a { ... { __typename } b } }"), normal_of("{ a { ... { __typename } b } }"));
    }

    /// What is stored was printed by an earlier release: a printer that prints anything in another way would end every
    /// token that is held to documents.
    #[test]
    fn the_form_stays_what_it_was() {
        let all = "query Q($v: [Int!]! = [1, -2] @d, $s: String) @include(if: true) { x: a @skip(if: $b) { b(x: {y: $v}, s: \"q\\\"\\u00e4\\n\") ... on Query { b(s: $s) } ... { b } ...F } }
            fragment F on Query { b(x: null, s: \"\"\"block\"\"\") }";
        let schema = Schema::parse_and_validate(
            "type Query { a: Query, b(x: In, s: String): Int } input In { y: [Int] } directive @d on VARIABLE_DEFINITION",
            "",
        );
        let parsed = ExecutableDocument::parse(&schema.unwrap(), all, "").unwrap();
        insta::assert_snapshot!(normal(&parsed), @r#"
        query Q($v: [Int!]! = [1, -2] @d, $s: String) @include(if: true) {
          x: a @skip(if: $b) {
            b(x: {y: $v}, s: "q\"ä\n")
            ... on Query {
              b(s: $s)
            }
            ... {
              b
            }
            ...F
          }
        }

        fragment F on Query {
          b(x: null, s: "block")
        }
        "#);
    }
}
