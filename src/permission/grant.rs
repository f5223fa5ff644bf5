//! A grant as people write it and as it is kept: the grammar of permission rule 3, and nothing of any schema.

use std::fmt;

use super::source::Source;

/// What a grant matches (permission rules 3 to 6). Names are those of the source's own schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// `*.*`: every field of every object type that is not a root.
    Everything,
    /// `T.*`: every field of an object type, interface or input object type.
    Type(String),
    /// `T.f`: a field with all its arguments, or an input field.
    Field(String, String),
    /// `T.f(a:)`: a field with this argument.
    Argument(String, String, String),
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*.*"),
            Self::Type(ty) => write!(f, "{ty}.*"),
            Self::Field(ty, field) => write!(f, "{ty}.{field}"),
            Self::Argument(ty, field, argument) => write!(f, "{ty}.{field}({argument}:)"),
        }
    }
}

/// A grant as it is kept: settled on one source (permission rule 3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// Whether it takes away (`!`).
    pub exclude: bool,
    /// Whose coordinates it matches.
    pub source: Source,
    /// Which of them.
    pub pattern: Pattern,
}

impl Grant {
    /// Reads a kept grant, which names its source (`own:Query.me`). What people write goes through
    /// [`Surface::accept`](super::Surface::accept), which knows whose a coordinate without a prefix is.
    ///
    /// # Errors
    /// When the text is not a grant or names no source.
    pub fn parse(text: &str) -> Result<Self, GrantError> {
        let Written { exclude, source, pattern } = Written::parse(text)?;
        let source = source.ok_or_else(|| GrantError::malformed(text, "a kept grant begins with own: or api:"))?;
        Ok(Self { exclude, source, pattern })
    }
}

impl fmt::Display for Grant {
    /// The kept form: always with its source, so that [`Grant::parse`] reads it back whatever the schema has become.
    /// [`Surface::print`](super::Surface::print) is for people's eyes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}", if self.exclude { "!" } else { "" }, self.source, self.pattern)
    }
}

/// A grant and its moment (permission rule 8).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PinnedGrant {
    /// The grant.
    pub grant: Grant,
    /// The schema revision at which it was made or last confirmed.
    pub as_of: i64,
}

/// A grant as written: the source may be left to the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub exclude: bool,
    pub source: Option<Source>,
    pub pattern: Pattern,
}

impl Written {
    pub fn parse(text: &str) -> Result<Self, GrantError> {
        let (exclude, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (source, rest) = if let Some(rest) = rest.strip_prefix("own:") {
            (Some(Source::Own), rest)
        } else if let Some(rest) = rest.strip_prefix("api:") {
            (Some(Source::Api), rest)
        } else {
            (None, rest)
        };
        Ok(Self { exclude, source, pattern: pattern(text, rest)? })
    }
}

/// Whether a text is a pattern as settings hold them: a grant that takes nothing away.
///
/// # Errors
/// Says what is wrong, and what is allowed.
pub fn check_pattern(text: &str) -> Result<(), GrantError> {
    match Written::parse(text)? {
        Written { exclude: true, .. } => Err(GrantError::malformed(text, "`!` has no meaning here")),
        _ => Ok(()),
    }
}

fn pattern(text: &str, rest: &str) -> Result<Pattern, GrantError> {
    if rest == "*.*" {
        return Ok(Pattern::Everything);
    }
    let wrong = |what: &str| GrantError::malformed(text, what);
    let (ty, member) = rest.split_once('.').ok_or_else(|| wrong("it has no dot"))?;
    if !is_name(ty) {
        return Err(wrong("before the dot stands no name of a type"));
    }
    if member == "*" {
        return Ok(Pattern::Type(ty.to_owned()));
    }
    let Some((field, argument)) = member.split_once('(') else {
        return if is_name(member) {
            Ok(Pattern::Field(ty.to_owned(), member.to_owned()))
        } else {
            Err(wrong("after the dot stands no name of a field"))
        };
    };
    if !is_name(field) {
        return Err(wrong("only a field named in full has arguments"));
    }
    let inside = argument.strip_suffix(')').ok_or_else(|| wrong("the parenthesis is not closed"))?;
    match inside.split_once(':') {
        Some((name, "")) if is_name(name) => Ok(Pattern::Argument(ty.to_owned(), field.to_owned(), name.to_owned())),
        Some((name, _)) if is_name(name) => Err(wrong("an argument cannot be held to a value")),
        _ => Err(wrong("in the parentheses stands no argument's name with a colon")),
    }
}

/// A GraphQL Name (specification, section 2.1.9) that is not reserved for introspection.
fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic());
    first && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) && !text.starts_with("__")
}

/// Why a grant is refused when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantError {
    /// The grant as it was written.
    pub text: String,
    /// What is wrong with it, and what is allowed.
    pub message: String,
    /// The nearest thing that is there.
    pub nearest: Option<String>,
    /// Whether the grant parses and only names what is not there.
    pub unknown: bool,
}

const ALLOWED: &str =
    "allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away";

impl GrantError {
    pub(super) fn malformed(text: &str, what: &str) -> Self {
        let message = format!("\"{text}\" is no permission: {what}; {ALLOWED}");
        Self { text: text.to_owned(), message, nearest: None, unknown: false }
    }

    pub(super) fn unknown(text: &str, what: &str, nearest: Option<String>) -> Self {
        Self { text: text.to_owned(), message: format!("\"{text}\": {what}"), nearest, unknown: true }
    }
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; the nearest is {nearest}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for GrantError {}
