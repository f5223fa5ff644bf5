//! What no single value can show: which settings go together, and what their texts must be like.

use super::Config;
use crate::error::Refusal;

impl Config {
    /// Adds what is wrong to the complaints.
    pub(super) fn check(&self, complaints: &mut Vec<Refusal>) {
        self.upstream.check(complaints);
        self.gateway.check(complaints);
        complaints.extend(self.limits.check().err());
        complaints.extend(self.throttle.check().err());
        complaints.extend(self.cors.check().err());
        complaints.extend(crate::addresses::Ranges::read("trusted_proxies", &self.trusted_proxies.0).err());
        complaints.extend(crate::secret::check_prefix(&self.tokens.prefix).err());
        if let Some(url) = &self.public_url {
            complaints.extend(public_url(url).err());
        }
        match (&self.tls.certificate, &self.tls.key) {
            (Some(_), None) => complaints.push(half_tls("tls.certificate", "tls.key")),
            (None, Some(_)) => complaints.push(half_tls("tls.key", "tls.certificate")),
            _ => {}
        }
        if let Some(url) = &self.database.url
            && !(url.starts_with("postgres://") || url.starts_with("postgresql://"))
        {
            let message =
                "`database.url` must begin with postgres://; without it, SQLite in the data directory is used";
            complaints.push(Refusal::input("database.url", message));
        }
    }
}

/// Links are made by adding a path to it, and shown to everybody.
fn public_url(url: &str) -> Result<(), Refusal> {
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err(Refusal::input("public_url", "`public_url` must begin with http:// or https://"));
    }
    let uri: Result<axum::http::Uri, _> = url.parse();
    let has_host = uri.is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    if !has_host || url.contains(['@', '?', '#']) {
        let message =
            "`public_url` must be like https://doorward.example.com: a host, and no user name, query or fragment";
        return Err(Refusal::input("public_url", message));
    }
    Ok(())
}

/// A certificate without its key must not become plain HTTP.
fn half_tls(set: &str, missing: &str) -> Refusal {
    let message = format!("`{set}` is set and `{missing}` is not: TLS takes both; without either, HTTP is spoken");
    Refusal::input(missing, message)
}
