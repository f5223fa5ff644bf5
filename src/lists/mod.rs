//! Lists: their pages, what they can be searched and sorted by, in every door the same.

mod asked;
mod listing;
mod search;
mod siblings;

pub use asked::{Asked, Search, Sorter};
pub use listing::{Attribute, Kind, Link, Listing, Wanted};
pub use search::short;
pub use siblings::Siblings;

use crate::error::Refusal;
use async_graphql::{InputObject, SimpleObject};

/// The longest page.
pub const LONGEST_PAGE: i32 = 100;

/// Which page of a list to answer.
#[derive(Debug, Clone, Copy, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct Paginator {
    /// The page, counting from 1.
    #[graphql(default_with = "Some(1)")]
    pub page: Option<i32>,
    /// How many records a page has: 1 to 100.
    #[graphql(default_with = "Some(25)")]
    pub records_per_page: Option<i32>,
}

/// Where in a list the answer stands.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct PageInfo {
    /// The page, counting from 1.
    pub page: i32,
    /// How many records a page has.
    pub records_per_page: i32,
    /// How many records there are in all.
    pub total_count: i32,
    /// How many pages there are in all.
    pub total_pages: i32,
}

/// A page that was asked for, checked.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    number: i32,
    records: i32,
}

impl Default for Page {
    fn default() -> Self {
        Self { number: 1, records: 25 }
    }
}

impl Page {
    /// Checks what was asked for; nothing asked is the first 25.
    ///
    /// # Errors
    /// Says what is allowed.
    pub fn of(paginator: Option<Paginator>) -> Result<Self, Refusal> {
        let number = paginator.and_then(|asked| asked.page).unwrap_or(1);
        let records = paginator.and_then(|asked| asked.records_per_page).unwrap_or(25);
        if number < 1 {
            return Err(Refusal::input("paginator.page", "`page` counts from 1"));
        }
        if !(1..=LONGEST_PAGE).contains(&records) {
            return Err(Refusal::input("paginator.records_per_page", "`records_per_page` must be 1 to 100"));
        }
        Ok(Self { number, records })
    }

    /// The pages of a whole list, one after the other, as long as they may be.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..).map(|number| Self { number, records: LONGEST_PAGE })
    }

    /// How many records to read.
    #[must_use]
    pub fn limit(self) -> i64 {
        i64::from(self.records)
    }

    /// How many records to pass over.
    #[must_use]
    pub fn offset(self) -> i64 {
        (i64::from(self.number) - 1) * i64::from(self.records)
    }

    /// What to say of it, there being `total` records.
    #[must_use]
    pub fn info(self, total: i64) -> PageInfo {
        let records = i64::from(self.records);
        let whole = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        PageInfo {
            page: self.number,
            records_per_page: self.records,
            total_count: whole(total),
            total_pages: whole((total + records - 1) / records),
        }
    }
}
