//! The pages of the schema: a list of types beside one of them.

use super::accept;
use super::browse::{self, Field, Shown};
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql;
use askama::Template;
use axum::body::Body;
use axum::http::Response;

/// The same by introspection.
const TYPE: &str = "query Type($name: String!) {
  __type(name: $name) {
    kind name description
    fields(includeDeprecated: true) {
      name description isDeprecated deprecationReason
      args { name description defaultValue type { ...Named } }
      type { ...Named }
    }
    inputFields { name description defaultValue type { ...Named } }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { name }
    interfaces { name }
  }
}

fragment Named on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name } } }
}";

const NOTE: &str = "What is shown here is what introspection answers; the whole schema as text is at /schema.graphql.";

#[derive(Template)]
#[template(path = "schema/show.html")]
struct Page<'a> {
    frame: Frame,
    shown: Shown,
    search: &'a str,
    /// The type that was asked for, and is not there.
    unknown: Option<&'a str>,
    /// How much waits to be accepted, in words.
    waiting: Option<String>,
}

impl Page<'_> {
    /// The page of a type, with the search kept.
    fn page_of(&self, name: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("type", name);
        if !self.search.is_empty() {
            query.append_pair("q", self.search);
        }
        format!("/schema?{}", query.finish())
    }

    fn is_shown(&self, name: &str) -> bool {
        self.shown.one.as_ref().is_some_and(|one| one.name == name)
    }

    /// Whether a field has something to say besides its signature.
    fn has_notes(&self, field: &Field) -> bool {
        field
            .arguments
            .iter()
            .any(|argument| argument.named.description.is_some() || argument.named.deprecated.is_some())
    }
}

/// The page.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let (search, name) = (visit.query.get("q").trim(), visit.query.get("type"));
    let (looked_for, asked) = (search.to_owned(), name.to_owned());
    let made = graphql::shown(&visit.doors.whole, &visit.caller, move |shaped| browse::of(shaped, &looked_for, &asked));
    let shown = made.await?;
    let title = shown.one.as_ref().map_or_else(|| "Schema".to_owned(), |one| one.name.clone());
    let crumbs = if name.is_empty() {
        vec![Crumb::here("Schema")]
    } else {
        vec![Crumb::to("/schema", "Schema"), Crumb::here(title.as_str())]
    };
    let call = Call::new(TYPE).with("name", title.as_str());
    let frame = visit
        .frame(Here::Schema, &format!("{title} in the schema"), crumbs)?
        .with_call(call.shown(&visit.doors.endpoint()).noted(NOTE));
    let unknown = Some(name).filter(|name| !name.is_empty() && shown.one.is_none());
    let waiting = accept::words(visit).await?;
    let page = Page { frame, shown, search, unknown, waiting };
    if page.unknown.is_some() {
        return Ok(crate::console::reply::page(axum::http::StatusCode::NOT_FOUND, visit.gzip, &page));
    }
    Ok(visit.page(&page))
}
