//! Object literals that give a field twice (GraphQL, Input Object Field Uniqueness): apollo-compiler lets them pass,
//! and executors differ on which of the two counts.

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Definition, DirectiveList, Document, Selection, Value};

/// The first field that is given twice in one object literal of the document.
#[must_use]
pub fn repeated_field(document: &Document) -> Option<&str> {
    document.definitions.iter().find_map(|definition| match definition {
        Definition::OperationDefinition(operation) => {
            let defaults = operation.variables.iter().filter_map(|variable| variable.default_value.as_ref());
            let on_variables = operation.variables.iter().find_map(|variable| in_directives(&variable.directives));
            defaults
                .map(|value| in_value(value))
                .find(Option::is_some)
                .flatten()
                .or(on_variables)
                .or_else(|| in_directives(&operation.directives))
                .or_else(|| in_selections(&operation.selection_set))
        }
        Definition::FragmentDefinition(fragment) => {
            in_directives(&fragment.directives).or_else(|| in_selections(&fragment.selection_set))
        }
        _ => None,
    })
}

fn in_selections(selections: &[Selection]) -> Option<&str> {
    selections.iter().find_map(|selection| match selection {
        Selection::Field(field) => in_arguments(&field.arguments)
            .or_else(|| in_directives(&field.directives))
            .or_else(|| in_selections(&field.selection_set)),
        Selection::FragmentSpread(spread) => in_directives(&spread.directives),
        Selection::InlineFragment(inline) => {
            in_directives(&inline.directives).or_else(|| in_selections(&inline.selection_set))
        }
    })
}

fn in_directives(directives: &DirectiveList) -> Option<&str> {
    directives.iter().find_map(|directive| in_arguments(&directive.arguments))
}

fn in_arguments(arguments: &[Node<Argument>]) -> Option<&str> {
    arguments.iter().find_map(|argument| in_value(&argument.value))
}

fn in_value(value: &Value) -> Option<&str> {
    match value {
        Value::List(items) => items.iter().find_map(|item| in_value(item)),
        Value::Object(fields) => fields.iter().enumerate().find_map(|(at, (name, value))| {
            let again = fields[..at].iter().any(|(before, _)| before == name);
            if again { Some(name.as_str()) } else { in_value(value) }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_given_twice_is_found_wherever_it_stands() {
        let found = |text: &str| repeated_field(&Document::parse(text, "").unwrap()).map(str::to_owned);
        for text in [
            "{ a(b: {c: 1, d: 2, c: 3}) }",
            "{ a { b(x: [{y: {c: 1, c: 1}}]) } }",
            "query($v: I = {c: 1, c: 2}) { a(v: $v) }",
            "{ ...F } fragment F on Q { a @d(x: {c: 1, c: 2}) }",
            "{ ... on Q @d(x: {c: 1, c: 2}) { a } }",
            "query @d(x: {c: 1, c: 2}) { a }",
        ] {
            assert_eq!(found(text).as_deref(), Some("c"), "{text}");
        }
        assert_eq!(found("{ a(b: {c: 1}, d: {c: 1}) b: a(b: [{c: 1}, {c: 1}]) }"), None);
    }
}
