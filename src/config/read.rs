//! How the three sources become one [`Config`], where each value comes from, and everything that is said of what does
//! not fit.

use super::keys::{KEYS, KeyRow};
use super::set::{Origin, Set, Setting, built, from_where, shown};
use super::{Config, environment};
use crate::error::{Code, Refusal};
use crate::names::nearest;
use config::{File, FileFormat, Value, ValueKind};

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

/// What came of reading: all that was given, and all that is wrong with it.
#[derive(Default)]
pub struct Reading {
    /// The configuration, where nothing is wrong.
    pub config: Option<Config>,
    /// What stops nothing.
    pub notices: Vec<Notice>,
    /// What stops the start. Never the value itself: it may be a secret.
    pub complaints: Vec<Refusal>,
    set: Vec<Set>,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// The first thing that is wrong: a file that does not parse, a key in it that does not exist (with the nearest that
    /// does), a value that does not fit.
    pub fn read(given: &Given<'_>) -> Result<(Self, Vec<Notice>), Refusal> {
        let mut read = Reading::of(given);
        match (read.config, read.complaints.is_empty()) {
            (Some(config), true) => Ok((config, read.notices)),
            (_, false) => Err(read.complaints.swap_remove(0)),
            (None, true) => Err(wrong("the configuration holds a value that does not fit".into())),
        }
    }
}

impl Reading {
    /// Reads everything, and goes on where something is wrong, to find the rest.
    #[must_use]
    pub fn of(given: &Given<'_>) -> Self {
        let mut read = Self::default();
        if let Some((name, text)) = &given.file
            && let Err(complaint) = read.file(name, text)
        {
            // Of what else it sets nothing is known.
            read.complaints.push(complaint);
            return read;
        }
        read.environment(&given.environment);
        for (name, value) in &given.flags {
            match KeyRow::named(name) {
                Some(key) => read.put(key, value.as_str().into(), Origin::Flag),
                None => read.complaints.push(unknown(None, name)),
            }
        }
        read.judge(&given.environment);
        read
    }

    /// Every key with the value that holds.
    pub fn settings(&self) -> impl Iterator<Item = Setting> {
        KEYS.iter().map(|key| {
            let set = self.set.iter().find(|set| set.key == key);
            let value = match set {
                _ if key.secret => None,
                Some(set) => shown(key, &set.value),
                None => key.default.map(|default| key.kind.json(default)),
            };
            Setting { key, value, origin: set.map_or(Origin::Default, |set| set.origin.clone()) }
        })
    }

    fn put(&mut self, key: &'static KeyRow, value: Value, origin: Origin) {
        self.set.retain(|set| set.key != key);
        self.set.push(Set { key, value, origin });
    }

    fn file(&mut self, name: &str, text: &str) -> Result<(), Refusal> {
        let source = File::from_str(text, FileFormat::Toml);
        let mut parsed: Vec<(String, Value)> = config::Source::collect(&source)
            .map_err(|error| wrong(format!("{name}: {}", unquoted(&error.to_string()))))?
            .into_iter()
            .collect();
        parsed.sort_by(|(a, _), (b, _)| a.cmp(b));
        parsed.into_iter().for_each(|(key, value)| self.of_file(name, &key, value));
        Ok(())
    }

    /// Takes in a key of the file. A misspelt setting must not be a setting left out.
    fn of_file(&mut self, file: &str, name: &str, value: Value) {
        match (KeyRow::named(name), value.kind) {
            (Some(key), kind) => self.put(key, Value::new(None, kind), Origin::File(file.to_owned())),
            (None, ValueKind::Table(table)) if KEYS.iter().any(|key| key.section().0 == Some(name)) => {
                let mut inner: Vec<(String, Value)> = table.into_iter().collect();
                inner.sort_by(|(a, _), (b, _)| a.cmp(b));
                inner.into_iter().for_each(|(key, value)| self.of_file(file, &format!("{name}.{key}"), value));
            }
            (None, _) => self.complaints.push(unknown(Some(file), name)),
        }
    }

