//! Names that people choose: how they are compared, and what may stand in them.

use crate::error::Refusal;
use caseless::Caseless as _;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization as _;

/// The form in which two names are the same name: NFKC, case-folded, NFKC again (Unicode 3.13, D146), without what
/// cannot be seen. Made here and stored, because the databases fold each in their own way (SQLite's `lower('Ä')` is
/// `'Ä'`).
#[must_use]
pub fn folded(name: &str) -> String {
    name.nfkc().default_case_fold().nfkc().filter(|character| !unseen(*character)).collect()
}

/// At most so many of these names that are nearest to a misspelt one, the nearest first; none that is far from it.
#[must_use]
pub fn nearest<'a>(name: &str, all: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    /// Below it, two words have little more in common than some letters.
    const NEAR: f64 = 0.75;
    let near = all.into_iter().map(|other| (strsim::jaro_winkler(name, other), other));
    let mut near: Vec<_> = near.filter(|(nearness, _)| *nearness >= NEAR).collect();
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    near.into_iter().take(most).map(|(_, other)| other).collect()
}

/// Checks a name that people will read: not empty, not longer than `longest` characters, no surrounding white
/// space, and nothing that a terminal or a page would obey instead of show (control and bidirectional characters).
///
/// # Errors
/// Names the `field` and says what is allowed.
pub fn check(field: &str, name: &str, longest: usize) -> Result<(), Refusal> {
    let length = name.chars().count();
    if folded(name).trim().is_empty() {
        return Err(Refusal::input(field, format!("`{field}` must not be empty: 1 to {longest} characters")));
    }
    if length > longest {
        return Err(Refusal::input(field, format!("`{field}` is too long: at most {longest} characters")));
    }
    check_text(field, name)?;
    if name.trim() != name {
        return Err(Refusal::input(field, format!("`{field}` must not begin or end with white space")));
    }
    Ok(())
}

/// Checks free text, which may be empty.
///
/// # Errors
/// Names the `field` when the text holds control or bidirectional characters or is over 2 000 characters.
pub fn check_text(field: &str, text: &str) -> Result<(), Refusal> {
    if text.chars().any(obeyed) {
        return Err(Refusal::input(field, format!("`{field}` must not hold control or text-direction characters")));
    }
    if text.chars().count() > 2_000 {
        return Err(Refusal::input(field, format!("`{field}` is too long: at most 2000 characters")));
    }
    Ok(())
}

/// Checks the form of an email address: something, one `@`, something with no white space. Whether it exists only
/// a mail can tell.
///
/// # Errors
/// Says what is allowed.
pub fn check_email(field: &str, address: &str) -> Result<(), Refusal> {
    check(field, address, 254)?;
    let parts: Vec<&str> = address.split('@').collect();
    let fits = parts.len() == 2 && parts.iter().all(|part| !part.is_empty()) && !address.contains(char::is_whitespace);
    if fits {
        Ok(())
    } else {
        Err(Refusal::input(field, format!("`{field}` must be an address like name@example.com")))
    }
}

/// Characters that leave no mark on their own (Unicode 4.21, ignorable code points): some scripts and emoji need them,
/// so they may stand in a name, and never tell two names apart.
const fn unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Characters that steer whoever shows the text: controls, the line and paragraph separators, and the bidirectional
/// marks of Unicode UAX #9.
fn obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with what would steer whoever shows it written out, like `\u{202e}`; line breaks and tabs stay, where `lines`
/// says so.
#[must_use]
pub fn visible(text: &str, lines: bool) -> Cow<'_, str> {
    let steers = |character: char| obeyed(character) && !(lines && matches!(character, '\n' | '\t'));
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if steers(character) { shown.extend(character.escape_unicode()) } else { shown.push(character) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_folded() {
        assert_eq!(folded("ÄDA"), folded("äda"));
        assert_eq!(folded("ﬁle"), folded("FILE"));
        assert_eq!(folded("Straße"), folded("STRASSE"));
        assert_ne!(folded("ada"), folded("adа"), "a Cyrillic letter is another name");
        for unseen in ["\u{200b}ada", "a\u{200d}da", "ada\u{feff}", "a\u{ad}da", "ad\u{fe0f}a", "ada\u{e0041}"] {
            assert_eq!(folded(unseen), folded("ada"), "{unseen:?}");
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\n", false), "a\\u{1b}[31m\\u{202e}b\\u{a}");
        assert_eq!(visible("a\n\tÄ\u{200f}", true), "a\n\tÄ\\u{200f}");
    }

    #[test]
    fn what_a_terminal_would_obey_is_refused() {
        assert!(check("name", "ok name", 20).is_ok());
        for bad in ["", "  ", " a", "a\u{1b}[31m", "a\u{202e}b", "a\nb", "a\u{2028}b", "\u{3164}", "\u{200b} "] {
            assert!(check("name", bad, 20).is_err(), "{bad:?}");
        }
    }
}
