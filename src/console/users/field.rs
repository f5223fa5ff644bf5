//! A line of text in a form, with what is wrong in it.

use crate::console::form::Form;
use crate::graphql::AnsweredRefusal;

/// A field of one line.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Its name in the form, and in what the form stands for.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What is typed in it.
    pub value: String,
    /// Whether it may stay empty.
    pub optional: bool,
    /// A sentence below it.
    pub hint: &'static str,
    /// Of what kind it is: `text`, `email`.
    pub kind: &'static str,
    /// What is wrong in it.
    pub wrong: Option<String>,
}

impl Field {
    /// A field of text that must be filled in.
    #[must_use]
    pub fn new(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self { name, label, value: value.into(), kind: "text", ..Self::default() }
    }

    /// The same, which may stay empty.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same with a sentence below it.
    #[must_use]
    pub fn hinted(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// The same for something else than text.
    #[must_use]
    pub fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// The same with what was typed, where a form was sent, and with what is wrong in it.
    #[must_use]
    pub fn after(mut self, form: Option<&Form>, refusal: Option<&AnsweredRefusal>) -> Self {
        if let Some(typed) = form.and_then(|form| form.given(self.name)) {
            self.value = typed.to_owned();
        }
        self.wrong = refusal.filter(|refusal| refusal.is_about(self.name)).map(|refusal| refusal.message.clone());
        self
    }

    /// What describes it, for who cannot see it.
    #[must_use]
    pub fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let wrong = self.wrong.as_ref().map(|_| format!("{}-wrong", self.name));
        [wrong, hint].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// What is wrong with none of these fields, nor with one of `others`.
    #[must_use]
    pub fn none_of(fields: &[Self], others: &[&str], refusal: Option<&AnsweredRefusal>) -> Option<String> {
        let refusal = refusal?;
        let is_shown =
            fields.iter().any(|field| field.wrong.is_some()) || others.iter().any(|name| refusal.is_about(name));
        (!is_shown).then(|| refusal.message.clone())
    }
}
