//! What the service manager is told (systemd's `sd_notify`): that the server can answer, reads its files again, stops,
//! and that it still lives, where the manager wants to know. Without a manager nobody is told anything.

use sd_notify::NotifyState;

/// It can answer, at this URL.
pub fn ready(url: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(&format!("answers at {url}"))]);
}

/// It reads its files again, and is ready once more when it says so.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "the service manager could not be told of a reload"),
    }
}

/// It stops.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("lets what is under way finish")]);
}

/// Says twice as often as the manager wants to hear it that it lives, for as long as tasks are run at all.
pub async fn watchdog() {
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    let mut turns = tokio::time::interval(within / 2);
    loop {
        turns.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told how the server is");
    }
}
