//! What somebody signed in with, in words: `Firefox on Linux`.

/// The names that browsers and programs give themselves, the more special first: each tells of its forebears too.
const PROGRAMS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("PostmanRuntime/", "Postman"),
    ("doorward/", "doorward command line"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// A `User-Agent` in words; what is not known says its own first word.
#[must_use]
pub fn device(agent: Option<&str>) -> String {
    let Some(agent) = agent.map(str::trim).filter(|agent| !agent.is_empty()) else {
        return "An unknown program".into();
    };
    let named = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    let program = named(PROGRAMS).unwrap_or_else(|| {
        let first = agent.split(['/', ' ', '(']).next().unwrap_or(agent);
        first.chars().take(40).collect()
    });
    match named(SYSTEMS) {
        Some(system) => format!("{program} on {system}"),
        None => program,
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let said = |agent| device(Some(agent));
        let linux = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(said(linux), "Firefox on Linux");
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0";
        assert_eq!(said(edge), "Edge on Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1";
        assert_eq!(said(phone), "Safari on iPhone");
        assert_eq!(said("curl/8.5.0"), "curl");
        assert_eq!(said("python-requests/2.31"), "python-requests");
        assert_eq!(device(None), "An unknown program");
        assert_eq!(said("  "), "An unknown program");
    }
}
