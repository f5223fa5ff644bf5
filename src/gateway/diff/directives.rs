//! What changed about the definitions of directives. Refuses to know where a schema uses them: what `@deprecated`
//! means is `deprecation`'s, and what any other means nobody here can say.

use super::inputs::DIRECTIVE_ARGUMENT;
use super::twins::{Twin, twins};
use super::{Criticality, Diff};
use apollo_compiler::ast::DirectiveDefinition;
use apollo_compiler::{Name, Node, Schema};

/// The specification's own, whether or not a schema spells them out.
const SPECIFIED: [&str; 5] = ["deprecated", "include", "oneOf", "skip", "specifiedBy"];

fn definitions(schema: &Schema) -> impl Iterator<Item = (&Name, &Node<DirectiveDefinition>)> {
    schema.directive_definitions.iter().filter(|(name, _)| !SPECIFIED.contains(&name.as_str()))
}

impl<'a> Diff<'a> {
    pub(super) fn directives(&mut self) {
        for twin in twins(definitions(self.before.schema), definitions(self.after.schema)) {
            match twin {
                Twin::Gone(directive) => {
                    let path = format!("@{}", directive.name);
                    self.breaking("DIRECTIVE_REMOVED", &path, format!("the directive {path} is gone"));
                }
                Twin::New(directive) => {
                    let path = format!("@{}", directive.name);
                    self.non_breaking("DIRECTIVE_ADDED", &path, format!("the directive {path} is new"));
                    self.directive(&path, None, directive);
                }
                Twin::Kept(before, after) => self.directive(&format!("@{}", after.name), Some(before), after),
            }
        }
    }

    fn directive(&mut self, path: &str, before: Option<&'a DirectiveDefinition>, after: &'a DirectiveDefinition) {
        let was = before.and_then(|before| before.description.as_deref());
        self.description(["DIRECTIVE_DESCRIPTION_CHANGED"; 3], path, path, was, after.description.as_deref());
        self.repeatable(path, before.is_some_and(|before| before.repeatable), after.repeatable);
        self.locations(path, before, after);
        self.inputs(&DIRECTIVE_ARGUMENT, path, before.map(|before| &*before.arguments), &after.arguments);
    }

    fn repeatable(&mut self, path: &str, before: bool, after: bool) {
        match (before, after) {
            (false, true) => {
                let message = format!("{path} may stand more than once in a place now");
                self.non_breaking("DIRECTIVE_REPEATABLE_ADDED", path, message);
            }
            (true, false) => {
                let message = format!("{path} may stand only once in a place now");
                self.note(Criticality::Dangerous, "DIRECTIVE_REPEATABLE_REMOVED", path, message);
            }
            _ => {}
        }
    }

    fn locations(&mut self, path: &str, before: Option<&DirectiveDefinition>, after: &DirectiveDefinition) {
        let (was, is) = (before.map(|before| &*before.locations).unwrap_or_default(), &after.locations);
        for location in is.iter().filter(|location| !was.contains(location)) {
            self.non_breaking("DIRECTIVE_LOCATION_ADDED", path, format!("{path} may stand on {location} now"));
        }
        for location in was.iter().filter(|location| !is.contains(location)) {
            let message = format!("{path} may not stand on {location} any more");
            self.breaking("DIRECTIVE_LOCATION_REMOVED", path, message);
        }
    }
}
