//! What no single value can show: which settings go together, and what their texts must be like.

use super::Config;
use super::upstream::is_plain;
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
        let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if matches!(scheme.as_deref(), Some("http" | "https")) {
            let message = "`public_url` must begin with http:// or https:// in small letters";
            return Err(Refusal::input("public_url", message));
        }
        return Err(Refusal::input("public_url", "`public_url` must begin with http:// or https://"));
    }
    let uri: Result<axum::http::Uri, _> = url.parse();
    // Links are made by writing a path behind it, browsers are told to keep the cookie for all of the host, and an `Origin`
    // names no path.
    let is_host = uri.is_ok_and(|uri| {
        let names_one = uri.authority().is_some_and(|authority| !authority.host().is_empty() && is_plain(authority));
        names_one && uri.path() == "/"
    });
    if !is_host || url.contains(['@', '?', '#']) {
        let message = "`public_url` must be like https://doorward.example.com: a host, with a port from 1 to 65535 if any, \
                       and no user name, path, query or fragment";
        return Err(Refusal::input("public_url", message));
    }
    Ok(())
}

/// A certificate without its key must not become plain HTTP.
fn half_tls(set: &str, missing: &str) -> Refusal {
    let message = format!("`{set}` is set and `{missing}` is not: TLS takes both; without either, HTTP is spoken");
    Refusal::input(missing, message)
}

#[cfg(test)]
mod tests {
    use super::public_url;

    #[test]
    fn a_public_url_is_a_scheme_and_a_host() {
        for url in ["https://door.example", "https://door.example/", "http://127.0.0.1:8080", "http://[::1]:8080/"] {
            assert_eq!(public_url(url).err().map(|refusal| refusal.message), None, "{url}");
        }
        let message = |url: &str| public_url(url).unwrap_err().message;
        for url in [
            "https://door.example/door",
            "https://door.example/?x",
            "https://door.example#x",
            "https://a@b",
            "https://",
            "https://door.example:99999",
            "https://door.example:port",
            "https://door.example:",
            "https://door.example:0",
        ] {
            assert!(message(url).contains("no user name, path, query or fragment"), "{url}");
        }
        assert!(message("HTTPS://door.example").contains("in small letters"));
        assert!(message("ftp://door.example").ends_with("must begin with http:// or https://"));
    }
}
