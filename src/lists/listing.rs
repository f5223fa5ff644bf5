//! What a feature says of its list: by which attributes it can be searched and sorted, and where these are kept.

use super::Page;
use crate::storage::{Filter, Order};

/// What an attribute holds, and so which comparisons it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that people write: the column holds it folded.
    Words,
    /// Text that is compared letter for letter.
    Text,
    /// A number.
    Integer,
    /// 0 or 1.
    Boolean,
    /// A time.
    DateTime,
}

impl Kind {
    /// The part of a search that compares it.
    pub(super) const fn searched_by(self) -> &'static str {
        match self {
            Self::Words | Self::Text => "string_fields",
            Self::Integer => "integer_fields",
            Self::Boolean => "boolean_fields",
            Self::DateTime => "datetime_fields",
        }
    }

    /// Whether it is text.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Words | Self::Text)
    }
}

/// One attribute of a list: a field of its entities, and where that is kept.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// The field's name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The column, or an expression over columns.
    pub column: &'static str,
}

impl Attribute {
    /// An attribute.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, column: &'static str) -> Self {
        Self { name, kind, column }
    }
}

/// A field of the entities that holds other things, by whose numbers they can be searched: the roles of users.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The field's name.
    pub name: &'static str,
    /// The column of the entities' numbers.
    pub column: &'static str,
    /// What reads the numbers of the entities that hold one thing, up to that thing's number.
    pub holders: &'static str,
}

/// What a list can be searched and sorted by.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The type of its entities, whose fields the attributes are.
    pub entity: &'static str,
    /// The column of the entities' numbers, which the list is sorted by last.
    pub id: &'static str,
    /// The attributes.
    pub attributes: &'static [Attribute],
    /// What else they can be searched by, and not sorted.
    pub links: &'static [Link],
}

/// What was asked, checked: for the feature's SQL.
#[derive(Debug)]
pub struct Wanted {
    /// Which rows.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Which page of them.
    pub page: Page,
}

impl Wanted {
    /// All of a listing, one page of it, in the order in which they were made.
    #[must_use]
    pub fn page(listing: &Listing, page: Page) -> Self {
        Self { filter: Filter::default(), order: Order::default().then(listing.id, false), page }
    }
}
