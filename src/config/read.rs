//! How the three sources become one [`Config`], and what is said of what does not fit.

use super::Config;
use super::keys::{KEYS, SECRETS, allowed};
use crate::error::{Code, Refusal};
use config::{ConfigBuilder, ConfigError, File, FileFormat, Value, ValueKind, builder::DefaultState};

/// Where values come from, besides the defaults.
#[derive(Debug, Default)]
pub struct Given<'a> {
    /// The file's name and its text.
    pub file: Option<(String, String)>,
    /// The environment's pairs; those that do not begin with `DOORWARD_` are passed over.
    pub environment: Vec<(String, String)>,
    /// Key and value of the flags that were given.
    pub flags: Vec<(&'a str, String)>,
}

/// Something that the operator should know and that stops nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct Notice(pub String);

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// A file that does not parse, a key in it that does not exist (with the nearest that does), a value that does
    /// not fit. Never the value itself: it may be a secret.
    pub fn read(given: &Given<'_>) -> Result<(Self, Vec<Notice>), Refusal> {
        let mut builder = config::Config::builder();
        if let Some((name, text)) = &given.file {
            builder = add_file(builder, name, text)?;
        }
        let mut notices = Vec::new();
        let mut set_by: Vec<(&str, &str)> = Vec::new();
        // An empty variable is how Compose and shells leave one out.
        for (name, value) in given.environment.iter().filter(|(_, value)| !value.is_empty()) {
            let Some(rest) = name.strip_prefix("DOORWARD_") else { continue };
            if let Some((key, value)) = from_environment(rest, name, value)? {
                if let Some((_, other)) = set_by.iter().find(|(known, _)| *known == key) {
                    return Err(Refusal::input(key, format!("{other} and {name} both set `{key}`: leave one out")));
                }
                set_by.push((key, name));
                builder = set(builder, key, &value, name)?;
            } else if !["CONFIG", "LOG"].contains(&rest) {
                notices.push(Notice(format!("the environment variable {name} means nothing to Doorward")));
            }
        }
        for (key, value) in &given.flags {
            builder = set(builder, key, value, key)?;
        }
        let merged = builder.build().map_err(|error| wrong(error.to_string()))?;
        let mut config: Self = merged.try_deserialize().map_err(|error| unfit(&error))?;
        config.upstream.headers.fetch(&given.environment)?;
        config.check()?;
        Ok((config, notices))
    }

    /// What no single value can show.
    fn check(&self) -> Result<(), Refusal> {
        self.upstream.check()?;
        self.gateway.check()?;
        self.limits.check()?;
        self.throttle.check()?;
        self.cors.check()?;
        crate::addresses::Ranges::read("trusted_proxies", &self.trusted_proxies.0)?;
        crate::secret::check_prefix(&self.tokens.prefix)?;
        let positive = [
            ("tokens.max_lifetime_days", self.tokens.max_lifetime_days),
            ("tokens.unattended_days", self.tokens.unattended_days),
            ("sessions.access_minutes", self.sessions.access_minutes),
            ("sessions.refresh_idle_days", self.sessions.refresh_idle_days),
            ("sessions.refresh_max_days", self.sessions.refresh_max_days),
        ];
        for (key, value) in positive {
            if !(1..=36_500).contains(&value) {
                return Err(Refusal::input(key, format!("`{key}` must be 1 to 36500")));
            }
        }
        if let Some(url) = &self.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(Refusal::input("public_url", "`public_url` must begin with http:// or https://"));
        }
        match (&self.tls.certificate, &self.tls.key) {
            (Some(_), None) => return Err(half_tls("tls.certificate", "tls.key")),
            (None, Some(_)) => return Err(half_tls("tls.key", "tls.certificate")),
            _ => {}
        }
        if let Some(url) = &self.database.url
            && !(url.starts_with("postgres://") || url.starts_with("postgresql://"))
        {
            return Err(Refusal::input(
                "database.url",
                "`database.url` must begin with postgres://; without it, SQLite in the data directory is used",
            ));
        }
        Ok(())
    }
}

/// A certificate without its key must not become plain HTTP.
fn half_tls(set: &str, missing: &str) -> Refusal {
    Refusal::input(
        missing,
        format!("`{set}` is set and `{missing}` is not: TLS takes both; without either, HTTP is spoken"),
    )
}

