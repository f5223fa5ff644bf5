//! Documents that were copied from a web page: their indentation is often of no-break spaces (U+00A0), which
//! GraphQL does not count as white space. What is judged and run is Doorward's own print, so reading them as
//! spaces changes nothing else.

use std::borrow::Cow;

/// The text with no-break spaces outside strings and comments as plain spaces.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{a0}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' if rest.starts_with("\"\"\"") => block_string(rest),
            '"' => string(rest),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        out.push_str(if token == "\u{a0}" { " " } else { token });
        rest = after;
    }
    Cow::Owned(out)
}

/// How long the block string is that `text` begins with; an open one goes to the end.
fn block_string(text: &str) -> usize {
    let mut at = 3;
    while let Some(found) = text[at..].find("\"\"\"") {
        let end = at + found + 3;
        if !text[..at + found].ends_with('\\') {
            return end;
        }
        at = end;
    }
    text.len()
}

/// How long the string is that `text` begins with; an open one goes to the end of its line.
fn string(text: &str) -> usize {
    let mut escaped = true; // The quotation mark that opens it.
    for (at, character) in text.char_indices() {
        match character {
            '\n' | '\r' => return at,
            '"' if !escaped => return at + 1,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_break_spaces_count_as_spaces_between_tokens_and_nowhere_else() {
        assert!(matches!(plain("{ a }"), std::borrow::Cow::Borrowed(_)));
        assert_eq!(plain("{\u{a0}\u{a0}a }"), "{  a }");
        for kept in [
            "{ a(b: \"x\u{a0}y\") }",
            "{ a(b: \"\\\"\u{a0}\") }",
            "{ a(b: \"\"\"\u{a0}\\\"\"\"\u{a0}\"\"\") }",
            "# \u{a0}\n{a}",
            "{ a(b: \"open\u{a0}",
        ] {
            assert_eq!(plain(kept), kept);
        }
        assert_eq!(plain("{ a(b: \"\\\\\")\u{a0}}"), "{ a(b: \"\\\\\") }");
        assert_eq!(plain("{ a(b: \"\")\u{a0}}"), "{ a(b: \"\") }");
    }
}
