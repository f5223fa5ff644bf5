//! Whether a text is JSON (RFC 8259), and which keys its outermost object has. Every short answer of an API is read
//! once, for nothing else: a parser that could also give its values took a fifth of the time of a whole request. Its
//! verdict is held to that parser's by a test.

/// How deep objects and lists may be nested.
const DEEPEST: u32 = 127;

/// What was read of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outermost {
    /// Whether a key is `data` or `errors`, spelt plainly.
    pub is_response: bool,
}

/// Reads an object and nothing else to its end; `None`: it is no JSON, or no object.
pub fn object(text: &str) -> Option<Outermost> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    let mut outermost = Outermost { is_response: false };
    reader.space();
    reader.take(b'{')?;
    reader.members(1, &mut |key| outermost.is_response |= matches!(key, b"data" | b"errors"))?;
    reader.space();
    (reader.at == reader.bytes.len()).then_some(outermost)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What ends a run of plain characters in a string.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = true;
        byte += 1;
    }
    special[b'"' as usize] = true;
    special[b'\\' as usize] = true;
    special
};

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' if depth < DEEPEST => {
                self.at += 1;
                self.members(depth + 1, &mut |_| {})
            }
            b'[' if depth < DEEPEST => {
                self.at += 1;
                self.items(depth + 1)
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    /// What follows the brace of an object.
    fn members(&mut self, depth: u32, key: &mut dyn FnMut(&'a [u8])) -> Option<()> {
        self.space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            key(self.string()?);
            self.space();
            self.take(b':')?;
            self.space();
            self.value(depth)?;
            self.space();
            if self.take(b'}').is_some() {
                return Some(());
            }
            self.take(b',')?;
            self.space();
        }
    }

    /// What follows the bracket of a list.
    fn items(&mut self, depth: u32) -> Option<()> {
        self.space();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth)?;
            self.space();
            if self.take(b']').is_some() {
                return Some(());
            }
            self.take(b',')?;
            self.space();
        }
    }

    /// A string; answers what stands between its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += rest.iter().position(|byte| SPECIAL[usize::from(*byte)])?;
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Some(&self.bytes[start..self.at - 1]);
                }
                b'\\' => self.escape()?,
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        self.at += 2;
        match self.bytes.get(self.at - 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.take(b'.').is_some() {
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Some(())
    }

    fn some_digits(&mut self) -> Option<()> {
        self.peek()?.is_ascii_digit().then(|| self.digits())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }
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
    ];

    /// Every text with one byte less, one byte changed, one byte more: the parser and this agree on each.
    #[test]
    fn its_verdict_is_the_parsers() {
        let others = *b"\"\\{}[]:,0-.eEu+ t\n\x01a\x7f";
        let mut tried = 0;
        for text in TEXTS {
            assert!(object(text).is_some() && parses(text), "{text}");
            for at in 0..=text.len() {
                let (before, after) = text.as_bytes().split_at(at);
                let changed = others.iter().flat_map(|other| {
                    let more = [before, &[*other], after].concat();
                    let other = [before, &[*other], after.get(1..).unwrap_or_default()].concat();
                    [more, other]
                });
                let all = changed.chain([[before, after.get(1..).unwrap_or_default()].concat(), before.to_vec()]);
                for text in all.filter_map(|bytes| String::from_utf8(bytes).ok()) {
                    assert_eq!(object(&text).is_some(), parses(&text), "{text}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 5_000, "{tried}");
        for list in [Value::Null, Value::from("x"), Value::from(vec![1])] {
            assert_eq!(object(&list.to_string()), None);
        }
    }

    #[test]
    fn only_the_outermost_keys_count_and_nothing_is_nested_without_end() {
        assert_eq!(object(r#"{"x":{"data":1}}"#), Some(Outermost { is_response: false }));
        assert_eq!(object(r#"{"x":1,"data":1}"#), Some(Outermost { is_response: true }));
        let deep = |depth: usize| format!("{{\"data\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(object(&deep(126)).is_some() && object(&deep(127)).is_none() && object(&deep(5_000_000)).is_none());
    }
}
