//! Proxies before Doorward, and whose address counts as the client's. What a proxy says counts only where the
//! configuration trusts that proxy: anybody can send the header.

use crate::addresses::Ranges;
use crate::error::{Error, Refusal};
use crate::storage::{Storage, Tx, params, sql};
use crate::world::{Timestamp, World};
use axum::http::{HeaderMap, HeaderName};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};

/// The header in which proxies say for whom they ask.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How often it is told that somebody sends the header who is not trusted.
const TOLD_EVERY_SECONDS: i64 = 600;
/// How many such addresses are remembered.
const REMEMBERED: i64 = 20;

/// The proxies that are trusted.
#[derive(Debug)]
pub struct Proxies {
    trusted: Ranges,
    told_at: AtomicI64,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// This client, if it is known.
    Client(Option<IpAddr>),
    /// This address, which says that it asks for somebody else, and is not trusted.
    Stranger(IpAddr),
}

impl Proxies {
    /// Proxies at these addresses and ranges.
    ///
    /// # Errors
    /// Names the first that is neither.
    pub fn read(trusted: &[String]) -> Result<Self, Refusal> {
        Ok(Self { trusted: Ranges::read("trusted_proxies", trusted)?, told_at: AtomicI64::new(i64::MIN / 2) })
    }

    /// Where a request comes from: the rightmost address that no trusted proxy has. What stands left of it was sent by
    /// whoever that is, and what is no address was never one.
    #[must_use]
    pub fn origin(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> From {
        let Some(peer) = peer.filter(|_| headers.contains_key(FORWARDED_FOR)) else { return From::Client(peer) };
        if !self.trusted.hold(peer) {
            return From::Stranger(peer);
        }
        let mut client = Some(peer);
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            // Entry by entry: what a client put into the line must not hide what the proxy added to it.
            let entries = line.as_bytes().rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
            for entry in entries.filter(|entry| !entry.is_empty()) {
                client = std::str::from_utf8(entry).ok().and_then(address);
                if client.is_none_or(|ip| !self.trusted.hold(ip)) {
                    return From::Client(client);
                }
            }
        }
        From::Client(client)
    }

    /// Whether it is time to tell again that somebody is not trusted who sends the header; if so it counts as told.
    pub fn is_to_be_told(&self, now: Timestamp) -> bool {
        let told_at = self.told_at.load(Ordering::Relaxed);
        // A clock that was set back does not keep it quiet.
        let quiet = (0..TOLD_EVERY_SECONDS * 1_000_000).contains(&now.0.saturating_sub(told_at));
        !quiet && self.told_at.compare_exchange(told_at, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// An address as proxies write it: some with a port, IPv6 then in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let ip = entry.parse().ok().or_else(|| match entry.strip_prefix('[') {
        Some(v6) => {
            let (v6, after) = v6.split_once(']')?;
            let fits = after.is_empty() || after.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
            v6.parse().ok().filter(|ip: &IpAddr| fits && ip.is_ipv6())
        }
        None => entry.parse::<std::net::SocketAddrV4>().ok().map(|with_port| IpAddr::V4(*with_port.ip())),
    });
    ip.map(|ip| ip.to_canonical())
}

/// Remembers that an address sent the header and is not trusted.
///
/// # Errors
/// When the database fails.
pub async fn remember(storage: &Storage, world: &World, stranger: IpAddr) -> Result<(), Error> {
    let now = world.now();
    storage
        .write(move |tx| {
            tx.execute(
                sql!(
                    "insert into untrusted_proxies (address, seen_at) values ($1, $2)
                     on conflict (address) do update set seen_at = excluded.seen_at"
                ),
                params![stranger.to_canonical().to_string(), now],
            )?;
            tx.execute(
                sql!(
                    "delete from untrusted_proxies where address not in
                     (select address from untrusted_proxies order by seen_at desc, address limit $1)"
                ),
                params![REMEMBERED],
            )?;
            Ok(())
        })
        .await
}

/// The addresses that have sent the header since `since` and were not trusted when they did, the latest first.
///
/// # Errors
/// When the database fails.
pub fn untrusted(tx: &mut Tx, since: Timestamp) -> Result<Vec<(String, Timestamp)>, Error> {
    let rows = tx.all(
        sql!("select address, seen_at from untrusted_proxies where seen_at >= $1 order by seen_at desc, address"),
        params![since],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn from(peer: &str, lines: &[&str]) -> From {
        let trusted = ["10.0.0.0/8", "2001:db8:1::/48"].map(String::from);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        Proxies::read(&trusted).unwrap().origin(peer.parse().ok(), &headers)
    }

    fn client(ip: &str) -> From {
        From::Client(ip.parse().ok())
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_is_the_clients() {
        assert_eq!(from("10.0.0.1", &[]), client("10.0.0.1"));
        assert_eq!(from("10.0.0.1", &["198.51.100.7"]), client("198.51.100.7"));
        assert_eq!(from("::ffff:10.0.0.1", &["203.0.113.9, 198.51.100.7"]), client("198.51.100.7"));
        assert_eq!(from("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.9.9.9,10.0.0.2"]), client("198.51.100.7"));
        assert_eq!(from("10.0.0.1", &["203.0.113.9", "198.51.100.7, 10.0.0.2"]), client("198.51.100.7"));
        assert_eq!(from("10.0.0.1", &["10.0.0.3, , 10.0.0.2,"]), client("10.0.0.3"), "all of them are trusted");
        assert_eq!(from("2001:db8:1::5", &["2001:db8:2::7"]), client("2001:db8:2::7"));
    }

    #[test]
    fn what_a_client_wrote_does_not_hide_what_the_proxy_added() {
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_FOR, HeaderValue::from_bytes(b"\xff, 198.51.100.7").unwrap());
        let proxies = Proxies::read(&["10.0.0.0/8".to_owned()]).unwrap();
        assert_eq!(proxies.origin("10.0.0.1".parse().ok(), &headers), client("198.51.100.7"));
    }

    #[test]
    fn addresses_come_in_several_forms_and_what_is_none_says_nothing() {
        for (entry, ip) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8:2::7]", "2001:db8:2::7"),
            ("[2001:db8:2::7]:4711", "2001:db8:2::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
        ] {
            assert_eq!(from("10.0.0.1", &[entry]), client(ip), "{entry}");
        }
        for nonsense in
            ["unknown", "_hidden", "198.51.100", "[198.51.100.7]", "[2001:db8::1", "[::1]x", "1.2.3.4:99999"]
        {
            assert_eq!(from("10.0.0.1", &[&format!("203.0.113.9, {nonsense}")]), From::Client(None), "{nonsense}");
        }
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(from("198.51.100.7", &["10.0.0.1"]), From::Stranger("198.51.100.7".parse().unwrap()));
        assert_eq!(from("198.51.100.7", &[]), client("198.51.100.7"));
    }

    #[test]
    fn it_is_told_once_in_a_while() {
        let proxies = Proxies::read(&[]).unwrap();
        let told = |seconds: i64| proxies.is_to_be_told(Timestamp(0).plus_seconds(seconds));
        assert_eq!(
            [told(1_000), told(1_001), told(1_599), told(1_600), told(1_601), told(1_000)],
            [true, false, false, true, false, true]
        );
    }
}
