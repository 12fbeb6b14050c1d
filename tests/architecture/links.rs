//! The documents point at what is there: files, folders, and headings within documents.

use std::{collections::BTreeSet, path::Path};

use crate::workspace::{files, read, root};

/// Folders of the project. What stands between backquotes and begins with one of them is a path.
const FOLDERS: [&str; 8] =
    ["crates/", "examples/", "tests/", "docs/", "deploy/", "config/", "fuzz/", "migrations/"];

/// The text without its blocks of code, where brackets and backquotes mean something else.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// What is linked in square brackets and round ones, without the links to other sites.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(str::to_owned)
        .collect()
}

/// Paths between backquotes. A placeholder, a pattern or a file that an operator makes is none.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_path = |word: &&str| {
        FOLDERS.iter().any(|folder| word.starts_with(folder))
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c))
            && !word.ends_with(".env")
    };
    quoted.filter(is_path).collect()
}

/// The anchors that the headings of a document have on its page.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .collect::<String>();
        kept.replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// What a document at this path names that is not there.
fn broken(file: &str, text: &str) -> Vec<String> {
    let text = prose(text);
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut wrong = Vec::new();
    for link in links(&text) {
        let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let path = if target.is_empty() { root().join(file) } else { root().join(folder).join(target) };
        if !path.exists() {
            wrong.push(format!("{file} links {link}, which is not there"));
        } else if !anchor.is_empty() && path.extension().is_some_and(|ending| ending == "md") {
            let linked = std::fs::read_to_string(&path).expect("a document of the project is readable");
            if !anchors(&prose(&linked)).contains(anchor) {
                wrong.push(format!("{file} links {link}, and there is no such heading"));
            }
        }
    }
    for path in paths(&text) {
        // The page of a crate names the files of the crate by their paths there.
        if ![root().to_owned(), root().join(folder)].iter().any(|from| from.join(path).exists()) {
            wrong.push(format!("{file} names `{path}`, which is not there"));
        }
    }
    wrong
}

#[test]
fn documents_point_at_what_is_there() {
    let documents = files(".md");
    assert!(documents.iter().any(|file| file == "ARCHITECTURE.md"), "the walk finds the documents");
    // What was once is told there.
    let documents = documents.iter().filter(|file| *file != "CHANGELOG.md");
    let wrong: Vec<String> = documents.flat_map(|file| broken(file, &read(file))).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_crate_has_a_page_that_the_map_shows() {
    let map = read("ARCHITECTURE.md");
    let manifests = files("Cargo.toml");
    let crates = manifests.iter().filter_map(|file| file.strip_suffix("/Cargo.toml"));
    let crates = crates.filter(|folder| folder.starts_with("crates/") || *folder == "migrations");
    let wrong: Vec<&str> = crates.filter(|folder| !map.contains(&format!("]({folder}/README.md)"))).collect();
    assert!(wrong.is_empty(), "ARCHITECTURE.md shows no page of {}", wrong.join(", "));
}

#[test]
fn every_decision_is_in_the_index() {
    let index = read("docs/decisions/README.md");
    let decisions = files(".md").into_iter().filter_map(|file| {
        file.strip_prefix("docs/decisions/").filter(|name| *name != "README.md").map(str::to_owned)
    });
    let mut seen = 0;
    for name in decisions {
        assert!(index.contains(&format!("]({name})")), "docs/decisions/README.md does not list {name}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn what_is_not_there_is_noticed() {
    assert_eq!(
        broken("docs/a.md", "See [the map](../ARCHITECTURE.md#the-map) and `crates/domain/src/call.rs`."),
        [""; 0]
    );
    assert_eq!(
        broken("docs/a.md", "```\n[x](nowhere)\n```\n[x](https://example.com) `crates/<name>`"),
        [""; 0]
    );
    let wrong =
        broken("docs/a.md", "[a](nowhere.md) [b](../ARCHITECTURE.md#no-such-heading) `crates/no/such.rs`");
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(
        wrong[0].contains("nowhere.md") && wrong[1].contains("heading") && wrong[2].contains("no/such.rs")
    );
}
