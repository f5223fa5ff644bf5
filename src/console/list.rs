//! Lists of one form: a page of entities, and the way to the others.

use super::form::Form;
use super::visit::Visit;
use serde::Deserialize;

/// A page of a list, as it is answered.
#[derive(Debug, Deserialize)]
pub struct Listed<T> {
    /// What is on it.
    pub entities: Vec<T>,
    /// Where it stands.
    pub page_info: PageInfo,
}

/// Where a page stands.
#[derive(Debug, Deserialize)]
pub struct PageInfo {
    /// The page, from 1.
    pub page: usize,
    /// How many there are in all.
    pub total_count: usize,
    /// How many pages.
    pub total_pages: usize,
}

/// The line below a list.
#[derive(Debug)]
pub struct Pager {
    /// How many there are.
    pub text: String,
    /// `Page 2 of 7`, where there is more than one.
    pub place: Option<String>,
    /// Where the page before is.
    pub before: Option<String>,
    /// Where the next one is.
    pub after: Option<String>,
}

impl Pager {
    /// Below this page of the visit's list.
    #[must_use]
    pub fn new(visit: &Visit, info: &PageInfo, text: &str) -> Self {
        let at = |page: usize| {
            let mut pairs: Vec<_> =
                visit.query.fields().iter().filter(|(key, _)| key != "page" && key != "done").collect();
            let page = ("page".to_owned(), page.to_string());
            pairs.push(&page);
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            format!("{}?{query}", visit.path)
        };
        Self {
            text: text.to_owned(),
            place: (info.total_pages > 1).then(|| format!("Page {} of {}", info.page, info.total_pages)),
            before: (info.page > 1).then(|| at(info.page - 1)),
            after: (info.page < info.total_pages).then(|| at(info.page + 1)),
        }
    }
}

/// The page that is asked for, from 1.
#[must_use]
pub fn page_of(query: &Form) -> u32 {
    query.get("page").parse().unwrap_or(1).max(1)
}
