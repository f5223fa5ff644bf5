//! A database that went back to an earlier state: written into the audit trail, since what was taken away in between may
//! be back and somebody has to look.

use super::App;
use crate::audit::{self, Event};
use crate::error::Error;
use crate::storage::Loss;
use std::time::Duration;

const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(1);

impl App {
    /// Writes down each time that the database goes back, until the app is dropped.
    pub async fn write_down_losses(self) {
        let mut losses = self.cx().storage.losses();
        // It may have gone back before anybody listened.
        losses.mark_changed();
        while losses.changed().await.is_ok() {
            let Some(loss) = *losses.borrow_and_update() else { continue };
            while let Err(error) = self.write_down(loss).await {
                tracing::warn!(error = error.words(), "that the database went back could not be written down yet");
                tokio::time::sleep(TRIED_AGAIN_AFTER).await;
            }
        }
    }

    async fn write_down(&self, loss: Loss) -> Result<(), Error> {
        let cx = self.cx();
        let world = cx.world.clone();
        cx.storage
            .write(move |tx| {
                let Loss { seen, found, .. } = loss;
                let details = format!("this node had seen revision {seen}, and the database came back with {found}");
                audit::notice(tx, &world, &Event::about("database.went_back", "database").with(details))
            })
            .await
    }
}
