//! Links inside the repository lead somewhere: to a file, and to a heading in it.

use super::{Page, page, pages};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The targets of `[text](target)`.
fn targets(prose: &str) -> Vec<&str> {
    let after = prose.split("](").skip(1);
    after
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split_whitespace().next().unwrap_or(""))
        .collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &Page) -> BTreeSet<String> {
    let headings = page.prose();
    let headings = headings
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    let anchor = |heading: &str| {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        heading.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leads out of the repository", path.display()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for from in pages() {
        for target in targets(&from.prose()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(&from.path).parent().expect("a page lies in a folder");
            let to = if file.is_empty() { PathBuf::from(&from.path) } else { plain(&folder.join(file)) };
            if !Path::new(env!("CARGO_MANIFEST_DIR")).join(&to).exists() {
                wrong.push(format!("{}: there is no {file}", from.path));
            } else if !anchor.is_empty() && !anchors(&page(&to.display().to_string())).contains(anchor) {
                wrong.push(format!("{}: {} has no heading #{anchor}", from.path, to.display()));
            }
        }
    }
    assert!(seen > 10, "the links are found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_dead_link_would_be_seen() {
    assert_eq!(targets("a [b](c.md#d) and [e](f \"g\")."), ["c.md#d", "f"]);
    let page = Page { path: "x.md".into(), text: "# A b, `c`-d\n```\n# no\n```\n#tag\n".into() };
    assert_eq!(anchors(&page), BTreeSet::from(["a-b-c-d".to_owned()]));
    assert_eq!(plain(Path::new("docs/../a/./b.md")), Path::new("a/b.md"));
}
