//! What may be asked of a list, in the form of GraphQL.

use super::Paginator;
use crate::scalars::{DateTime, Int64Bit};
use crate::storage::Comparison;
use async_graphql::{Enum, InputObject};

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
    /// How many comparisons it has.
    pub(super) fn comparisons(&self) -> usize {
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
    /// How a column is compared; the same, unless said otherwise.
    pub(super) const fn comparison(asked: Option<Self>) -> Comparison {
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
