//! The SQL of sessions.

use super::{Found, Session};
use crate::addresses;
use crate::caller::Origin;
use crate::error::Error;
use crate::id::{SessionId, UserId};
use crate::secret::Digest;
use crate::storage::{Row, Tx, params, sql};
use crate::world::Timestamp;

pub(super) fn insert(
    tx: &mut Tx,
    user: UserId,
    generation: i64,
    origin: &Origin,
    now: Timestamp,
) -> Result<SessionId, Error> {
    let row = tx.one(
        sql!(
            "insert into sessions (user_id, generation, epoch, created_at, proved_at, ip, place, agent)
             values ($1, $2, (select n from epoch), $3, $3, $4, $5, $6) returning id"
        ),
        params![
            user,
            generation,
            now,
            origin.ip.map(|ip| ip.to_string()),
            origin.ip.map(addresses::place),
            origin.agent.as_deref()
        ],
    )?;
    Ok(SessionId(row.get(0)?))
}

/// Whether a session of the user's was begun from there, as far back as sessions are kept.
pub(super) fn was_begun_from(tx: &mut Tx, user: UserId, place: &str) -> Result<bool, Error> {
    let begun = sql!("select id from sessions where user_id = $1 and place = $2 limit 1");
    Ok(tx.optional(begun, params![user, place])?.is_some())
}

pub(super) fn insert_refresh_token(
    tx: &mut Tx,
    session: SessionId,
    hash: Digest,
    now: Timestamp,
    ends: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        sql!("insert into refresh_tokens (hash, session_id, used_at, expires_at) values ($1, $2, $3, $4)"),
        params![hash.bytes(), session, now, ends],
    )?;
    Ok(())
}

pub(super) fn insert_access_token(tx: &mut Tx, session: SessionId, hash: Digest, ends: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!("insert into access_tokens (hash, session_id, expires_at) values ($1, $2, $3)"),
        params![hash.bytes(), session, ends],
    )?;
    Ok(())
}

/// What the cookie of a session leads to, and when it was last used. It is kept as refresh tokens are, since it lasts as
/// they do; by the form of the secret, which is part of what is digested, neither passes for the other.
pub(super) fn cookie(tx: &mut Tx, hash: Digest) -> Result<Option<(Found, Timestamp)>, Error> {
    let row = tx.optional(
        sql!(
            "select sessions.id, sessions.user_id, refresh_tokens.expires_at, users.enabled,
                    case when sessions.ended_at is not null or sessions.generation <> users.session_generation
                              or sessions.epoch <> (select n from epoch) then 1 else 0 end,
                    sessions.proved_at, refresh_tokens.used_at
             from refresh_tokens
             join sessions on sessions.id = refresh_tokens.session_id
             join users on users.id = sessions.user_id
             where refresh_tokens.hash = $1"
        ),
        params![hash.bytes()],
    )?;
    row.map(|row| Ok((found(&row)?, row.get(6)?))).transpose()
}

/// Notes the use of a session's cookie, which prolongs it.
pub(super) fn prolong(tx: &mut Tx, session: SessionId, at: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!("update refresh_tokens set used_at = $2 where session_id = $1 and used_at < $2"),
        params![session, at],
    )?;
    Ok(())
}

pub(super) fn access_token(tx: &mut Tx, hash: Digest) -> Result<Option<Found>, Error> {
    let row = tx.optional(
        sql!(
            "select sessions.id, sessions.user_id, access_tokens.expires_at, users.enabled,
                    case when sessions.ended_at is not null or sessions.generation <> users.session_generation
                              or sessions.epoch <> (select n from epoch) then 1 else 0 end,
                    sessions.proved_at
             from access_tokens
             join sessions on sessions.id = access_tokens.session_id
             join users on users.id = sessions.user_id
             where access_tokens.hash = $1"
        ),
        params![hash.bytes()],
    )?;
    row.map(|row| found(&row)).transpose()
}

