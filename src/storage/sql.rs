//! The text of a statement. It is written down as a literal or put together by the program from its own words;
//! what users say only ever comes in as a parameter.

use std::borrow::Cow;

/// The text of one statement, in the subset that both databases speak, with `$1`, `$2`, … for its parameters.
///
/// Made by [`sql!`](crate::sql), so that a test can find every statement by reading the source.
#[derive(Debug, Clone)]
pub struct Sql {
    text: Cow<'static, str>,
    /// Whether the statement will come again and is worth keeping prepared.
    again: bool,
}

impl Sql {
    /// What [`sql!`](crate::sql) expands to; nothing else calls it.
    #[doc(hidden)]
    #[must_use]
    pub const fn literal(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), again: true }
    }

    /// A statement put together from our own words, one of few.
    pub(super) const fn recurring(text: String) -> Self {
        Self { text: Cow::Owned(text), again: true }
    }

    /// The same, one of very many: kept out of the caches of prepared statements.
    pub(super) const fn composed(text: String) -> Self {
        Self { text: Cow::Owned(text), again: false }
    }

    /// The text as the database gets it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the statement will come again and is worth keeping prepared.
    pub(super) const fn comes_again(&self) -> bool {
        self.again
    }
}

/// A statement from a literal: `sql!("select name from users where id = $1")`.
#[macro_export]
macro_rules! sql {
    ($text:literal) => {
        $crate::storage::Sql::literal($text)
    };
}

#[cfg(test)]
mod tests {
    use super::Sql;

    #[test]
    fn only_what_comes_again_is_kept_prepared() {
        assert!(sql!("select 1").comes_again() && Sql::recurring("select 1".into()).comes_again());
        assert!(!Sql::composed(["select ", "1"].concat()).comes_again());
    }
}
