//! One visit by somebody who is signed in: who it is, what they asked for, and what they may do.

use super::call::Call;
use super::csrf;
use super::form::Form;
use super::frame::{Crumb, Frame, Here};
use super::reply;
use super::stop::Stop;
use crate::caller::{Caller, Person};
use crate::context::Context;
use crate::error::Code;
use crate::graphql::{self, AnsweredRefusal, Door};
use crate::sessions;
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The doors that pages run their operations through.
#[derive(Clone)]
pub struct Doors {
    /// At `/graphql`.
    pub whole: Arc<Door>,
    /// Doorward's own schema.
    pub own: Arc<Door>,
}

impl Doors {
    /// The address that links and snippets begin with.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.whole.cx.config.own_url()
    }

    /// Where the whole schema is asked.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}/graphql", self.public_url())
    }

    /// Where Doorward's own schema is asked: the same, unless an API has fields of its names.
    #[must_use]
    pub fn own_endpoint(&self) -> String {
        if self.own.part.is_some() { format!("{}/doorward/graphql", self.public_url()) } else { self.endpoint() }
    }
}

/// A visit.
pub struct Visit {
    /// The doors of this moment.
    pub doors: Doors,
    /// Who visits, by the session of their cookie.
    pub caller: Caller,
    /// The cookie's secret, which the tokens of forms are made from.
    pub cookie: String,
    /// The path.
    pub path: String,
    /// What stands behind it.
    pub query: Form,
    /// Whether the browser takes packed answers.
    pub gzip: bool,
}

impl Visit {
    /// What features are given.
    #[must_use]
    pub fn cx(&self) -> &Arc<Context> {
        &self.doors.own.cx
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.cx().world.now()
    }

    /// Who visits.
    ///
    /// # Errors
    /// Never for a session, which always is somebody's.
    pub fn person(&self) -> Result<&Person, Stop> {
        Ok(self.caller.person()?)
    }

    /// Whether they may run this operation of Doorward's own schema: what they may not is not offered.
    #[must_use]
    pub fn may(&self, document: &str) -> bool {
        graphql::missing(&self.doors.own, &self.caller, document).is_empty()
    }

    /// Runs an operation of Doorward's own schema, and reads its data.
    ///
    /// # Errors
    /// Whatever it was refused for.
    pub async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Stop> {
        self.attempt(call).await?.map_err(Stop::Refused)
    }

    /// The same for a form, to whose fields a refusal goes back: wrong input and what is not given away, or what has to be
    /// proved first, comes as the inner error.
    ///
    /// # Errors
    /// Where the form has nothing to do with it: the page is not theirs, the session is over, the server cannot answer.
    pub async fn attempt<T: DeserializeOwned>(&self, call: &Call) -> Result<Result<T, AnsweredRefusal>, Stop> {
        // Said of the whole, before any of it is held against what is hidden from the visitor.
        let missing = graphql::missing(&self.doors.own, &self.caller, call.document);
        if !missing.is_empty() {
            return Err(Stop::Missing(missing));
        }
        let answered = graphql::run_inside(&self.doors.own, &self.caller, call.document, &call.variables).await;
        if let Some(first) = answered.errors.into_iter().next() {
            return if first.is(Code::Forbidden) && !first.extensions.missing.is_empty() {
                Err(Stop::Missing(first.extensions.missing))
            } else if first.is(Code::Unauthenticated) {
                Err(Stop::SessionOver)
            } else if first.is(Code::Unavailable) || first.is(Code::Internal) {
                Err(Stop::Failed(first.message))
            } else {
                Ok(Err(first))
            };
        }
        serde_json::from_value(answered.data).map(Ok).map_err(|error| {
            tracing::error!(%error, path = self.path, "a page could not read its answer");
            Stop::Failed("internal error".into())
        })
    }

    /// The frame around a page.
    ///
    /// # Errors
    /// As [`person`](Self::person).
    pub fn frame(&self, here: Here, title: &str, crumbs: Vec<Crumb>) -> Result<Frame, Stop> {
        Frame::new(self, here, title, crumbs)
    }

    /// A token for the page's forms.
    #[must_use]
    pub fn csrf(&self) -> String {
        csrf::token(&self.cx().world, &self.cookie)
    }

    /// A number for a form that makes something once.
    #[must_use]
    pub fn nonce(&self) -> String {
        csrf::token(&self.cx().world, "once")
    }

    /// Whether that form was not sent before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_first(&self, form: &Form) -> Result<bool, Stop> {
        Ok(sessions::take_once(self.cx(), &self.caller, form.get("once")).await?)
    }

    /// Gives a form back whose operation was refused: it made nothing, and may be sent again from where it stood.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_back(&self, form: &Form) -> Result<(), Stop> {
        Ok(sessions::give_back(self.cx(), &self.caller, form.get("once")).await?)
    }

    /// A page.
    #[must_use]
    pub fn page(&self, template: &impl Template) -> Response<Body> {
        reply::page(StatusCode::OK, self.gzip, template)
    }

    /// A form again, with what is wrong in it.
    #[must_use]
    pub fn page_again(&self, template: &impl Template) -> Response<Body> {
        reply::page(StatusCode::UNPROCESSABLE_ENTITY, self.gzip, template)
    }
}