    fn environment(&mut self, pairs: &[(String, String)]) {
        let mut set_by: Vec<(&KeyRow, &str)> = Vec::new();
        // An empty variable is how Compose and shells leave one out.
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            let Some(rest) = name.strip_prefix("DOORWARD_") else { continue };
            match environment::setting(rest, name, value) {
                Err(complaint) => self.complaints.push(complaint),
                Ok(Some((key, value))) => {
                    if let Some((_, other)) = set_by.iter().find(|(known, _)| *known == key) {
                        let message = format!("{other} and {name} both set `{}`: leave one out", key.name);
                        self.complaints.push(Refusal::input(key.name, message));
                    }
                    set_by.push((key, name));
                    self.put(key, value.into(), Origin::Environment(name.clone()));
                }
                Ok(None) if ["CONFIG", "LOG"].contains(&rest) => {}
                Ok(None) => self.notices.push(environment::unknown(rest, name)),
            }
        }
    }

    /// Holds the values to their kinds, and what fits to each other.
    fn judge(&mut self, environment: &[(String, String)]) {
        let (fit, unfit): (Vec<Set>, Vec<Set>) = std::mem::take(&mut self.set).into_iter().partition(Set::fits);
        self.complaints.extend(unfit.iter().map(Set::complaint));
        let Some(mut config) = built(&fit) else {
            return self.complaints.push(wrong("the configuration holds a value that does not fit".into()));
        };
        let mut found: Vec<Refusal> = config.upstream.headers.fetch(environment).err().into_iter().collect();
        config.check(&mut found);
        self.complaints.extend(found.into_iter().map(|complaint| from_where(complaint, &fit)));
        self.config = self.complaints.is_empty().then_some(config);
        self.set = [fit, unfit].into_iter().flatten().collect();
    }
}

/// The parser's complaint without the lines that quote the file: a secret may stand in them.
fn unquoted(complaint: &str) -> String {
    let quotes = |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    let said: Vec<&str> = complaint.lines().filter(|line| !line.is_empty() && !quotes(line)).collect();
    said.join(": ")
}

fn unknown(file: Option<&str>, name: &str) -> Refusal {
    let file = file.map(|file| format!("{file}: ")).unwrap_or_default();
    let near = nearest(name, KEYS.iter().map(|key| key.name), 1);
    let hint = near.first().map(|near| format!("; did you mean `{near}`?"));
    let hint = hint.unwrap_or_else(|| "; `doorward config template` shows those that there are".to_owned());
    Refusal::input(name, format!("{file}there is no setting `{name}`{hint}"))
}

pub(super) fn wrong(message: String) -> Refusal {
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
            [Notice("the environment variable DOORWARD_LIMITS__DEPHT means nothing to Doorward; did you mean DOORWARD_LIMITS__DEPTH?".into())]
        );
    }

    #[test]
    fn every_key_reaches_the_structure() {
        for key in KEYS.iter().map(|key| key.name) {
            let value = match key {
                "listen" | "admin_listen" => "127.0.0.1:1",
                "database.url" => "postgres://localhost/x",
                "key" => "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac=",
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
            let beside: &[(&str, &str)] = match key {
                "upstream.secret" => &[("upstream.url", "http://127.0.0.1:1/"), ("upstream.identity", "headers")],
                key if key.starts_with("upstream.") => &[("upstream.url", "http://127.0.0.1:1/")],
                "tls.certificate" => &[("tls.key", "its.key")],
                "tls.key" => &[("tls.certificate", "its.pem")],
                _ => &[],
            };
            let read = read("", &[], &[beside, &[(key, value)]].concat());
            if key == "upstream.audience" {
                // It goes with what is not built yet.
                assert_eq!(read.unwrap_err().field.as_deref(), Some(key));
                continue;
            }
            let (config, _) = read.unwrap();
            let told = |config: &Config| {
                let headers: Vec<_> =
                    config.upstream.headers.pairs().map(|(name, to)| format!("{name}: {to}")).collect();
                let key = config.key.as_ref().map(crate::config::Key::expose_text);
                let hidden = (&config.database.url, &config.upstream.secret, headers, key);
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
            ("key", "short"),
            ("lease_seconds", "0"),
        ] {
            assert!(read("", &[], &[(key, value)]).is_err(), "{key}");
        }
    }
}
