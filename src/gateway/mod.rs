//! The API behind: its schema, put together with Doorward's own, and the requests that go on to it. What may go on is
//! decided before; nothing is decided here.

mod asked;
mod body;
mod check;
mod compose;
mod concerns;
pub mod diff;
mod exchange;
mod failure;
mod fetch;
pub mod introspected;
mod json;
mod keep;
mod nested;
mod pool;
mod probe;
pub mod sdl;
mod served;
mod split;
mod state;
mod store;
mod told;
mod wire;

pub use asked::Asked;
pub use compose::{Clash, Composed, compose};
pub use concerns::{Concern, Diff, compare, waiting};
pub use exchange::{Answer, Question, is_of};
pub use failure::Failure;
pub use fetch::fetch;
pub use keep::{Pulled, behind, keep, known, names_nothing, pull};
pub use probe::{Probed, has_credential, probe, probe_without_credential};
pub use served::{ApiSchema, Served, awaiting, served};
pub use split::{ApiPart, Used, part};
pub use store::Known;
pub use told::Who;

use crate::config::Config;
use crate::error::Refusal;
use pool::Pool;
use state::State;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The API behind, as it is reached.
pub struct Api {
    pool: Arc<Pool>,
    /// What every request begins with.
    beginning: told::Beginning,
    timeout: Duration,
    /// The file that holds its schema, where it is not asked for it.
    sdl: Option<PathBuf>,
    state: State,
    asked: Arc<Asked>,
}

impl Api {
    /// The API that the configuration names; `None`: it names none.
    ///
    /// # Errors
    /// When its URL cannot be used on this machine.
    pub fn open(config: &Config) -> Result<Option<Arc<Self>>, Refusal> {
        let upstream = &config.upstream;
        let Some(url) = &upstream.url else { return Ok(None) };
        let wrong = |why: String| Refusal::input("upstream.url", format!("`upstream.url` cannot be used: {why}"));
        let (pool, host, path) = pool::open(url).map_err(wrong)?;
        let beginning = told::Beginning::new(upstream, &host, &path).map_err(wrong)?;
        let (timeout, sdl) = (upstream.timeout.0, upstream.sdl.clone());
        Ok(Some(Arc::new(Self { pool, beginning, timeout, sdl, state: State::default(), asked: Arc::default() })))
    }

    /// Notes that an answer which had begun well went wrong after all.
    pub fn failed(&self, failure: &Failure) {
        self.state.note(Err(failure));
    }

    /// How it is doing, in words.
    #[must_use]
    pub fn state(&self) -> String {
        self.state.words()
    }

    /// What came of requests to it.
    #[must_use]
    pub fn asked(&self) -> Arc<Asked> {
        Arc::clone(&self.asked)
    }

    /// Whether its schema is read from a file.
    #[must_use]
    pub const fn has_file(&self) -> bool {
        self.sdl.is_some()
    }
}
