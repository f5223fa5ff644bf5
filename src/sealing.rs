//! The key that secrets are sealed with which must be read back: where it comes from, and whether it is the right one.
//! Nothing is sealed yet; the key is settled from the first start on, so that no database ever holds two.

use crate::config::{Config, Key};
use crate::error::{Code, Error, Fault, Refusal};
use crate::storage::{Storage, Tx, params, sql};
use crate::world::World;
use sha2::{Digest as _, Sha256};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq as _;

/// What goes before the key when its check value is made, so that it is of no use for anything else.
const PURPOSE: &[u8] = b"doorward: check value of the sealing key, version 1";

/// The file beside a SQLite database that holds its key.
#[must_use]
pub fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("key")
}

/// By what the database knows the key again. Of 32 random bytes nothing can be guessed from it.
#[must_use]
pub fn check_value(key: &Key) -> [u8; 32] {
    Sha256::new().chain_update(PURPOSE).chain_update(key.expose()).finalize().into()
}

/// The key at hand: the configured one, or on SQLite that of the file.
///
/// # Errors
/// A file that cannot be read, or holds no key.
pub fn at_hand(config: &Config) -> Result<Option<Key>, Error> {
    if config.key.is_some() || config.database.url.is_some() {
        return Ok(config.key.clone());
    }
    let path = file(&config.data_dir);
    match std::fs::read_to_string(&path) {
        Ok(text) => Key::read(&text).map(Some).ok_or_else(|| {
            let message = format!("{} does not hold 32 bytes in base64: put the right file back", path.display());
            Refusal::new(Code::BadUserInput, message).into()
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refusal::new(Code::BadUserInput, format!("{}: {error}", path.display())).into()),
    }
}

/// Holds the key at hand to the one that the database knows. A database that knows none takes this one; on SQLite one is
/// made where there is none.
///
/// # Errors
/// A wrong key, or none where the database knows one: what is sealed could not be opened.
pub async fn settle(storage: &Storage, world: &World, config: &Config) -> Result<(), Error> {
    match (at_hand(config)?, known(storage).await?) {
        (Some(key), Some(known)) if opens(&key, &known) => Ok(()),
        (Some(_), Some(_)) => {
            let message = "this is not the key that this database was sealed with: set `key` (DOORWARD_KEY) to the right \
                           one, or leave it out where the file `key` in the data directory holds it";
            Err(Refusal::input("key", message).into())
        }
        (None, Some(_)) => Err(Refusal::input("key", missing(config)).into()),
        (Some(key), None) => keep(storage, world, &key).await,
        (None, None) if config.database.url.is_none() => {
            let key = make(world, &file(&config.data_dir))?;
            keep(storage, world, &key).await
        }
        (None, None) => Ok(()),
    }
}

/// Whether the key at hand is the one that a database knows, where it knows one.
///
/// # Errors
/// As [`at_hand`], or when the database fails.
pub async fn fits(storage: &Storage, config: &Config) -> Result<bool, Error> {
    let given = at_hand(config)?;
    Ok(known(storage).await?.is_none_or(|known| given.is_some_and(|key| opens(&key, &known))))
}

async fn known(storage: &Storage) -> Result<Option<Vec<u8>>, Error> {
    let select = |tx: &mut Tx<'_>| {
        let row = tx.optional(sql!("select check_value from sealing_key where id = 1"), &[])?;
        row.map(|row| row.get::<Vec<u8>>(0)).transpose()
    };
    storage.read(select).await
}

fn opens(key: &Key, known: &[u8]) -> bool {
    check_value(key).as_slice().ct_eq(known).into()
}

fn missing(config: &Config) -> String {
    if config.database.url.is_some() {
        return "this database was sealed with a key: set `key` (DOORWARD_KEY) to it, as on the other nodes".into();
    }
    format!(
        "the key of this database is missing: put {} back, or set `key` (DOORWARD_KEY)",
        file(&config.data_dir).display()
    )
}

fn make(world: &World, path: &Path) -> Result<Key, Fault> {
    let mut bytes = [0; 32];
    world.fill(&mut bytes);
    let key = Key::new(bytes);
    let write = || {
        // Never over another: whoever made that one may have sealed with it.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(format!("{}\n", key.expose_text()).as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| Fault::new("making the key", format!("{}: {error}", path.display())))?;
    Ok(key)
}

async fn keep(storage: &Storage, world: &World, key: &Key) -> Result<(), Error> {
    let (check_value, now) = (check_value(key).to_vec(), world.now());
    let kept = storage
        .write(move |tx| {
            tx.execute(
                sql!(
                    "insert into sealing_key (id, check_value, known_since) values (1, $1, $2)
                     on conflict (id) do nothing"
                ),
                params![check_value.clone(), now],
            )?;
            let row = tx.one(sql!("select check_value from sealing_key where id = 1"), &[])?;
            Ok(row.get::<Vec<u8>>(0)? == check_value)
        })
        .await?;
    // Another node came first, with another key.
    if kept { Ok(()) } else { Err(Refusal::input("key", "another node has just begun with another key").into()) }
}
