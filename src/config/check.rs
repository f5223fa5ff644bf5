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
        if let Some(url) = &self.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            complaints.push(Refusal::input("public_url", "`public_url` must begin with http:// or https://"));
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

/// A certificate without its key must not become plain HTTP.
fn half_tls(set: &str, missing: &str) -> Refusal {
    let message = format!("`{set}` is set and `{missing}` is not: TLS takes both; without either, HTTP is spoken");
    Refusal::input(missing, message)
}
