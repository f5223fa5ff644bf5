//! Whether a text is JSON (RFC 8259), and which keys its outermost object has. Every short answer of an API is read
//! once, for nothing else: a parser that could also give its values took a fifth of the time of a whole request. Its
//! verdict is held to that parser's by a test.

/// What was read of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outermost {
    /// Whether a key is `data` or `errors`, spelt plainly.
    pub is_response: bool,
}

/// How deep objects and lists may be nested.
const DEEPEST: u32 = 127;

/// Reads an object and nothing else to its end; `None`: it is no JSON, or no object. That it is UTF-8, somebody else has
/// looked at.
pub fn object(text: &[u8]) -> Option<Outermost> {
    if is_plain(text) { Reader::<true> { rest: text }.object() } else { Reader::<false> { rest: text }.object() }
}

/// Whether there is no control character and no backslash, as in what most programs write: then a quote ends a string,
/// and only a space is white space. One pass over everything, many bytes at a time, is less than looking with each.
fn is_plain(text: &[u8]) -> bool {
    text.iter().fold(true, |plain, byte| plain & (*byte >= b' ') & (*byte != b'\\'))
}

struct Reader<'a, const PLAIN: bool> {
    /// What is not read yet.
    rest: &'a [u8],
}

impl<'a, const PLAIN: bool> Reader<'a, PLAIN> {
    fn object(mut self) -> Option<Outermost> {
        let mut outermost = Outermost { is_response: false };
        if self.next()? != b'{' {
            return None;
        }
        self.members(1, &mut |key| outermost.is_response |= matches!(key, b"data" | b"errors"))?;
        self.space();
        self.rest.is_empty().then_some(outermost)
    }

    #[inline(always)]
    fn take(&mut self, byte: u8) -> Option<()> {
        match self.rest {
            [first, rest @ ..] if *first == byte => self.rest = rest,
            _ => return None,
        }
        Some(())
    }