fn found(row: &Row) -> Result<Found, Error> {
    Ok(Found {
        session: SessionId(row.get(0)?),
        user: UserId(row.get(1)?),
        expires_at: row.get(2)?,
        enabled: row.get(3)?,
        over: row.get(4)?,
        proved_at: row.get(5)?,
    })
}

/// What a refresh token leads to.
pub(super) struct Refresh {
    pub(super) session: SessionId,
    pub(super) user: UserId,
    pub(super) used_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) over: bool,
    pub(super) enabled: bool,
}

pub(super) fn refresh_token(tx: &mut Tx, hash: Digest) -> Result<Option<Refresh>, Error> {
    let row = tx.optional(
        sql!(
            "select sessions.id, refresh_tokens.used_at, refresh_tokens.expires_at, users.enabled,
                    case when sessions.ended_at is not null or sessions.generation <> users.session_generation
                              or sessions.epoch <> (select n from epoch) then 1 else 0 end,
                    sessions.user_id
             from refresh_tokens
             join sessions on sessions.id = refresh_tokens.session_id
             join users on users.id = sessions.user_id
             where refresh_tokens.hash = $1"
        ),
        params![hash.bytes()],
    )?;
    let read = |row: Row| {
        Ok(Refresh {
            session: SessionId(row.get(0)?),
            used_at: row.get(1)?,
            expires_at: row.get(2)?,
            enabled: row.get(3)?,
            over: row.get(4)?,
            user: UserId(row.get(5)?),
        })
    };
    row.map(read).transpose()
}

pub(super) fn use_refresh_token(tx: &mut Tx, hash: Digest, now: Timestamp) -> Result<(), Error> {
    tx.execute(sql!("update refresh_tokens set used_at = $2 where hash = $1"), params![hash.bytes(), now])?;
    Ok(())
}

/// Access tokens are kept for a while after their end, so that their holder hears `TOKEN_EXPIRED` and not
/// `TOKEN_UNKNOWN`.
pub(super) fn drop_expired_access_tokens(tx: &mut Tx, before: Timestamp) -> Result<(), Error> {
    tx.execute(sql!("delete from access_tokens where expires_at < $1"), params![before])?;
    Ok(())
}

/// The sessions whose refresh tokens ended before this: at most so many, the oldest first.
pub(super) fn expired(tx: &mut Tx, before: Timestamp, most: i64) -> Result<Vec<SessionId>, Error> {
    let rows = tx.all(
        sql!("select session_id from refresh_tokens where expires_at < $1 order by expires_at limit $2"),
        params![before, most],
    )?;
    rows.iter().map(|row| row.get(0).map(SessionId)).collect()
}

/// Whether somebody signed in as that user with this browser.
pub(super) fn is_known_browser(tx: &mut Tx, hash: Digest, user: UserId) -> Result<bool, Error> {
    let known = sql!("select user_id from known_browsers where hash = $1 and user_id = $2");
    Ok(tx.optional(known, params![hash.bytes(), user])?.is_some())
}

/// Notes that somebody did.
pub(super) fn know_browser(tx: &mut Tx, hash: Digest, user: UserId, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!(
            "insert into known_browsers (hash, user_id, seen_at) values ($1, $2, $3)
             on conflict (hash, user_id) do update set seen_at = excluded.seen_at"
        ),
        params![hash.bytes(), user, now],
    )?;
    Ok(())
}

/// Forgets those that nobody signed in with since.
pub(super) fn forget_browsers(tx: &mut Tx, since: Timestamp) -> Result<(), Error> {
    tx.execute(sql!("delete from known_browsers where seen_at < $1"), params![since])?;
    Ok(())
}

/// Writes down that a form was sent; whether it was the first time.
pub(super) fn take_form(tx: &mut Tx, session: SessionId, nonce: Digest) -> Result<bool, Error> {
    let taken = tx.execute(
        sql!("insert into sent_forms (session_id, nonce) values ($1, $2) on conflict do nothing"),
        params![session, nonce.bytes()],
    )?;
    Ok(taken == 1)
}

