//! Where the body of an answer ends (RFC 9112, sections 6.3 and 7.1), and its pieces up to there.

use super::Broken;
use bytes::{Buf as _, Bytes, BytesMut};
use std::num::NonZeroU64;

/// Where a body ends that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ends {
    /// Nothing is left of it.
    Here,
    /// After so many bytes more.
    After(NonZeroU64),
    /// After the last chunk and the fields that follow it.
    Chunked(Chunk),
    /// When the API closes the connection.
    WithConnection,
}

/// What of a chunked body comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// The line with a chunk's size.
    Size,
    /// So much more of a chunk.
    Data(NonZeroU64),
    /// The end of the line behind it.
    LineEnd,
    /// A field behind the last chunk, or the empty line that ends them.
    Trailer,
}

impl Ends {
    /// After so many bytes.
    pub fn after(length: u64) -> Self {
        NonZeroU64::new(length).map_or(Self::Here, Self::After)
    }

    /// As chunks say.
    pub const fn chunked() -> Self {
        Self::Chunked(Chunk::Size)
    }

    /// Whether nothing is left.
    pub fn is_here(&self) -> bool {
        *self == Self::Here
    }

    /// Whether nothing but the end of the connection tells it.
    pub fn with_connection(&self) -> bool {
        *self == Self::WithConnection
    }

    /// How much is left, where the head said how much there is.
    pub fn left(&self) -> Option<u64> {
        match self {
            Self::Here => Some(0),
            Self::After(left) => Some(left.get()),
            Self::Chunked(_) | Self::WithConnection => None,
        }
    }

    /// Takes the next piece off what was read; `None`: it is not there yet, or nothing is left.
    pub fn take(&mut self, read: &mut BytesMut) -> Result<Option<Bytes>, Broken> {
        loop {
            match self {
                Self::Here => return Ok(None),
                Self::After(left) => {
                    let (piece, rest) = cut(read, left.get());
                    *self = Self::after(rest);
                    return Ok(piece);
                }
                Self::WithConnection => return Ok(cut(read, u64::MAX).0),
                Self::Chunked(Chunk::Data(left)) => {
                    let (piece, rest) = cut(read, left.get());
                    *self = Self::Chunked(NonZeroU64::new(rest).map_or(Chunk::LineEnd, Chunk::Data));
                    if piece.is_some() {
                        // Whoever asks for it learns with the last piece that it is the last.
                        self.pass(read)?;
                    }
                    return Ok(piece);
                }
                Self::Chunked(_) => {
                    if !self.pass(read)? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Goes over what stands between the chunks, as far as it is there; says whether data or the end is next.
    fn pass(&mut self, read: &mut BytesMut) -> Result<bool, Broken> {
        loop {
            let Self::Chunked(next) = self else { return Ok(true) };
            if matches!(next, Chunk::Data(_)) {
                return Ok(true);
            }
            let Some(end) = read.iter().position(|byte| *byte == b'\n') else { return Ok(false) };
            let line = read.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Broken::NoHttp)?;
            *self = match next {
                Chunk::LineEnd if line.is_empty() => Self::chunked(),
                Chunk::Size => match NonZeroU64::new(size(line).ok_or(Broken::NoHttp)?) {
                    Some(size) => Self::Chunked(Chunk::Data(size)),
                    None => Self::Chunked(Chunk::Trailer),
                },
                Chunk::Trailer if line.is_empty() => Self::Here,
                // Trailers of the API's are its own affair.
                Chunk::Trailer => Self::Chunked(Chunk::Trailer),
                Chunk::LineEnd | Chunk::Data(_) => return Err(Broken::NoHttp),
            };
            read.advance(end + 1);
        }
    }
}

/// The size of a chunk: its extensions mean nothing to us.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    let is_hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    is_hex.then(|| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()).flatten()
}

/// What was read up to a length, and how much of that is left.
fn cut(read: &mut BytesMut, left: u64) -> (Option<Bytes>, u64) {
    let here = usize::try_from(left).unwrap_or(usize::MAX).min(read.len());
    if here == 0 {
        return (None, left);
    }
    (Some(read.split_to(here).freeze()), left - here as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of a body that comes in these pieces, and what is left behind it; `None`: it is not whole.
    fn joined(mut ends: Ends, came: &[&[u8]]) -> Result<(Vec<u8>, Vec<u8>), Option<Broken>> {
        let (mut read, mut whole) = (BytesMut::new(), Vec::new());
        for piece in came {
            read.extend_from_slice(piece);
            while let Some(piece) = ends.take(&mut read).map_err(Some)? {
                whole.extend_from_slice(&piece);
            }
        }
        if ends.is_here() { Ok((whole, read.to_vec())) } else { Err(None) }
    }

    #[test]
    fn however_it_is_cut_a_body_is_the_same() {
        let chunked: &[u8] = b"5\r\nhello\r\n1;x=\"y\"\r\n \r\n00A \r\n0123456789\r\n0\r\nx: y\r\n\r\nHTTP";
        for (ends, text, expected) in
            [(Ends::chunked(), chunked, &b"hello 0123456789"[..]), (Ends::after(5), b"helloHTTP", b"hello")]
        {
            for first in 0..=text.len() {
                for second in first..=text.len() {
                    let came = [&text[..first], &text[first..second], &text[second..]];
                    let (whole, left) = joined(ends.clone(), &came).unwrap();
                    assert_eq!((&whole[..], &left[..]), (expected, &b"HTTP"[..]), "{first} {second}");
                }
            }
        }
    }

    #[test]
    fn the_last_piece_says_that_it_is_the_last_where_its_end_came_with_it() {
        let mut ends = Ends::chunked();
        let mut read = BytesMut::from(&b"2\r\n{}\r\n0\r\n\r\n"[..]);
        assert_eq!(ends.take(&mut read).unwrap().unwrap(), "{}");
        assert!(ends.is_here() && read.is_empty());
    }

    #[test]
    fn what_is_cut_off_is_not_whole_and_what_is_no_chunk_is_not_taken() {
        for text in ["5\r\nhel", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\nx: y\r\n", "5"] {
            assert!(matches!(joined(Ends::chunked(), &[text.as_bytes()]), Err(None)), "{text:?}");
        }
        for text in [
            "x\r\n",
            "\r\n",
            "-1\r\n",
            "+5\r\nhello\r\n",
            "0x5\r\nhello\r\n",
            "5\nhello\r\n",
            "5\r\nhelloo\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "10000000000000000\r\n",
            " 5\r\nhello\r\n",
        ] {
            assert!(matches!(joined(Ends::chunked(), &[text.as_bytes()]), Err(Some(Broken::NoHttp))), "{text:?}");
        }
    }
}
