//! The database: whether it can be reached, of which version it is, and whether it keeps its word.

use super::Finding;
use crate::config::Config;
use crate::error::Error;
use crate::sealing;
use crate::storage::{Health, Look, Storage};
use crate::world::Timestamp;

const CHECK: &str = "database";

/// Whether there is one.
pub fn found(config: &Config, looked: &Result<Look, Error>) -> Finding {
    match looked {
        Ok(Look::Open(_)) => Finding::ok(CHECK, "it answers, and its tables are of this release"),
        Ok(Look::Older) => Finding::warning(
            CHECK,
            "its tables are of an older release",
            "`doorward serve` brings them up to date when it starts; make a backup before",
        ),
        Ok(Look::Absent) if config.database.url.is_some() => Finding::warning(
            CHECK,
            "it answers, and there are no tables in it yet",
            "`doorward serve` makes them; if you expected data, look at `database.url`",
        ),
        Ok(Look::Absent) => Finding::warning(
            CHECK,
            format!("there is none in {} yet", config.data_dir.display()),
            "`doorward serve` makes it; if you expected data, look at the working directory and `data_dir`",
        ),
        Err(Error::Refusal(refusal)) => Finding::fault(CHECK, refusal.to_string(), "do as it says"),
        Err(Error::Fault(fault)) => {
            let to_do = match config.database.url {
                Some(_) => "see that the server runs and takes connections from here, and look at `database.url`",
                None => "see that the file system is there and not full, and that the files are yours",
            };
            Finding::fault(CHECK, fault.to_string(), to_do)
        }
    }
}

/// What is wrong with the key at hand, by what the database knows of its own; nothing is where it is the same.
pub async fn key(storage: &Storage, config: &Config) -> Option<Finding> {
    let fault = |message: String, to_do: &str| Some(Finding::fault("key", message, to_do));
    match sealing::fits(storage, config).await {
        Ok(false) => fault(
            "the key of this database is missing, or another one is set: `doorward serve` does not start".into(),
            "put the file `key` back into the data directory, or set `key` (DOORWARD_KEY) to it",
        ),
        Err(Error::Refusal(refusal)) => fault(refusal.to_string(), "do as it says"),
        // That the database fails is told of already.
        Ok(true) | Err(Error::Fault(_)) => None,
    }
}

/// What it says of itself; and its clock, where it has one.
pub async fn health(storage: &Storage) -> (Vec<Finding>, Option<Timestamp>) {
    let Health { engine, version, now, durability } = match storage.health().await {
        Ok(health) => health,
        Err(error) => {
            return (vec![Finding::fault(CHECK, error.words(), "see that it runs")], None);
        }
    };
    let mut found = vec![Finding::ok(CHECK, format!("{engine} {version}"))];
    for setting in durability {
        let says = format!("{} is {}", setting.setting, setting.value);
        found.push(if setting.keeps {
            Finding::ok(CHECK, says)
        } else {
            let message = format!("{says}: a token that was revoked may work again after a loss of power");
            Finding::fault(CHECK, message, format!("set `{} = on` in the server's configuration", setting.setting))
        });
    }
    (found, now)
}
