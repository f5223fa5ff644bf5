//! Searching and sorting: what may be asked of a list, and what comes of it as conditions and an order. A feature says
//! which attributes its list has; whether the caller may read them is judged before anything runs, but for
//! `general_search`, which looks only where the caller may read.

use super::{Page, Paginator};
use crate::error::Refusal;
use crate::names::folded;
use crate::scalars::{DateTime, Int64Bit};
use crate::storage::{Comparison, Condition, Filter, Order, Value};
use async_graphql::{Enum, InputObject};

/// How many comparisons a search may have: enough for people, and short enough for a database.
const MOST_COMPARISONS: usize = 100;
/// How many characters a text to search for may have: no text that people write is longer, and each one is held against
/// every row.
const LONGEST_TEXT: usize = 2_000;
/// How many attributes a list may be sorted by.
const MOST_SORTERS: usize = 10;

/// Which way to sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum SortDirection {
    /// The least first.
    Asc,
    /// The greatest first.
    Desc,
}

/// By what to sort. What holds nothing stands last.
#[derive(Debug, Clone, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct Sorter {
    /// The name of a field of the list's entities.
    pub attribute: String,
    /// Ascending, unless said otherwise.
    #[graphql(default_with = "Some(SortDirection::Asc)")]
    pub direction: Option<SortDirection>,
}

/// What to search for. The parts of one Search are joined by AND, several by OR.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct Search {
    /// Comparisons of text.
    pub string_fields: Option<Vec<StringSearch>>,
    /// Comparisons of numbers.
    pub integer_fields: Option<Vec<IntegerSearch>>,
    /// Comparisons of truth values.
    pub boolean_fields: Option<Vec<BooleanSearch>>,
    /// Comparisons of times.
    pub datetime_fields: Option<Vec<DateTimeSearch>>,
}

impl Search {
    fn comparisons(&self) -> usize {
        let counts = [
            self.string_fields.as_ref().map_or(0, Vec::len),
            self.integer_fields.as_ref().map_or(0, Vec::len),
            self.boolean_fields.as_ref().map_or(0, Vec::len),
            self.datetime_fields.as_ref().map_or(0, Vec::len),
        ];
        counts.iter().sum()
    }
}

/// A comparison of text. What people write (names, descriptions) is compared without regard to case.
#[derive(Debug, Clone, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct StringSearch {
    /// The name of a field of the list's entities.
    pub attribute: String,
    /// The text to compare with.
    pub search_value: String,
    /// False: those that do not match.
    #[graphql(name = "match", default_with = "Some(true)")]
    pub matching: Option<bool>,
    /// True: the text may stand anywhere within.
    #[graphql(default_with = "Some(false)")]
    pub partial_matching: Option<bool>,
}

/// A comparison of a number.
#[derive(Debug, Clone, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct IntegerSearch {
    /// The name of a field of the list's entities.
    pub attribute: String,
    /// The number to compare with.
    pub search_value: Int64Bit,
    /// Equality, unless said otherwise.
    #[graphql(default_with = "Some(SearchOperator::Eq)")]
    pub operator: Option<SearchOperator>,
}

/// A comparison of a truth value.
#[derive(Debug, Clone, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct BooleanSearch {
    /// The name of a field of the list's entities.
    pub attribute: String,
    /// The value to compare with.
    pub search_value: bool,
}

/// A comparison of a time.
#[derive(Debug, Clone, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct DateTimeSearch {
    /// The name of a field of the list's entities.
    pub attribute: String,
    /// The time to compare with.
    pub search_value: DateTime,
    /// Equality, unless said otherwise.
    #[graphql(default_with = "Some(SearchOperator::Eq)")]
    pub operator: Option<SearchOperator>,
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum SearchOperator {
    /// The same.
    Eq,
    /// Another, or none.
    Neq,
    /// Less, or before.
    Lt,
    /// Less or the same.
    Lte,
    /// More, or after.
    Gt,
    /// More or the same.
    Gte,
}

