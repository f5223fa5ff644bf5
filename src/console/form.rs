//! What a form carries (`application/x-www-form-urlencoded`, the URL standard, section 5).

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// Fields that are never written into a page again.
const SECRET: &[&str] = &["password", "current_password", "new_password", "code", "csrf", "kept", "next", "secret"];

/// What the names begin with that tell what fields were before.
const WAS: &str = "was.";

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is no form.
    NoForm,
    /// It is longer than it may be.
    TooLong,
    /// It did not come whole.
    Broken,
}

/// Reads a body of at most so many bytes to its end.
///
/// # Errors
/// It is longer, or did not come whole.
pub async fn whole(body: Body, longest: usize) -> Result<Bytes, Unread> {
    match Limited::new(body, longest).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLong),
        Err(_) => Err(Unread::Broken),
    }
}

/// The fields, in their order.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body of at most so many bytes.
    ///
    /// # Errors
    /// It is no form, too long, or did not come whole.
    pub async fn read(headers: &HeaderMap, body: Body, longest: usize) -> Result<Self, Unread> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Unread::NoForm);
        }
        Ok(Self::parse(&whole(body, longest).await?))
    }

    /// Reads fields as a form writes them, or the query of a URL.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// A field, if it was sent.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A field; empty, if it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// A field without the white space around it; `None`: nothing is left.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|text| !text.is_empty())
    }

    /// Whether a box was ticked.
    #[must_use]
    pub fn ticked(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// All values of a field that may be sent several times.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The lines of a field that holds one thing a line, without the empty ones.
    #[must_use]
    pub fn lines(&self, name: &str) -> Vec<String> {
        self.all(name).flat_map(str::lines).map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    /// Whether a field is another than it was when its form was first shown, as `was.` and its name tell: what somebody
    /// else has changed meanwhile in a field that was left alone here, a form that was opened before does not turn back.
    #[must_use]
    pub fn changed(&self, name: &str) -> bool {
        let lines =
            |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        let was: Option<Vec<String>> = self.given(&format!("{WAS}{name}")).map(lines);
        was != Some(lines(self.get(name)))
    }

    /// What its fields were when it was first shown, to be written into it again.
    #[must_use]
    pub fn was(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| name.starts_with(WAS)).cloned().collect()
    }

    /// The same for a form that is shown for the first time, of these fields.
    #[must_use]
    pub fn first<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
        fields.into_iter().map(|(name, value)| (format!("{WAS}{name}"), value.to_owned())).collect()
    }

    /// What may be written into a page again: all that is no secret.
    #[must_use]
    pub fn kept(&self) -> Self {
        Self(self.0.iter().filter(|(key, _)| !SECRET.contains(&key.as_str())).cloned().collect())
    }

    /// As a form writes it.
    #[must_use]
    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// The fields, in their order.
    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.0
    }
}
