//! The recipes are run as they stand, in one shell from top to bottom, against a server.

use super::{code_spans, page, run};
use std::path::Path;

/// Where `tools/setup` puts the Python that has `requests`; elsewhere the machine's own may have it.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/clients-venv/bin/python");

#[test]
fn the_recipes_work_as_they_stand() {
    let directory = tempfile::tempdir().unwrap();
    let mut script = String::new();
    if Path::new(PYTHON).exists() {
        script += &format!("python3() {{ '{PYTHON}' \"$@\"; }}\n");
    }
    script += "echo 'seven green kettles whistle' | doorward user add ada --super-admin --password-stdin\n";
    let page = page("docs/recipes.md");
    for block in page.blocks() {
        run::write_named(directory.path(), &block);
        if block.language == "sh" {
            script += &format!("echo '== {}'\n{}", block.at, block.text);
        }
    }
    // What the page claims beyond running through.
    script += "grep -q '^dwd_pat_' token.txt\n";
    script += "echo '{ me { username } }' > me.graphql\n";
    script += "doorward can --token-stdin --operation me.graphql < token.txt\n";
    let narrowed = page.text.split("- A narrowed token must hold").nth(1).and_then(|rest| rest.split("\n- ").next());
    let grants = code_spans(narrowed.expect("the page says what a narrowed token must hold"));
    let permissions: String = grants.iter().map(|grant| format!(" --permission '{grant}'")).collect();
    script += "echo '== renew.py, narrowed'\n";
    script += "doorward token create --user ada --name n --access read-write --expires-in 7d";
    script += &format!("{permissions} > token.txt\npython3 renew.py\n");
    let server = run::Served::start(directory.path(), "");
    let mut shell = run::shell(directory.path(), &script);
    shell.env("URL", &server.url);
    let (ended, printed) = run::finish(shell);
    assert_eq!(ended, Some(0), "{printed}");
    assert_eq!(printed.matches("\"username\":\"ada\"").count(), 1, "curl: {printed}");
    assert_eq!(printed.lines().filter(|line| *line == "ada").count(), 3, "JavaScript, Python, Go: {printed}");
    assert_eq!(printed.matches("renewed, until ").count(), 2, "{printed}");
    assert!(printed.contains("{'username': 'ada'}"), "{printed}");
    assert_eq!(server.stop(), Some(0));
}