impl SearchOperator {
    const fn comparison(asked: Option<Self>) -> Comparison {
        match asked {
            None | Some(Self::Eq) => Comparison::Equal,
            Some(Self::Neq) => Comparison::Different,
            Some(Self::Lt) => Comparison::Less,
            Some(Self::Lte) => Comparison::AtMost,
            Some(Self::Gt) => Comparison::More,
            Some(Self::Gte) => Comparison::AtLeast,
        }
    }
}

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
    const fn searched_by(self) -> &'static str {
        match self {
            Self::Words | Self::Text => "string_fields",
            Self::Integer => "integer_fields",
            Self::Boolean => "boolean_fields",
            Self::DateTime => "datetime_fields",
        }
    }

    const fn is_text(self) -> bool {
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

/// What was asked of a list.
#[derive(Debug, Default)]
pub struct Asked {
    /// One entity alone.
    pub id: Option<Int64Bit>,
    /// Which page.
    pub paginator: Option<Paginator>,
    /// In which order.
    pub sorter: Option<Vec<Sorter>>,
    /// Which of them.
    pub search: Option<Vec<Search>>,
    /// Those that hold this anywhere.
    pub general_search: Option<String>,
}

impl Asked {
    /// How much work it is: the records of a page, and the rows that are looked through for each comparison.
    #[must_use]
    pub fn work(&self) -> usize {
        let page = self.paginator.and_then(|asked| asked.records_per_page).unwrap_or(25).clamp(1, 100);
        let sorters = self.sorter.as_ref().map_or(0, Vec::len);
        let searches = self.search.iter().flatten().map(|search| 1 + search.comparisons()).sum::<usize>();
        let anywhere = usize::from(self.general_search.is_some());
        page.unsigned_abs() as usize + 200 * sorters + 20 * searches + 200 * anywhere
    }
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

impl Listing {
    /// Checks what was asked. `may_read` says of an attribute whether the caller may read it.
    ///
    /// # Errors
    /// Names what is wrong and what is allowed.
    pub fn wanted(&self, asked: Asked, may_read: impl Fn(&str) -> bool) -> Result<Wanted, Refusal> {
        let reader = Reader { listing: self, may_read: &may_read };
        let page = Page::of(asked.paginator)?;
        let mut filter = Filter::default().equal(self.id, asked.id.map(|id| id.0));
        if let Some(search) = asked.search.filter(|search| !search.is_empty()) {
            filter = filter.and(&reader.search(&search)?);
        }
        if let Some(text) = asked.general_search.filter(|text| !text.is_empty()) {
            short("general_search", &text)?;
            filter = filter.and(&reader.anywhere(&text));
        }
        Ok(Wanted { filter, order: reader.order(&asked.sorter.unwrap_or_default())?, page })
    }
}

/// Holds a text that is searched for to a length: folding and comparing it costs as much as it is long.
///
/// # Errors
/// Names the `field` and says what is allowed.
pub fn short(field: &str, text: &str) -> Result<(), Refusal> {
    if text.chars().nth(LONGEST_TEXT).is_none() {
        return Ok(());
    }
    Err(Refusal::input(field, format!("`{field}` is too long: at most {LONGEST_TEXT} characters")))
}

struct Reader<'a> {
    listing: &'a Listing,
    may_read: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn search(&self, search: &[Search]) -> Result<Condition, Refusal> {
        let comparisons: usize = search.iter().map(Search::comparisons).sum();
        if comparisons > MOST_COMPARISONS || search.len() > MOST_COMPARISONS {
            let message = format!("`search` has too many comparisons: at most {MOST_COMPARISONS}");
            return Err(Refusal::input("search", message));
        }
        let conditions = search.iter().map(|one| self.all_of(one)).collect::<Result<Vec<_>, _>>()?;
        Ok(Condition::Any(conditions.into_iter().map(Condition::All).collect()))
    }

    fn all_of(&self, search: &Search) -> Result<Vec<Condition>, Refusal> {
        let mut all = Vec::new();
        for one in search.string_fields.iter().flatten() {
            let found = self.attribute(&one.attribute, "string_fields", Kind::is_text)?;
            short("search_value", &one.search_value)?;
            let value = if found.kind == Kind::Words { folded(&one.search_value) } else { one.search_value.clone() };
            let matches = if one.partial_matching == Some(true) {
                Condition::Contains(found.column, value)
            } else {
                Condition::Compare(found.column, Comparison::Equal, Value::Text(value))
            };
            all.push(if one.matching == Some(false) { Condition::Not(Box::new(matches)) } else { matches });
        }
        for one in search.integer_fields.iter().flatten() {
            if let Some(held) = self.link(one)? {
                all.push(held);
                continue;
            }
            let found = self.attribute(&one.attribute, "integer_fields", |kind| kind == Kind::Integer)?;
            let how = SearchOperator::comparison(one.operator);
            all.push(Condition::Compare(found.column, how, Value::Int(one.search_value.0)));
        }
        for one in search.boolean_fields.iter().flatten() {
            let found = self.attribute(&one.attribute, "boolean_fields", |kind| kind == Kind::Boolean)?;
            all.push(Condition::Compare(found.column, Comparison::Equal, Value::Int(one.search_value.into())));
        }
        for one in search.datetime_fields.iter().flatten() {
            let found = self.attribute(&one.attribute, "datetime_fields", |kind| kind == Kind::DateTime)?;
            let how = SearchOperator::comparison(one.operator);
            all.push(Condition::Compare(found.column, how, Value::Int(one.search_value.0.0)));
        }
        Ok(all)
    }

    /// A comparison with the number of something that entities hold: those that hold it, or those that do not.
    fn link(&self, one: &IntegerSearch) -> Result<Option<Condition>, Refusal> {
        let mut links = self.listing.links.iter();
        let Some(link) = links.find(|link| link.name == one.attribute && (self.may_read)(link.name)) else {
            return Ok(None);
        };
        let holds = Condition::Holds(link.column, link.holders, one.search_value.0);
        match one.operator {
            None | Some(SearchOperator::Eq) => Ok(Some(holds)),
            Some(SearchOperator::Neq) => Ok(Some(Condition::Not(Box::new(holds)))),
            _ => {
                let message = format!("`{}` can be compared by EQ and NEQ alone", link.name);
                Err(Refusal::input("operator", message))
            }
        }
    }

    /// The text stands in one of the attributes that the caller may read.
    fn anywhere(&self, text: &str) -> Condition {
        let readable = self.listing.attributes.iter().filter(|one| one.kind.is_text() && (self.may_read)(one.name));
        let held = |one: &Attribute| {
            let text = if one.kind == Kind::Words { folded(text) } else { text.to_owned() };
            Condition::Contains(one.column, text)
        };
        Condition::Any(readable.map(held).collect())
    }

    fn order(&self, sorters: &[Sorter]) -> Result<Order, Refusal> {
        if sorters.len() > MOST_SORTERS {
            return Err(Refusal::input("sorter", format!("`sorter` has too many attributes: at most {MOST_SORTERS}")));
        }
        let mut order = Order::default();
        for one in sorters {
            let found = self.attribute(&one.attribute, "sorter", |_| true)?;
            order = order.then(found.column, one.direction == Some(SortDirection::Desc));
        }
        Ok(order.then(self.listing.id, false))
    }

    fn attribute(&self, name: &str, part: &str, fits: impl Fn(Kind) -> bool) -> Result<&'static Attribute, Refusal> {
        let Some(found) = self.listing.attributes.iter().find(|one| one.name == name && (self.may_read)(one.name))
        else {
            let there = self.listing.attributes.iter();
            let there = there.filter(|one| fits(one.kind) && (self.may_read)(one.name)).map(|one| one.name);
            let allowed = there.collect::<Vec<_>>().join(", ");
            let message = if allowed.is_empty() {
                format!("there is nothing here that you may read and `{part}` can compare")
            } else {
                format!("`attribute` in `{part}` must be one of: {allowed}")
            };
            return Err(Refusal::input("attribute", message));
        };
        if fits(found.kind) {
            return Ok(found);
        }
        let message = format!("`{name}` cannot be compared in `{part}`: search it by `{}`", found.kind.searched_by());
        Err(Refusal::input("attribute", message))
    }
}
