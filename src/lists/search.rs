//! Searching and sorting: what was asked of a list becomes conditions and an order. Whether the caller may read an
//! attribute is judged before anything runs, but for `general_search`, which looks only where the caller may read.

use super::Page;
use super::asked::{Asked, IntegerSearch, Search, SearchOperator, SortDirection, Sorter};
use super::listing::{Attribute, Kind, Listing, Wanted};
use crate::error::Refusal;
use crate::names::folded;
use crate::storage::{Comparison, Condition, Filter, Order, Value};

/// How many comparisons a search may have: enough for people, and short enough for a database.
const MOST_COMPARISONS: usize = 100;
/// How many characters a text to search for may have: no text that people write is longer, and each one is held against
/// every row.
const LONGEST_TEXT: usize = 2_000;
/// How many attributes a list may be sorted by.
const MOST_SORTERS: usize = 10;

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
