//! The API behind: whether it answers Doorward, and nobody else; and whether its schema is as it is known.

use super::Finding;
use crate::app::App;
use crate::config::Config;
use crate::gateway::{Diff, Probed, has_credential, probe, probe_without_credential};
use crate::storage::Storage;
use crate::world::World;

const API: &str = "API behind";
const SCHEMA: &str = "schema";

/// Whether the API answers, and whether one can walk round the door.
pub async fn reached(config: &Config) -> Vec<Finding> {
    let with = match probe(config).await {
        Ok(None) => return vec![Finding::ok(API, "none is configured: Doorward serves its own schema alone")],
        Ok(Some(probed)) => probed,
        Err(refusal) => return vec![Finding::fault(API, refusal.to_string(), "mend `upstream.url`")],
    };
    let (has_credential, without) = (has_credential(config), probe_without_credential(config).await);
    let mut found = vec![match with {
        Probed::Answers => Finding::ok(API, "it answers"),
        Probed::Refuses if has_credential => Finding::fault(
            API,
            "it refuses the credential that Doorward presents",
            "look at `upstream.headers` and `upstream.secret`: `doorward config show` says where they come from",
        ),
        Probed::Refuses => Finding::fault(API, "it refuses a request without a credential", "set `upstream.headers`"),
        Probed::Away(why) => {
            Finding::fault(API, why, "see that it runs and can be reached, and look at `upstream.url`")
        }
    }];
    match without {
        Ok(Some(Probed::Answers)) if has_credential => found.push(Finding::fault(
            API,
            "it answers without the credential, too: whoever reaches it walks round the door",
            "let it refuse what comes without the credential that Doorward presents",
        )),
        Ok(Some(Probed::Answers)) => found.push(Finding::warning(
            API,
            "it asks for no credential: whoever reaches it walks round the door",
            "give it a credential that Doorward alone has (`upstream.headers`), or let nobody else reach it",
        )),
        Ok(Some(Probed::Refuses)) if has_credential => {
            found.push(Finding::ok(API, "it refuses what comes without the credential"));
        }
        _ => {}
    }
    found
}

/// Whether what is served is what the API has.
pub async fn schema(config: Config, storage: Storage, world: World) -> Vec<Finding> {
    if config.upstream.url.is_none() {
        return Vec::new();
    }
    let app = match App::looking(config, storage, world).await {
        Ok(app) => app,
        Err(error) => return vec![Finding::fault(SCHEMA, error.words(), "mend what it names")],
    };
    let pull = "`doorward schema diff` shows it, `doorward schema pull` takes it in";
    let mut found = Vec::new();
    match app.diff().await {
        Err(error) => found.push(Finding::fault(SCHEMA, error.words(), "see above")),
        Ok(None) => {}
        Ok(Some(Diff { is_known: false, .. })) => {
            found.push(Finding::warning(SCHEMA, "nothing is known of the API's schema yet", "`doorward schema pull`"));
        }
        Ok(Some(Diff { changes, waiting, .. })) => {
            if !changes.is_empty() {
                let message = format!("the API's schema has changed in {} places since it was taken in", changes.len());
                found.push(Finding::warning(SCHEMA, message, pull));
            }
            if !waiting.is_empty() {
                let message = format!("{} coordinates are closed to grants from before", waiting.len());
                let to_do = "`doorward schema diff` lists them, `doorward schema accept` opens them";
                found.push(Finding::warning(SCHEMA, message, to_do));
            }
        }
    }
    let reached = "it is reached at /doorward/graphql; `gateway.on_conflict` says whose goes first";
    found.extend(app.clashes().into_iter().map(|clash| Finding::warning(SCHEMA, clash, reached)));
    if found.is_empty() {
        found.push(Finding::ok(SCHEMA, "it is as the API has it, and nothing clashes"));
    }
    found
}
