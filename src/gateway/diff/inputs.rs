//! What changed about what is given: the arguments of fields, the arguments of directives, and the fields of input
//! types. What a default stands for is `defaults`'.

use super::twins::{Twin, twins};
use super::wrapped::is_safe_to_give;
use super::{Criticality, Diff};
use apollo_compiler::ast::{InputValueDefinition, Value};

/// How graphql-inspector speaks of one kind of what is given.
pub(super) struct Terms {
    noun: &'static str,
    added: &'static str,
    removed: &'static str,
    descriptions: [&'static str; 3],
    default: &'static str,
    ty: &'static str,
    /// What it means that one came to what was there before.
    criticality: fn(&InputValueDefinition, has_default: bool) -> Criticality,
    /// The place of one that came is that of its owner.
    is_added_to_owner: bool,
    /// That one that came has a description is told.
    is_described_when_added: bool,
}

pub(super) const ARGUMENT: Terms = Terms {
    noun: "argument",
    added: "FIELD_ARGUMENT_ADDED",
    removed: "FIELD_ARGUMENT_REMOVED",
    descriptions: ["FIELD_ARGUMENT_DESCRIPTION_CHANGED"; 3],
    default: "FIELD_ARGUMENT_DEFAULT_CHANGED",
    ty: "FIELD_ARGUMENT_TYPE_CHANGED",
    criticality: |argument, has_default| match (argument.ty.is_non_null(), has_default) {
        (true, false) => Criticality::Breaking,
        _ => Criticality::Dangerous,
    },
    is_added_to_owner: false,
    is_described_when_added: false,
};

pub(super) const INPUT_FIELD: Terms = Terms {
    noun: "field",
    added: "INPUT_FIELD_ADDED",
    removed: "INPUT_FIELD_REMOVED",
    descriptions: [
        "INPUT_FIELD_DESCRIPTION_ADDED",
        "INPUT_FIELD_DESCRIPTION_REMOVED",
        "INPUT_FIELD_DESCRIPTION_CHANGED",
    ],
    default: "INPUT_FIELD_DEFAULT_VALUE_CHANGED",
    ty: "INPUT_FIELD_TYPE_CHANGED",
    criticality: |field, has_default| match (field.ty.is_non_null(), has_default) {
        (_, true) => Criticality::Dangerous,
        (true, false) => Criticality::Breaking,
        (false, false) => Criticality::NonBreaking,
    },
    is_added_to_owner: false,
    is_described_when_added: true,
};

pub(super) const DIRECTIVE_ARGUMENT: Terms = Terms {
    noun: "argument",
    added: "DIRECTIVE_ARGUMENT_ADDED",
    removed: "DIRECTIVE_ARGUMENT_REMOVED",
    descriptions: ["DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED"; 3],
    default: "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED",
    ty: "DIRECTIVE_ARGUMENT_TYPE_CHANGED",
    // graphql-inspector does not ask for a default here.
    criticality: |argument, _| match argument.ty.is_non_null() {
        true => Criticality::Breaking,
        false => Criticality::NonBreaking,
    },
    is_added_to_owner: true,
    is_described_when_added: false,
};

impl<'a> Diff<'a> {
    /// Compares what `owner`, a path, takes. `before` is nothing where the owner is new.
    pub(super) fn inputs<T, B>(
        &mut self,
        terms: &Terms,
        owner: &str,
        before: Option<B>,
        after: impl IntoIterator<Item = &'a T>,
    ) where
        B: IntoIterator<Item = &'a T>,
        T: AsRef<InputValueDefinition> + 'a,
    {
        let is_new = before.is_none();
        let named = |value: &'a T| (&value.as_ref().name, value.as_ref());
        for twin in twins(before.into_iter().flatten().map(named), after.into_iter().map(named)) {
            match twin {
                Twin::Gone(value) => {
                    let path = format!("{owner}.{}", value.name);
                    let message = format!("{owner} does not take the {} {} any more", terms.noun, value.name);
                    self.breaking(terms.removed, &path, message);
                }
                Twin::New(value) => self.input_added(terms, owner, is_new, value),
                Twin::Kept(before, after) => self.input_kept(terms, owner, before, after),
            }
        }
    }

    fn input_added(&mut self, terms: &Terms, owner: &str, is_new: bool, value: &'a InputValueDefinition) {
        let has_default = self.after.meaning(&mut self.meanings, value).is_some();
        let criticality = if is_new { Criticality::NonBreaking } else { (terms.criticality)(value, has_default) };
        let duty = if value.ty.is_non_null() && !has_default { "has to be given" } else { "may be left out" };
        let (noun, name, ty) = (terms.noun, &value.name, &value.ty);
        let message = format!("{owner} takes the {noun} {name} now, of the type {ty}, which {duty}");
        let path = format!("{owner}.{name}");
        self.note(criticality, terms.added, if terms.is_added_to_owner { owner } else { &path }, message);
        if terms.is_described_when_added {
            self.input_description(terms, &path, &what(terms, owner, value), None, value);
        }
    }

    fn input_kept(
        &mut self,
        terms: &Terms,
        owner: &str,
        before: &'a InputValueDefinition,
        after: &'a InputValueDefinition,
    ) {
        let path = format!("{owner}.{}", after.name);
        let what = what(terms, owner, after);
        self.input_description(terms, &path, &what, Some(before), after);
        let was = self.before.meaning(&mut self.meanings, before);
        let is = self.after.meaning(&mut self.meanings, after);
        if was != is {
            let [was, is] = [before, after].map(|value| value.default_value.as_deref().map(print));
            self.note(Criticality::Dangerous, terms.default, &path, default_message(&what, was, is));
        }
        if before.ty != after.ty {
            let is_safe = is_safe_to_give(&before.ty, &after.ty);
            let criticality = if is_safe { Criticality::NonBreaking } else { Criticality::Breaking };
            let message = format!("{what} is of the type {}, where it was {}", after.ty, before.ty);
            self.note(criticality, terms.ty, &path, message);
        }
    }

    fn input_description(
        &mut self,
        terms: &Terms,
        path: &str,
        what: &str,
        before: Option<&InputValueDefinition>,
        after: &InputValueDefinition,
    ) {
        let was = before.and_then(|before| before.description.as_deref());
        self.description(terms.descriptions, path, what, was, after.description.as_deref());
    }
}

fn what(terms: &Terms, owner: &str, value: &InputValueDefinition) -> String {
    format!("the {} {} of {owner}", terms.noun, value.name)
}

fn print(value: &Value) -> String {
    value.serialize().no_indent().to_string().replace(char::is_control, " ")
}

fn default_message(what: &str, before: Option<String>, after: Option<String>) -> String {
    match (before, after) {
        (None, Some(after)) => format!("{what} has a default now: {after}"),
        (Some(before), None) => format!("{what} has no default any more; it was {before}"),
        (Some(before), Some(after)) if before != after => {
            format!("the default of {what} is {after}, where it was {before}")
        }
        // What is written is the same, but what it leaves out has another default, or its type reads it otherwise.
        _ => format!("the default of {what} stands for something else than before"),
    }
}