type Builder = ConfigBuilder<DefaultState>;

fn add_file(builder: Builder, name: &str, text: &str) -> Result<Builder, Refusal> {
    let source = File::from_str(text, FileFormat::Toml);
    let parsed =
        config::Source::collect(&source).map_err(|error| wrong(format!("{name}: {}", unquoted(&error.to_string()))))?;
    for (key, value) in &parsed {
        known(name, key, value)?;
    }
    Ok(builder.add_source(source))
}

/// The parser's complaint without the lines that quote the file: a secret may stand in them.
fn unquoted(complaint: &str) -> String {
    let quotes = |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    let said: Vec<&str> = complaint.lines().filter(|line| !line.is_empty() && !quotes(line)).collect();
    said.join(": ")
}

/// Stops at the first key of the file that does not exist: a misspelt setting must not be a setting left out.
fn known(file: &str, key: &str, value: &Value) -> Result<(), Refusal> {
    if let ValueKind::Table(table) = &value.kind
        && KEYS.iter().any(|known| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
    {
        return table.iter().try_for_each(|(inner, value)| known(file, &format!("{key}.{inner}"), value));
    }
    if KEYS.contains(&key) {
        let whole = key.starts_with("limits.") || ["_days", "_minutes", "_tries"].iter().any(|end| key.ends_with(end));
        // The library would leave out what comes after the point.
        return if whole && matches!(value.kind, ValueKind::Float(_)) {
            Err(Refusal::input(key, format!("{file}: `{key}` must be a whole number")))
        } else {
            Ok(())
        };
    }
    let nearest = KEYS.iter().max_by(|a, b| strsim::jaro_winkler(key, a).total_cmp(&strsim::jaro_winkler(key, b)));
    let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
    Err(Refusal::input(key, format!("{file}: there is no setting `{key}`{hint}")))
}

/// The key that an environment variable sets, and its value; a `…_FILE` is read.
fn from_environment(rest: &str, name: &str, value: &str) -> Result<Option<(&'static str, String)>, Refusal> {
    let named = |rest: &str| KEYS.iter().copied().find(|key| key.to_uppercase().replace('.', "__") == rest);
    if let Some(key) = named(rest) {
        return Ok(Some((key, value.to_owned())));
    }
    let Some(key) = rest.strip_suffix("_FILE").and_then(named).filter(|key| SECRETS.contains(key)) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(value).map_err(|error| wrong(format!("{name}: {error}")))?;
    Ok(Some((key, text.trim_end().to_owned())))
}

fn set(builder: Builder, key: &str, value: &str, from: &str) -> Result<Builder, Refusal> {
    builder.set_override(key, value).map_err(|error| wrong(format!("{from}: {error}")))
}

/// A value that does not fit its key, without the value.
fn unfit(error: &ConfigError) -> Refusal {
    match error {
        ConfigError::Type { expected, key: Some(key), .. } => {
            Refusal::input(key, format!("`{key}` must be {expected}"))
        }
        ConfigError::At { error, key: Some(key), .. } => {
            let inner = unfit(error);
            if inner.field.is_some() { inner } else { Refusal::input(key, format!("`{key}` must be {}", allowed(key))) }
        }
        _ => wrong("the configuration holds a value that does not fit".into()),
    }
}

fn wrong(message: String) -> Refusal {
    Refusal::new(Code::BadUserInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> Result<(Config, Vec<Notice>), Refusal> {
        Config::read(&Given {
            file: Some(("doorward.toml".into(), file.into())),
            environment: environment.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            flags: flags.iter().map(|(k, v)| (*k, (*v).into())).collect(),
        })
    }

    #[test]
    fn flags_beat_environment_beats_file_beats_defaults() {
        let file = "listen = \"127.0.0.1:1\"\n[limits]\ndepth = 7\ntokens = 9\n";
        let (config, _) = read(
            file,
            &[("DOORWARD_LIMITS__DEPTH", "8"), ("DOORWARD_LISTEN", "127.0.0.1:2")],
            &[("listen", "127.0.0.1:3")],
        )
        .unwrap();
        assert_eq!(
            (config.listen.port(), config.limits.depth, config.limits.tokens, config.limits.aliases),
            (3, 8, 9, 100)
        );
    }

    #[test]
    fn a_misspelt_key_stops_the_start_and_names_the_nearest() {
        let refusal = read("[limits]\ndepht = 7\n", &[], &[]).unwrap_err();
        assert_eq!(refusal.message, "doorward.toml: there is no setting `limits.depht`; did you mean `limits.depth`?");
        assert!(read("nonsense", &[], &[]).is_err());
    }

    #[test]
    fn an_unknown_environment_variable_is_a_notice() {
        let (_, notices) = read("", &[("DOORWARD_LIMITS__DEPHT", "7"), ("PATH", "x")], &[]).unwrap();
        assert_eq!(
            notices,
            [Notice("the environment variable DOORWARD_LIMITS__DEPHT means nothing to Doorward".into())]
        );
    }

    #[test]
    fn every_key_reaches_the_structure() {
        for key in KEYS {
            let value = match *key {
                "listen" | "admin_listen" => "127.0.0.1:1",
                "database.url" => "postgres://localhost/x",
                "public_url" => "https://example.com",
                "log.format" => "json",
                "errors.hidden_fields" => "hide",
                "tokens.prefix" | "data_dir" | "upstream.sdl" | "gateway.directives" => "abc",
                "upstream.url" | "upstream.audience" => "https://api.example.com",
                "upstream.headers" => "x-tenant: 17",
                "upstream.identity" => "headers",
                "upstream.secret" => "a secret of the api's",
                "trusted_proxies" => "192.0.2.17",
                "cors.origins" => "https://app.example.com",
                "upstream.timeout" | "gateway.follow_schema_every" => "17s",
                "throttle.window" => "1020s",
                "gateway.on_conflict" => "own",
                "tls.certificate" | "tls.key" => "seventeen.pem",
                _ if key.starts_with("gateway.") => "query.seventeen",
                _ => "17",
            };
            // What speaks of the API goes with its URL, and a secret with what it is for.
            let beside: &[(&str, &str)] = match *key {
                "upstream.secret" => &[("upstream.url", "http://127.0.0.1:1/"), ("upstream.identity", "headers")],
                key if key.starts_with("upstream.") => &[("upstream.url", "http://127.0.0.1:1/")],
                "tls.certificate" => &[("tls.key", "its.key")],
                "tls.key" => &[("tls.certificate", "its.pem")],
                _ => &[],
            };
            let read = read("", &[], &[beside, &[(*key, value)]].concat());
            if *key == "upstream.audience" {
                // It goes with what is not built yet.
                assert_eq!(read.unwrap_err().field.as_deref(), Some(*key));
                continue;
            }
            let (config, _) = read.unwrap();
            let told = |config: &Config| {
                let headers: Vec<_> =
                    config.upstream.headers.pairs().map(|(name, to)| format!("{name}: {to}")).collect();
                let hidden = (&config.database.url, &config.upstream.secret, headers);
                format!("{config:?} {hidden:?}").to_lowercase().matches(value).count()
            };
            assert!(told(&config) > told(&Config::default()), "{key} is not read");
        }
    }

    #[test]
    fn a_password_is_not_told() {
        let secret = "postgres://doorward:otter@localhost/x";
        let (config, _) = read("", &[("DOORWARD_DATABASE__URL", secret)], &[]).unwrap();
        assert_eq!(config.database.url.as_deref(), Some(secret));
        assert!(!format!("{config:?}").contains("otter"));
        let refusal = read("", &[("DOORWARD_DATABASE__URL_FILE", secret)], &[]).unwrap_err();
        assert_eq!(refusal.message, "DOORWARD_DATABASE__URL_FILE: No such file or directory (os error 2)");
    }

    #[test]
    fn a_fraction_is_no_whole_number() {
        for (file, flags) in [
            ("[limits]\ndepth = 2.5", &[][..]),
            ("[sessions]\naccess_minutes = 1e1", &[]),
            ("", &[("limits.depth", "2.5")]),
        ] {
            assert!(read(file, &[], flags).is_err(), "{file} {flags:?}");
        }
        assert!(read("", &[("DOORWARD_LIMITS__DEPTH", "2.5")], &[]).is_err());
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        for (key, value) in [
            ("limits.depth", "deep"),
            ("tokens.prefix", "No_"),
            ("tokens.max_lifetime_days", "0"),
            ("public_url", "x"),
            ("database.url", "mysql://x"),
        ] {
            assert!(read("", &[], &[(key, value)]).is_err(), "{key}");
        }
    }
}
