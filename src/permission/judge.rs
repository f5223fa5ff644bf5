//! The decision (permission rules 21 and 23): does what is open cover what is needed? The hot path: a few words of
//! bits compared, nothing allocated. Says yes or no; [`missing`](super::missing) finds the words for a no.

use apollo_compiler::response::{JsonMap, JsonValue};
use fixedbitset::FixedBitSet;

use super::Surface;
use super::granted::Granted;
use super::index::{Index, TypeId};
use super::needs::{Asked, Needs};
use super::open::Powers;

impl Surface {
    /// Whether the operation may run with these variables (as they were sent; they have been found to coerce).
    ///
    /// # Errors
    /// What is missing, sorted (permission rule 22); never empty.
    pub fn judge(&self, needs: &Needs, powers: &Powers, variables: &JsonMap) -> Result<(), Vec<String>> {
        if self.allows(needs, powers, variables) {
            return Ok(());
        }
        Err(self.missing(needs, powers, Some(variables), None))
    }

    /// The decision alone, without words for a no.
    #[must_use]
    pub fn allows(&self, needs: &Needs, powers: &Powers, variables: &JsonMap) -> bool {
        self.same(needs.surface);
        self.same(powers.held.surface);
        needs.are_met(&powers.open) && self.variables_are_open(needs, powers, variables)
    }

    /// The same, with further permissions that this request needs besides: what Doorward's own lists are searched and
    /// sorted by (permission rule 20).
    ///
    /// # Errors
    /// As [`judge`](Self::judge).
    pub fn judge_also(
        &self,
        needs: &Needs,
        powers: &Powers,
        variables: &JsonMap,
        also: &Granted,
    ) -> Result<(), Vec<String>> {
        self.same(also.surface);
        if also.bits.is_subset(&powers.open) {
            return self.judge(needs, powers, variables);
        }
        Err(self.missing(needs, powers, Some(variables), Some(also)))
    }

    /// Only a variable that can reach what is not open has to be looked at (permission rule 23).
    fn variables_are_open(&self, needs: &Needs, powers: &Powers, variables: &JsonMap) -> bool {
        // Where very much can be reached, walking what was sent is less than comparing it all.
        needs.reach.is_short() && needs.reach.are_in(&powers.open)
            || needs.walked.iter().all(|(name, of)| {
                variables.get(name.as_str()).is_none_or(|value| is_open(&self.index, *of, value, &powers.open))
            })
    }

    /// Adds to what the text asks what the JSON of the variables does (permission rules 17 and 18).
    pub(super) fn ask_variables(&self, needs: &Needs, variables: &JsonMap, asked: &mut Asked) {
        for (name, of) in &needs.walked {
            if let Some(value) = variables.get(name.as_str()) {
                ask(&self.index, *of, value, asked);
            }
        }
    }
}

impl Needs {
    /// Whether the text's needs are open.
    pub(super) fn are_met(&self, open: &FixedBitSet) -> bool {
        self.words.are_in(open) && self.overlaps.iter().all(|able| able.iter().any(|bit| open.contains(*bit)))
    }
}

/// Walks JSON along an input object type. Lists are entered whatever the type says of them: one value may stand for
/// a list, and what cannot be coerced does not come here.
fn is_open(index: &Index, of: TypeId, value: &JsonValue, open: &FixedBitSet) -> bool {
    match value {
        JsonValue::Array(items) => items.iter().all(|item| is_open(index, of, item, open)),
        JsonValue::Object(fields) => fields.iter().all(|(key, value)| {
            // An open input field has a usable type (permission rule 11a), so its bit speaks for both.
            index.types[of].fields.get(key.as_str()).is_none_or(|field| {
                open.contains(field.bit) && (!index.is_input(field.of) || is_open(index, field.of, value, open))
            })
        }),
        _ => true,
    }
}

fn ask(index: &Index, of: TypeId, value: &JsonValue, asked: &mut Asked) {
    match value {
        JsonValue::Array(items) => items.iter().for_each(|item| ask(index, of, item, asked)),
        JsonValue::Object(fields) => {
            for (key, value) in fields {
                let Some(field) = index.types[of].fields.get(key.as_str()) else { continue };
                asked.bits.insert(field.bit);
                if index.is_input(field.of) {
                    asked.meet(index, field.of);
                    ask(index, field.of, value, asked);
                }
            }
        }
        _ => {}
    }
}
