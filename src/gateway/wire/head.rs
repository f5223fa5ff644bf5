//! The head of an answer (RFC 9112, sections 2 to 6): of its fields those that matter here, and where its body ends.

use super::Broken;
use super::body::Ends;
use axum::http::{HeaderValue, StatusCode};
use bytes::{Buf as _, BytesMut};
use std::mem::MaybeUninit;

/// How many fields a head may have.
const MOST_FIELDS: usize = 100;

/// What the head of an answer says.
#[derive(Debug)]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: Option<HeaderValue>,
    /// `Content-Encoding`.
    pub content_encoding: Option<HeaderValue>,
    /// `traceresponse` (W3C Trace Context).
    pub trace: Option<HeaderValue>,
    /// Whether the connection may be used again.
    pub keeps_connection: bool,
}

/// Takes a head off the front, once it is there; those of interim answers (RFC 9110, section 15.2) are left out.
pub fn read(read: &mut BytesMut) -> Result<Option<(Head, Ends)>, Broken> {
    loop {
        if read.is_empty() {
            return Ok(None);
        }
        let mut fields = [const { MaybeUninit::uninit() }; MOST_FIELDS];
        let mut answer = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default()
            .parse_response_with_uninit_headers(&mut answer, read, &mut fields)
            .map_err(|_| Broken::NoHttp)?;
        let httparse::Status::Complete(length) = parsed else { return Ok(None) };
        let status = answer.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(Broken::NoHttp)?;
        if status.is_informational() {
            // Nobody asked to go on in another protocol.
            if status == StatusCode::SWITCHING_PROTOCOLS {
                return Err(Broken::NoHttp);
            }
            read.advance(length);
            continue;
        }
        let found = found(status, answer.version == Some(1), answer.headers)?;
        read.advance(length);
        return Ok(Some(found));
    }
}

fn found(status: StatusCode, is_1_1: bool, fields: &[httparse::Header<'_>]) -> Result<(Head, Ends), Broken> {
    let mut head = Head { status, content_type: None, content_encoding: None, trace: None, keeps_connection: is_1_1 };
    let (mut length, mut coding) = (None, None);
    for field in fields {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        match field.name.len() {
            10 if is("connection") => {
                for option in field.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    if option.eq_ignore_ascii_case(b"close") {
                        head.keeps_connection = false;
                    }
                }
            }
            12 if is("content-type") => head.content_type = head.content_type.or(Some(value(field.value)?)),
            13 if is("traceresponse") => head.trace = head.trace.or(Some(value(field.value)?)),
            14 if is("content-length") => {
                let said = digits(field.value).ok_or(Broken::NoHttp)?;
                if length.is_some_and(|length| length != said) {
                    return Err(Broken::NoHttp);
                }
                length = Some(said);
            }
            16 if is("content-encoding") => {
                head.content_encoding = head.content_encoding.or(Some(value(field.value)?));
            }
            // Those that come later were put on later.
            17 if is("transfer-encoding") => {
                let last = field.value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
                coding = Some(last.trim_ascii().eq_ignore_ascii_case(b"chunked"));
            }
            _ => {}
        }
    }
    // RFC 9112, section 6.3.
    let ends = match (coding, length) {
        _ if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) => Ends::Here,
        (Some(_), _) if !is_1_1 => return Err(Broken::NoHttp),
        // Both may be meant to be read in two ways by two readers.
        (Some(_), Some(_)) => return Err(Broken::NoHttp),
        (Some(true), None) => Ends::chunked(),
        (None, Some(length)) => Ends::after(length),
        (Some(false) | None, None) => {
            head.keeps_connection = false;
            Ends::WithConnection
        }
    };
    Ok((head, ends))
}

/// As nearly all say it: without a copy.
const KNOWN: [&str; 3] = ["application/json; charset=utf-8", "application/json", "gzip"];

fn value(bytes: &[u8]) -> Result<HeaderValue, Broken> {
    match KNOWN.into_iter().find(|known| known.as_bytes() == bytes) {
        Some(known) => Ok(HeaderValue::from_static(known)),
        None => HeaderValue::from_bytes(bytes).map_err(|_| Broken::NoHttp),
    }
}

/// A length: digits and nothing else, as the grammar has it.
fn digits(bytes: &[u8]) -> Option<u64> {
    let all_digits = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(bytes).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Option<(Head, Ends)>, Broken> {
        read(&mut BytesMut::from(text))
    }

    fn ends(fields: &str) -> Option<Ends> {
        of(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n")).ok().map(|read| read.unwrap().1)
    }

    #[test]
    fn a_head_is_taken_once_it_is_whole_and_what_follows_it_stays() {
        let text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n";
        for cut in 0..text.len() {
            let mut begun = BytesMut::from(&text[..cut]);
            assert!(read(&mut begun).unwrap().is_none(), "{cut}");
            assert_eq!(begun.len(), cut);
        }
        let mut whole = BytesMut::from(format!("{text}{{}}").as_str());
        let (head, ends) = read(&mut whole).unwrap().unwrap();
        assert_eq!(
            (head.status, head.content_type.unwrap(), ends),
            (StatusCode::OK, "application/json".parse().unwrap(), Ends::after(2))
        );
        assert!(head.keeps_connection);
        assert_eq!(&whole[..], b"{}");
    }

    #[test]
    fn where_a_body_ends_is_said_in_one_way() {
        assert_eq!(ends("content-length: 7\r\n"), Some(Ends::after(7)));
        assert_eq!(ends("content-length: 7\r\nContent-Length: 7\r\n"), Some(Ends::after(7)));
        assert_eq!(ends("Transfer-Encoding: gzip, Chunked\r\n"), Some(Ends::chunked()));
        assert_eq!(ends("transfer-encoding: chunked, gzip\r\n"), Some(Ends::WithConnection));
        assert_eq!(ends(""), Some(Ends::WithConnection));
        for wrong in [
            "content-length: 7\r\ncontent-length: 8\r\n",
            "content-length: 7, 7\r\n",
            "content-length: +7\r\n",
            "content-length: \r\n",
            "content-length: 99999999999999999999\r\n",
            "content-length: 7\r\ntransfer-encoding: chunked\r\n",
            "content-length : 7\r\n",
            " content-length: 7\r\n",
        ] {
            assert_eq!(ends(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_connection_is_kept_where_both_mean_to() {
        let kept = |text: &str| of(text).unwrap().unwrap().0.keeps_connection;
        assert!(kept("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
        assert!(!kept("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: x, Close\r\n\r\n"));
        assert!(!kept("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n"));
        assert!(!kept("HTTP/1.1 200 OK\r\n\r\n"));
    }

    #[test]
    fn interim_answers_are_passed_over_and_another_protocol_is_not_taken_up() {
        let (head, _) =
            of("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!(head.status, StatusCode::NO_CONTENT);
        assert!(of("HTTP/1.1 100 Continue\r\n\r\n").unwrap().is_none());
        assert!(of("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n").is_err());
    }

    #[test]
    fn what_is_no_head_is_not_read_as_one() {
        for wrong in ["SSH-2.0-x\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"] {
            assert!(matches!(of(wrong), Err(Broken::NoHttp)), "{wrong:?}");
        }
        let many = "a: b\r\n".repeat(MOST_FIELDS + 1);
        assert!(of(&format!("HTTP/1.1 200 OK\r\n{many}\r\n")).is_err());
    }
}