pub(super) fn give_form_back(tx: &mut Tx, session: SessionId, nonce: Digest) -> Result<(), Error> {
    tx.execute(sql!("delete from sent_forms where session_id = $1 and nonce = $2"), params![session, nonce.bytes()])?;
    Ok(())
}

pub(super) fn forget(tx: &mut Tx, session: SessionId) -> Result<(), Error> {
    tx.execute(sql!("delete from sent_forms where session_id = $1"), params![session])?;
    tx.execute(sql!("delete from access_tokens where session_id = $1"), params![session])?;
    tx.execute(sql!("delete from refresh_tokens where session_id = $1"), params![session])?;
    tx.execute(sql!("delete from sessions where id = $1"), params![session])?;
    Ok(())
}

pub(super) fn prove(tx: &mut Tx, session: SessionId, now: Timestamp) -> Result<(), Error> {
    tx.execute(sql!("update sessions set proved_at = $2 where id = $1"), params![session, now])?;
    Ok(())
}

/// Takes a session along into the generation in which sessions are begun now.
pub(super) fn carry_over(tx: &mut Tx, session: SessionId, generation: i64) -> Result<(), Error> {
    tx.execute(sql!("update sessions set generation = $2 where id = $1"), params![session, generation])?;
    Ok(())
}

pub(super) fn end(tx: &mut Tx, session: SessionId, now: Timestamp) -> Result<(), Error> {
    tx.execute(sql!("update sessions set ended_at = $2 where id = $1 and ended_at is null"), params![session, now])?;
    Ok(())
}

/// Touches the session's row and its user's, so that who would end it waits.
pub(super) fn hold_live(tx: &mut Tx, session: SessionId) -> Result<bool, Error> {
    let held = tx.optional(
        sql!(
            "update sessions set ended_at = null
             where id = $1 and ended_at is null and epoch = (select n from epoch) returning user_id, generation"
        ),
        params![session],
    )?;
    let Some(row) = held else { return Ok(false) };
    let (user, generation): (i64, i64) = (row.get(0)?, row.get(1)?);
    let current = tx.execute(
        sql!("update users set enabled = enabled where id = $1 and enabled = 1 and session_generation = $2"),
        params![user, generation],
    )?;
    Ok(current == 1)
}

pub(super) fn all_of(tx: &mut Tx, user: UserId) -> Result<Vec<SessionId>, Error> {
    let rows =
        tx.all(sql!("select id from sessions where user_id = $1 and ended_at is null order by id"), params![user])?;
    rows.iter().map(|row| row.get(0).map(SessionId)).collect()
}

pub(super) fn used(tx: &mut Tx, session: SessionId, at: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!("update sessions set last_used_at = $2 where id = $1 and coalesce(last_used_at, 0) < $2"),
        params![session, at],
    )?;
    Ok(())
}

pub(super) fn list(tx: &mut Tx, user: UserId, now: Timestamp, idle_since: Timestamp) -> Result<Vec<Session>, Error> {
    let rows = tx.all(
        sql!(
            "select sessions.id, sessions.created_at, sessions.last_used_at, sessions.ip, sessions.agent
             from sessions
             join users on users.id = sessions.user_id
             join refresh_tokens on refresh_tokens.session_id = sessions.id
             where sessions.user_id = $1 and sessions.ended_at is null
               and sessions.generation = users.session_generation and sessions.epoch = (select n from epoch)
               and refresh_tokens.expires_at > $2 and refresh_tokens.used_at > $3
             order by sessions.id desc limit 100"
        ),
        params![user, now, idle_since],
    )?;
    let read = |row: &Row| {
        Ok(Session {
            id: SessionId(row.get(0)?),
            created_at: row.get(1)?,
            last_used_at: row.get(2)?,
            ip: row.get(3)?,
            agent: row.get(4)?,
        })
    };
    rows.iter().map(read).collect()
}
