//! What changed about deprecations. graphql-inspector takes the reason that the specification gives by default for
//! no reason, and calls a value of an enum deprecated only for its reason; so does this.

use super::Diff;
use apollo_compiler::ast::{DirectiveList, Value};

/// What stands where no reason is given.
const DEFAULT: &str = "No longer supported";

/// That something is deprecated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deprecation<'a> {
    /// Nothing where it is given as null.
    reason: Option<&'a str>,
}

/// Whether something that has these directives is deprecated.
pub(super) fn of(directives: &DirectiveList) -> Option<Deprecation<'_>> {
    let deprecated = directives.get("deprecated")?;
    let reason = match deprecated.specified_argument_by_name("reason").map(|reason| &**reason) {
        None => Some(DEFAULT),
        Some(Value::String(reason)) => Some(reason.as_str()),
        Some(_) => None,
    };
    Some(Deprecation { reason })
}

/// What became of a reason.
enum Step {
    Came,
    Went,
    Changed,
}

fn says_nothing(reason: Option<&str>) -> bool {
    reason.is_none_or(|reason| reason == DEFAULT)
}

fn step(before: Option<&str>, after: Option<&str>) -> Option<Step> {
    if before.unwrap_or_default() == after.unwrap_or_default() {
        None
    } else if says_nothing(before) {
        Some(Step::Came)
    } else if says_nothing(after) {
        Some(Step::Went)
    } else {
        Some(Step::Changed)
    }
}

/// A reason in one line, or nothing.
fn line(reason: Option<&str>) -> String {
    let reason = reason.filter(|reason| !says_nothing(Some(reason))).unwrap_or_default();
    let words = reason.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn message(path: &str, before: Option<Deprecation>, after: Option<Deprecation>) -> String {
    let Some(after) = after else { return format!("{path} is not deprecated any more") };
    let reason = line(after.reason);
    match before {
        None if reason.is_empty() => format!("{path} is deprecated now"),
        None => format!("{path} is deprecated now: {reason}"),
        Some(_) if reason.is_empty() => format!("{path} is deprecated without a reason now"),
        Some(before) if line(before.reason).is_empty() => format!("{path} is deprecated with a reason now: {reason}"),
        Some(_) => format!("{path} is deprecated for another reason now: {reason}"),
    }
}

impl Diff<'_> {
    pub(super) fn field_deprecation(
        &mut self,
        path: &str,
        before: Option<Deprecation<'_>>,
        after: Option<Deprecation<'_>>,
    ) {
        let at = format!("{path}.@deprecated");
        let (kind, at) = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => ("FIELD_DEPRECATION_ADDED", &*at),
            (Some(_), None) => ("FIELD_DEPRECATION_REMOVED", &*at),
            (Some(before), Some(after)) => match step(before.reason, after.reason) {
                None => return,
                Some(Step::Came) => ("FIELD_DEPRECATION_REASON_ADDED", &*at),
                Some(Step::Went) => ("FIELD_DEPRECATION_REASON_REMOVED", path),
                Some(Step::Changed) => ("FIELD_DEPRECATION_REASON_CHANGED", &*at),
            },
        };
        self.non_breaking(kind, at, message(path, before, after));
    }

    pub(super) fn value_deprecation(
        &mut self,
        path: &str,
        before: Option<Deprecation<'_>>,
        after: Option<Deprecation<'_>>,
    ) {
        let at = format!("{path}.@deprecated");
        let (kind, at) = match step(before.and_then(|before| before.reason), after.and_then(|after| after.reason)) {
            None => return,
            Some(Step::Came) => ("ENUM_VALUE_DEPRECATION_REASON_ADDED", &*at),
            Some(Step::Went) => ("ENUM_VALUE_DEPRECATION_REASON_REMOVED", path),
            Some(Step::Changed) => ("ENUM_VALUE_DEPRECATION_REASON_CHANGED", &*at),
        };
        self.non_breaking(kind, at, message(path, before, after));
    }
}
