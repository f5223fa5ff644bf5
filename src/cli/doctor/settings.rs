//! The configuration itself, and what in it is likely to be a mistake.

use super::Finding;
use crate::config::{Config, Notice, Reading};
use crate::guard::cookie::is_here;
use axum::http::Uri;
use std::net::IpAddr;

/// What is wrong with the settings.
pub fn look(reading: &Reading) -> Vec<Finding> {
    let check = "configuration";
    let mend = "mend it; `doorward config template` shows every key, `doorward config show` what holds now";
    let mut found: Vec<Finding> =
        reading.complaints.iter().map(|complaint| Finding::fault(check, complaint.to_string(), mend)).collect();
    found.extend(
        reading
            .notices
            .iter()
            .map(|Notice(notice)| Finding::warning(check, notice, "look at its spelling, or leave it out")),
    );
    if found.is_empty() {
        found.push(Finding::ok(check, "nothing is wrong with it"));
    }
    found
}

/// Whether people and clients can use the address that links are made from.
pub fn public_url(config: &Config) -> Vec<Finding> {
    let check = "public URL";
    let Some(url) = &config.public_url else {
        return vec![if config.listen.ip().is_loopback() {
            Finding::ok(check, "not set: links name the address that is listened on, which is this machine's alone")
        } else {
            Finding::warning(
                check,
                "not set, and the server listens to others: links would name an address of this machine",
                "set `public_url` to the address that people and clients use",
            )
        }];
    };
    // Without a host it is none that the configuration takes.
    let uri = url.parse::<Uri>().unwrap_or_default();
    let host = uri.host().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let mut found = Vec::new();
    if ip.is_some_and(|ip| ip.is_unspecified()) {
        let message = format!("{host} is where a server listens, and nowhere that a client could go");
        found.push(Finding::fault(check, message, "name the machine by its name or address"));
    }
    if uri.scheme_str() == Some("http") && !is_here(host) {
        found.push(Finding::fault(
            check,
            "it is http: passwords and tokens would cross the network for everyone on the way to read",
            "put TLS before Doorward, and write https://",
        ));
    }
    if found.is_empty() {
        found.push(Finding::ok(check, url));
    }
    found
}
