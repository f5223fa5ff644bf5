//! The console in a real browser. The stories are in `web/e2e/stories`, and each file is told to a server of its own
//! that knows nobody yet; `tools/setup test` installs the browser. What each story says of itself is shown when its file
//! is told.

use super::{Program, figure, set_up};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder with the suite.
fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web/e2e")
}

/// Tells the stories of one file; all of them must come true.
#[track_caller]
fn comes_true(file: &str) {
    assert!(suite().join("node_modules").exists(), "its packages are missing: `tools/setup test` installs them");
    let program = Program::new();
    let server = program.serve();
    let link = format!("{}{}", server.url(), set_up::link(&server));
    let mut command = Command::new("node");
    command.arg(suite().join("run.mjs")).args(["--url", &server.url(), "--setup-link", &link, file]);
    let output = command.output().expect("there is node: `tools/setup test` installs it");
    let told = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file} ended with {}:\n{told}{said}\n{}", output.status, server.said.so_far());
    for line in told.lines() {
        figure(&format!("in a browser, {file}: {line}"));
    }
}

/// One test for each file of stories, and one that none is forgotten.
macro_rules! stories {
    ($($test:ident: $file:literal,)*) => {
        $(#[test]
        fn $test() {
            comes_true($file);
        })*

        #[test]
        fn no_story_is_left_out() {
            let folder = suite().join("stories");
            let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
            assert_eq!(names.collect::<BTreeSet<_>>(), [$($file.to_owned()),*].into());
        }
    };
}

stories! {
    what_is_wrong_with_a_page_is_noticed: "noticing.mjs",
    the_pages_that_anybody_sees_look_right_in_a_browser: "gate.mjs",
    every_page_looks_right_in_a_browser: "pages.mjs",
    the_calls_that_pages_show_run_as_they_are_shown: "calls.mjs",
    the_way_of_the_vendors_article_leads_to_its_curl: "articles-way.mjs",
    a_token_is_in_use_within_a_minute_of_the_first_start: "one-minute.mjs",
    a_pasted_query_becomes_a_token_for_it: "pasted-query.mjs",
    a_secret_is_shown_once: "shown-once.mjs",
    what_is_taken_away_in_the_console_stops_at_once: "taking-away.mjs",
    who_may_not_go_on_is_told_why_and_loses_nothing: "refusals.mjs",
    the_console_works_without_scripts: "without-scripts.mjs",
    the_ide_shows_each_identity_its_own_world: "ide.mjs",
    a_large_schema_can_be_picked_from: "large.mjs",
}

#[test]
fn what_a_refusal_names_is_marked_where_the_query_needs_it() {
    let ide = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/ide");
    assert!(ide.join("node_modules").exists(), "its packages are missing: `tools/setup test` installs them");
    let output = Command::new("node")
        .args(["--test", "test/missing.test.mjs"])
        .current_dir(ide)
        .output()
        .expect("there is node");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
