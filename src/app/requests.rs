//! What came of requests, counted: by code, and by what answered them.

use super::At;
use crate::counts::{Count, Durations};
use crate::error::Code;
use axum::http::Response;
use std::time::Duration;

/// What is counted where nothing was refused, and where something was without a code.
const WITHOUT_CODE: [&str; 3] = ["OK", "CLIENT_ERROR", "SERVER_ERROR"];

/// What answers, as far as it is told apart.
const ROUTES: [&str; 6] = ["graphql", "own_graphql", "schema", "health", "page", "elsewhere"];

/// What came of the requests so far.
#[derive(Debug)]
pub(super) struct Requests {
    /// In the order of [`Code::ALL`].
    by_code: Vec<Count>,
    without_code: [Count; WITHOUT_CODE.len()],
    by_route: [Durations; ROUTES.len()],
}

impl Default for Requests {
    fn default() -> Self {
        let by_code = Code::ALL.iter().map(|_| Count::default()).collect();
        Self { by_code, without_code: Default::default(), by_route: Default::default() }
    }
}

impl Requests {
    /// Notes an answer. A refusal's code is among the extensions of its response.
    pub fn note<B>(&self, at: Option<At>, response: &Response<B>, took: Duration) {
        let code = response.extensions().get::<Code>();
        let count = match code.and_then(|code| self.by_code.get(*code as usize)) {
            Some(count) => count,
            None => {
                let [ok, client, server] = &self.without_code;
                match response.status().as_u16() {
                    0..400 => ok,
                    400..500 => client,
                    _ => server,
                }
            }
        };
        count.add();
        let [graphql, own_graphql, schema, health, page, elsewhere] = &self.by_route;
        let durations = match at {
            Some(At::Graphql) => graphql,
            Some(At::OwnGraphql) => own_graphql,
            Some(At::Sdl) => schema,
            Some(At::Alive | At::Ready) => health,
            Some(At::Console) => page,
            None => elsewhere,
        };
        durations.add(took);
    }

    /// How many came to what.
    pub fn by_code(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let without = WITHOUT_CODE.into_iter().zip(&self.without_code);
        let codes = Code::ALL.iter().map(|code| code.as_str()).zip(&self.by_code);
        without.chain(codes).map(|(code, count)| (code, count.get()))
    }

    /// How long they took until their answers began, by what answered.
    pub fn by_route(&self) -> impl Iterator<Item = (&'static str, &Durations)> {
        ROUTES.into_iter().zip(&self.by_route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_own_place() {
        for (place, code) in Code::ALL.iter().enumerate() {
            assert_eq!(*code as usize, place, "{}", code.as_str());
        }
    }

    #[test]
    fn an_answer_is_counted_by_its_code_or_else_by_its_status() {
        let requests = Requests::default();
        let note = |status: u16, code: Option<Code>| {
            let mut response = Response::builder().status(status).body(()).unwrap();
            code.map(|code| response.extensions_mut().insert(code));
            requests.note(None, &response, Duration::ZERO);
        };
        note(200, None);
        note(303, None);
        note(200, Some(Code::Forbidden));
        note(404, None);
        note(500, Some(Code::Internal));
        note(501, None);
        let counted: Vec<_> = requests.by_code().filter(|(_, count)| *count > 0).collect();
        let expected = [("OK", 2), ("CLIENT_ERROR", 1), ("SERVER_ERROR", 1), ("FORBIDDEN", 1), ("INTERNAL", 1)];
        assert_eq!(counted, expected);
        let elsewhere = requests.by_route().last().unwrap();
        assert_eq!((elsewhere.0, elsewhere.1.measured().count), ("elsewhere", 6));
    }
}
