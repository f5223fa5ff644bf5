//! Following the schema of the API behind while the server runs: from time to time, and when it is asked to (SIGHUP).

use crate::app::App;
use crate::error::Error;
use crate::gateway::Pulled;
use crate::gateway::diff::Criticality;
use std::time::Duration;
use tokio::signal::unix::Signal;

/// How long is waited before the API is asked again while nothing is known of its schema; each time twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Fetches the schema where nothing can be served without, and answers what goes on from there. Where a schema is known
/// from before, the start waits for nobody.
pub async fn begin(app: &App, hangups: Signal) -> impl Future<Output = ()> + Send + use<> {
    let waits = app.awaits_api() || app.api().is_some_and(|api| api.has_file());
    if waits {
        pull(app).await;
    }
    follow(app.clone(), hangups, waits)
}

async fn follow(app: App, mut hangups: Signal, mut is_fresh: bool) {
    if app.api().is_none() {
        return;
    }
    let every = app.cx().config.gateway.follow_schema_every.0;
    let mut wait = FIRST_WAIT;
    loop {
        if is_fresh {
            let next = match (app.awaits_api(), every) {
                (true, _) => Some(wait),
                (false, Duration::ZERO) => None,
                (false, every) => Some(every),
            };
            let timer = async {
                match next {
                    Some(next) => tokio::time::sleep(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = timer => {}
                hangup = hangups.recv() => if hangup.is_none() { return },
            }
        }
        is_fresh = true;
        pull(&app).await;
        wait = if app.awaits_api() { (wait * 2).min(LONGEST_WAIT) } else { FIRST_WAIT };
    }
}

async fn pull(app: &App) {
    let pulled = app.pull(None).await;
    // What was taken in is in force when it is told of, and not with the first request.
    app.door().await;
    if let Ok(Some(Pulled { is_new: true, .. })) = &pulled {
        app.clashes().iter().for_each(|clash| tracing::info!("{clash}"));
    }
    match pulled {
        Ok(None) => {}
        Ok(Some(Pulled { is_new: false, .. })) => tracing::debug!("the schema of the API behind is as it was"),
        Ok(Some(Pulled { is_first: true, .. })) => tracing::info!("the schema of the API behind was taken in"),
        Ok(Some(Pulled { changes, .. })) => {
            let of = |criticality| changes.iter().filter(|change| change.criticality == criticality).count();
            tracing::info!(
                breaking = of(Criticality::Breaking),
                dangerous = of(Criticality::Dangerous),
                other = of(Criticality::NonBreaking),
                "the schema of the API behind has changed; what is new stays closed until it is accepted"
            );
        }
        Err(Error::Refusal(refusal)) if app.awaits_api() => {
            tracing::warn!("{refusal}; until its schema is known, Doorward's own is served alone");
        }
        Err(Error::Refusal(refusal)) => tracing::warn!("{refusal}; what was known of it before is served"),
        Err(Error::Fault(fault)) => tracing::error!(%fault, "the schema of the API behind could not be taken in"),
    }
}
