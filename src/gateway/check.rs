//! Whether what an API answers is a GraphQL response (specification, section 7): a short one is read whole, of a longer
//! one its beginning, so that an error page never passes for an answer.

use super::json;
use flate2::read::GzDecoder;
use std::borrow::Cow;
use std::io::Read as _;

/// Up to this many bytes an answer is read whole before anything of it goes on.
pub const READ_WHOLE: usize = 8 * 1024;
/// A short answer that unpacks to more than this is taken for a long one.
const UNPACKED: u64 = 1 << 20;

/// Whether a whole answer is JSON with the keys of a response.
pub fn whole(body: &[u8], packed: bool) -> Result<(), &'static str> {
    let unpacked;
    let body = if packed {
        let mut plain = Vec::new();
        let read = GzDecoder::new(body).take(UNPACKED + 1).read_to_end(&mut plain);
        read.map_err(|_| "what is compressed cannot be read")?;
        if plain.len() as u64 > UNPACKED {
            return beginning(&plain, false);
        }
        unpacked = plain;
        unpacked.as_slice()
    } else {
        body
    };
    if !body.is_ascii() && std::str::from_utf8(body).is_err() {
        return Err("it is not UTF-8");
    }
    match json::object(body) {
        None => Err("it is no JSON object, or is cut off"),
        Some(json::Outermost { is_response: false }) => Err("it has neither data nor errors"),
        Some(_) => Ok(()),
    }
}

/// A body as it was before it was compressed.
pub fn unpacked(body: &[u8], packed: bool, longest: usize) -> Result<Cow<'_, [u8]>, String> {
    if !packed {
        return Ok(Cow::Borrowed(body));
    }
    let mut plain = Vec::new();
    let read = GzDecoder::new(body).take(longest as u64 + 1).read_to_end(&mut plain);
    read.map_err(|_| "what is compressed cannot be read".to_owned())?;
    if plain.len() > longest { Err("it is too long to be read whole".into()) } else { Ok(Cow::Owned(plain)) }
}

/// Whether an answer begins as a response does.
pub fn beginning(body: &[u8], packed: bool) -> Result<(), &'static str> {
    let mut plain = [0; 64];
    let body = if packed {
        let read = GzDecoder::new(body).read(&mut plain).map_err(|_| "what is compressed cannot be read")?;
        &plain[..read]
    } else {
        body
    };
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Ok(()),
        _ => Err("it is no JSON object"),
    }
}

/// Follows plain JSON on its way through, as far as it takes to know whether its outermost object was closed.
#[derive(Debug, Default)]
pub struct Nesting {
    depth: u64,
    in_text: bool,
    escaped: bool,
}

impl Nesting {
    /// Goes on with the next bytes.
    pub fn follow(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_text => self.escaped = true,
                b'"' => self.in_text = !self.in_text,
                b'{' | b'[' if !self.in_text => self.depth += 1,
                b'}' | b']' if !self.in_text => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Whether nothing is open.
    pub const fn is_closed(&self) -> bool {
        self.depth == 0 && !self.in_text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn only_a_response_passes_for_one() {
        for good in [&br#"{"data":null}"#[..], br#" {"errors":[],"extensions":{}} "#, br#"{"data":{"a":[1,{"b":2}]}}"#]
        {
            assert_eq!(whole(good, false), Ok(()));
            assert_eq!(whole(&packed(good), true), Ok(()));
        }
        for bad in [
            &b"<html>"[..],
            b"",
            b"[]",
            b"[{\"data\":1}]",
            b"{\"data\":{",
            b"{\"data\":1}x",
            b"{}",
            b"{\"message\":\"no\"}",
            b"null",
            b"\"data\"",
            b"{\"data\":\"\xff\"}",
        ] {
            assert!(whole(bad, false).is_err(), "{}", String::from_utf8_lossy(bad));
            assert!(whole(&packed(bad), true).is_err(), "{}", String::from_utf8_lossy(bad));
        }
        assert!(whole(b"{\"data\":1}", true).is_err());
    }

    #[test]
    fn a_long_answer_shows_by_its_beginning() {
        assert_eq!(beginning(b" \n{\"data\"", false), Ok(()));
        assert!(beginning(b"<html>", false).is_err() && beginning(b"  ", false).is_err());
        let long = format!("{{\"data\":\"{}\"}}", "x".repeat(100_000));
        assert_eq!(beginning(&packed(long.as_bytes()), true), Ok(()));
    }

    #[test]
    fn an_object_is_closed_by_its_last_brace_alone() {
        let text = br#"{"data":{"a":"]}\"}}\\","b":[{}]}}"#;
        for end in 1..=text.len() {
            let mut nesting = Nesting::default();
            text[..end].chunks(3).for_each(|piece| nesting.follow(piece));
            assert_eq!(nesting.is_closed(), end == text.len(), "{end}");
        }
    }

    #[test]
    fn what_unpacks_without_end_is_not_unpacked() {
        let bomb = packed(&[b' '; 64 << 20]);
        assert!(whole(&bomb, true).is_err());
    }
}