    #[inline(always)]
    fn space(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// The next byte that is no white space.
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            let is_space = if PLAIN { *first == b' ' } else { matches!(first, b' ' | b'\n' | b'\r' | b'\t') };
            if !is_space {
                return Some(*first);
            }
        }
    }

    /// A value that begins with this.
    fn value(&mut self, first: u8, depth: u32) -> Option<()> {
        match first {
            b'"' => self.string().map(|_| ()),
            b'{' if depth < DEEPEST => self.members(depth + 1, &mut |_| {}),
            b'[' if depth < DEEPEST => self.items(depth + 1),
            b't' => self.word(b"rue"),
            b'f' => self.word(b"alse"),
            b'n' => self.word(b"ull"),
            digit => self.number(digit),
        }
    }

    /// What follows the brace of an object.
    fn members(&mut self, depth: u32, key: &mut impl FnMut(&'a [u8])) -> Option<()> {
        let mut next = self.next()?;
        if next == b'}' {
            return Some(());
        }
        while next == b'"' {
            key(self.string()?);
            if self.next()? != b':' {
                return None;
            }
            let first = self.next()?;
            self.value(first, depth)?;
            match self.next()? {
                b'}' => return Some(()),
                b',' => next = self.next()?,
                _ => return None,
            }
        }
        None
    }

    /// What follows the bracket of a list.
    fn items(&mut self, depth: u32) -> Option<()> {
        let mut next = self.next()?;
        if next == b']' {
            return Some(());
        }
        loop {
            self.value(next, depth)?;
            match self.next()? {
                b']' => return Some(()),
                b',' => next = self.next()?,
                _ => return None,
            }
        }
    }

    /// What follows the first quote of a string, up to its last.
    #[inline(always)]
    fn string(&mut self) -> Option<&'a [u8]> {
        let begun = self.rest;
        loop {
            self.rest = skipped::<PLAIN>(self.rest);
            match self.rest {
                [b'"', rest @ ..] => {
                    let text = begun.get(..begun.len() - self.rest.len())?;
                    self.rest = rest;
                    return Some(text);
                }
                [b'\\', ..] => self.escape()?,
                _ => return None,
            }
        }
    }

    #[cold]
    fn escape(&mut self) -> Option<()> {
        match self.rest {
            [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => self.rest = rest,
            [_, b'u', a, b, c, d, rest @ ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => {
                self.rest = rest;
            }
            _ => return None,
        }
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    /// A number that begins with this.
    fn number(&mut self, first: u8) -> Option<()> {
        let digit = if first == b'-' { self.next_digit()? } else { first };
        match digit {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.take(b'.').is_some() {
            self.next_digit()?;
            self.digits();
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.next_digit()?;
            self.digits();
        }
        Some(())
    }

    fn next_digit(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        first.is_ascii_digit().then_some(*first)
    }

    fn digits(&mut self) {
        while let [b'0'..=b'9', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}

/// A text from its first quote, backslash or control character on. Eight bytes at a time: strings are most of an answer.
#[inline(always)]
fn skipped<const PLAIN: bool>(mut text: &[u8]) -> &[u8] {
    const EACH: u64 = u64::MAX / 255;
    // The highest bit of each byte that is below `bound`, from the lowest such byte on; `bound` has at most seven bits.
    let below = |word: u64, bound: u8| word.wrapping_sub(EACH * u64::from(bound)) & !word & (EACH << 7);
    while let Some((eight, rest)) = text.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*eight);
        let mut special = below(word ^ (EACH * u64::from(b'"')), 1);
        if !PLAIN {
            special |= below(word, 0x20) | below(word ^ (EACH * u64::from(b'\\')), 1);
        }
        if special != 0 {
            return text.get(special.trailing_zeros() as usize / 8..).unwrap_or_default();
        }
        text = rest;
    }
    let is_special = |byte: &u8| *byte == b'"' || !PLAIN && (*byte < 0x20 || *byte == b'\\');
    let at = text.iter().position(is_special).unwrap_or(text.len());
    text.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn parses(text: &str) -> bool {
        // Numbers that no float holds are JSON all the same.
        serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && text.trim_start().starts_with('{')
    }

    const TEXTS: &[&str] = &[
        r#"{"data":{"a":[1,-2.5e+10,0,0.1,true,false,null,"x\"\\\/\b\f\n\r\t\u00e9é"],"b":{}},"errors":[]}"#,
        " { \"a\" : [ ] , \"b\" : [ [ ] , { } ] } ",
        r#"{"a":"\ud83d\ude00","b":"","":1E5,"c":-0}"#,
        r#"{"data":{"long names":["of eight and more é"], "b" : 1}, "c":true}"#,
    ];

    /// Every text with one byte less, one byte changed, one byte more: the parser and this agree on each.
    #[test]
    fn its_verdict_is_the_parsers() {
        let others = *b"\"\\{}[]:,0-.eEu+ t\n\x01a\x7f";
        let mut tried = 0;
        for text in TEXTS {
            assert!(object(text.as_bytes()).is_some() && parses(text), "{text}");
            for at in 0..=text.len() {
                let (before, after) = text.as_bytes().split_at(at);
                let changed = others.iter().flat_map(|other| {
                    let more = [before, &[*other], after].concat();
                    let other = [before, &[*other], after.get(1..).unwrap_or_default()].concat();
                    [more, other]
                });
                let all = changed.chain([[before, after.get(1..).unwrap_or_default()].concat(), before.to_vec()]);
                for text in all.filter_map(|bytes| String::from_utf8(bytes).ok()) {
                    assert_eq!(object(text.as_bytes()).is_some(), parses(&text), "{text}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 5_000, "{tried}");
        for list in [Value::Null, Value::from("x"), Value::from(vec![1])] {
            assert_eq!(object(list.to_string().as_bytes()), None);
        }
    }

    #[test]
    fn only_the_outermost_keys_count_and_nothing_is_nested_without_end() {
        assert_eq!(object(br#"{"x":{"data":1}}"#), Some(Outermost { is_response: false }));
        assert_eq!(object(br#"{"x":1,"data":1}"#), Some(Outermost { is_response: true }));
        let deep = |depth: usize| format!("{{\"data\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let reads = |depth| object(deep(depth).as_bytes()).is_some();
        assert!(reads(126) && !reads(127) && !reads(5_000_000));
    }
}
