//! The documents are held to the program: what they show is read, validated and run.

mod audit;
mod command_line;
mod configuration;
mod gateway;
mod graphql;
mod http;
mod links;
mod lists;
mod operation;
mod permissions;
mod recipes;
mod run;
mod tour;

use std::path::Path;

/// A page: its path inside the repository and its text.
struct Page {
    path: String,
    text: String,
}

/// A fenced block of a page.
struct Block {
    /// What stands after the opening fence.
    language: String,
    /// The file name that a paragraph of its own gives the block: `` `name.graphql`: ``.
    name: Option<String>,
    text: String,
    /// Where it begins, for messages.
    at: String,
}

/// The page of this path.
fn page(path: &str) -> Page {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    Page { path: path.to_owned(), text: text.unwrap_or_else(|error| panic!("{path}: {error}")) }
}

/// Every page of the repository.
fn pages() -> Vec<Page> {
    let mut found = Vec::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")), &mut found);
    assert!(found.iter().any(|page| page.path == "docs/permissions.md"), "the pages are found");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, found: &mut Vec<Page>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let elsewhere = ["target", "node_modules", "doorward-data"].contains(&name.as_str());
            if !elsewhere && !name.starts_with('.') {
                collect(&path, found);
            }
        } else if name.ends_with(".md") {
            let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
            found.push(page(&inside.display().to_string()));
        }
    }
}

impl Page {
    /// The fenced blocks, in order.
    fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut open: Option<usize> = None;
        let mut paragraph = "";
        for (number, line) in self.text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            match (open, line.trim_start().strip_prefix("```")) {
                (None, Some(language)) => {
                    let name = paragraph.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:"));
                    blocks.push(Block {
                        language: language.trim().to_owned(),
                        name: name.map(str::to_owned),
                        text: String::new(),
                        at: format!("{}:{}", self.path, number + 1),
                    });
                    open = Some(indent);
                }
                (Some(_), Some("")) => (open, paragraph) = (None, ""),
                (Some(outer), _) => {
                    let block = blocks.last_mut().expect("a block is open");
                    block.text += line.get(outer.min(indent)..).unwrap_or_default();
                    block.text.push('\n');
                }
                (None, None) if line.trim().is_empty() => {}
                (None, None) => paragraph = line,
            }
        }
        assert!(open.is_none(), "{}: a block is never closed", self.path);
        blocks
    }

    /// The text without its fenced blocks.
    fn prose(&self) -> String {
        let mut inside = false;
        let outside = |line: &&str| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        };
        self.text.lines().filter(outside).collect::<Vec<_>>().join("\n")
    }

    /// The rows of the tables whose header has these cells, in order.
    fn rows(&self, header: &[&str]) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut inside = false;
        for line in self.prose().lines() {
            let Some(row) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
                inside = false;
                continue;
            };
            let cells: Vec<String> = row.split('|').map(|cell| cell.trim().to_owned()).collect();
            if cells == header {
                inside = true;
            } else if inside && !row.starts_with("---") {
                rows.push(cells);
            }
        }
        assert!(!rows.is_empty(), "{}: no table has the header {header:?}", self.path);
        rows
    }
}

/// The text with each link replaced by its words.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        plain += before;
        match after.split_once("](").and_then(|(words, after)| Some((words, after.split_once(')')?.1))) {
            Some((words, after)) => (plain, rest) = (plain + words, after),
            None => (plain, rest) = (plain + "[", after),
        }
    }
    plain + rest
}

/// What stands between backticks.
fn code_spans(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn blocks_tables_and_code_are_found() {
    let page = Page {
        path: "x.md".into(),
        text: "`a.sh`:\n\n```sh\nls\n```\n\n- b\n\n  ```json\n  {\n    1 }\n  ```\n\n| k | v |\n|---|---|\n| `a` | b `c` |\n".into(),
    };
    let blocks = page.blocks();
    let seen: Vec<_> =
        blocks.iter().map(|block| (&*block.language, block.name.as_deref(), &*block.text, &*block.at)).collect();
    assert_eq!(seen, [("sh", Some("a.sh"), "ls\n", "x.md:3"), ("json", None, "{\n  1 }\n", "x.md:9")]);
    assert_eq!(page.rows(&["k", "v"]), [["`a`", "b `c`"]]);
    assert_eq!(code_spans("`a` b `c`"), ["a", "c"]);
}
