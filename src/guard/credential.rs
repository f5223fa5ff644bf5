//! What a request presents: read from its headers, and told apart by form before anything is looked up.

use super::{cookie, unknown};
use crate::error::Refusal;
use crate::secret::{Kind, Secret};
use axum::http::{HeaderMap, header};

/// What came with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// A bearer token (RFC 6750, section 2.1).
    Bearer(&'a str),
    /// The cookie of a session that was begun in the console.
    Cookie(&'a str),
    /// No credential.
    Nothing,
    /// An `Authorisation` header, and no `Authorization`.
    Misspelt,
    /// Another scheme than `Bearer`, or more than one `Authorization` header.
    OtherScheme,
}

impl<'a> Presented<'a> {
    /// Reads the headers. The scheme may be written in any case (RFC 9110, section 11.1).
    #[must_use]
    pub fn read(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return if headers.contains_key("authorisation") { Self::Misspelt } else { Self::Nothing };
        };
        if values.next().is_some() {
            return Self::OtherScheme;
        }
        let Some((scheme, rest)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
            return Self::OtherScheme;
        };
        if scheme.eq_ignore_ascii_case("bearer") { Self::Bearer(rest.trim()) } else { Self::OtherScheme }
    }

    /// The same for a request that changes something, or may: a cookie counts where no header says who calls, and only
    /// from a page of this server's own (`Origin`), since a browser sends cookies whoever wrote the page.
    #[must_use]
    pub fn read_from_own_page(headers: &'a HeaderMap, public_url: &str) -> Self {
        match Self::read(headers) {
            Self::Nothing if cookie::is_from_own_page(headers, public_url) => Self::read_cookie(headers, public_url),
            other => other,
        }
    }

    /// The cookie alone, for a page that is only looked at.
    #[must_use]
    pub fn read_cookie(headers: &'a HeaderMap, public_url: &str) -> Self {
        cookie::read(headers, &cookie::name(public_url)).map_or(Self::Nothing, Self::Cookie)
    }
}

/// Which kind of credential a presented secret is, by its form alone.
///
/// # Errors
/// A secret that is none of ours, or is for something else.
pub(super) fn kind(presented: &Presented<'_>, secret: &str, prefix: &str) -> Result<Kind, Refusal> {
    let by_cookie = matches!(presented, Presented::Cookie(_));
    match Secret::kind_of(secret, prefix) {
        Some(Kind::Cookie) if by_cookie => Ok(Kind::Cookie),
        _ if by_cookie => Err(unknown()),
        Some(kind @ (Kind::PersonalAccessToken | Kind::AccessToken)) => Ok(kind),
        Some(Kind::RefreshToken) => Err(Refusal {
            message: "this is a refresh token: pass it to `signInRefresh` and send the access token that it answers"
                .into(),
            ..unknown()
        }),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn read(pairs: &[(&'static str, &'static str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        format!("{:?}", Presented::read(&headers))
    }

    #[test]
    fn headers_are_read_as_people_write_them() {
        assert_eq!(read(&[("authorization", "Bearer abc")]), "Bearer(\"abc\")");
        assert_eq!(read(&[("authorization", "bEARER  abc ")]), "Bearer(\"abc\")");
        assert_eq!(read(&[("authorization", "Basic abc")]), "OtherScheme");
        assert_eq!(read(&[("authorization", "abc")]), "OtherScheme");
        assert_eq!(read(&[]), "Nothing");
        assert_eq!(read(&[("authorisation", "Bearer abc")]), "Misspelt");
        assert_eq!(read(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]), "OtherScheme");
    }
}
