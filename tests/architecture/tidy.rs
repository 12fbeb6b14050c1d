//! What every file owes its reader: a sentence on what it is for, a size one can take in, nothing left half done.

use crate::workspace::{files, read};

/// A file that grows past this is doing more than one thing. Tests too: a file of them is named for what they prove.
const LONGEST: usize = 400;

/// Files that may be longer, each with the reason why it is not two.
const LONGER_WITH_REASON: &[(&str, &str)] = &[];

/// Macros that stand for work not done. They are put together here so that this file does not name them.
const UNFINISHED: &[&str] = &[concat!("to", "do!"), concat!("unimpl", "emented!"), concat!("db", "g!")];

/// Words that say how a thing looks outside; entities leave that to the views and rows of the adapters.
const OUTSIDE_SHAPES: &[&str] = &[
    "Serialize",
    "Deserialize",
    "ToSchema",
    "DeriveEntityModel",
    "DeriveActiveEnum",
    "DeriveValueType",
    "FromQueryResult",
    "FromRow",
];

/// The first line of a crate whose documentation is its README.
const CRATE_PAGE: &str = "#![doc = include_str!(\"../README.md\")]";

fn too_long(file: &str, text: &str, exceptions: &[(&str, &str)]) -> Option<String> {
    let lines = text.lines().count();
    let excepted = exceptions.iter().any(|(name, _)| *name == file);
    (lines > LONGEST && !excepted)
        .then(|| format!("{file} has {lines} lines; {LONGEST} are enough for one thing"))
}

/// An exception nobody needs any more, or without a reason.
fn stale_exception(file: &str, reason: &str, text: Option<&str>) -> Option<String> {
    let lines = text.map_or(0, |text| text.lines().count());
    match () {
        () if lines <= LONGEST => Some(format!("{file} is on the list of long files and is not one")),
        () if reason.trim().is_empty() => {
            Some(format!("{file} is on the list of long files without a reason"))
        }
        () => None,
    }
}

fn without_purpose(file: &str, text: &str) -> Option<String> {
    let first = text.lines().next().unwrap_or_default();
    // What a crate is for, its page says.
    if file.ends_with("/src/lib.rs") && first == CRATE_PAGE {
        return None;
    }
    let says = first.strip_prefix("//!").is_some_and(|sentence| !sentence.trim().is_empty());
    (!says).then(|| format!("{file} does not start with a //! sentence on what it is for"))
}

fn unfinished(file: &str, text: &str) -> Vec<String> {
    occurrences(text, UNFINISHED).map(|(line, word)| format!("{file}:{line} has {word}")).collect()
}

fn outside_shapes(file: &str, text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    occurrences(&code, OUTSIDE_SHAPES)
        .map(|(line, word)| format!("{file}:{line} has {word}: JSON and table shapes live in the adapters"))
        .collect()
}

/// Where one of the words stands by itself, not as a part of a longer name.
fn occurrences<'a>(text: &'a str, words: &'a [&'a str]) -> impl Iterator<Item = (usize, &'a str)> {
    let in_name = |character: char| character.is_alphanumeric() || character == '_';
    text.lines().enumerate().flat_map(move |(index, line)| {
        words.iter().filter_map(move |word| {
            let found = line.match_indices(word).any(|(at, _)| {
                let (before, after) = (&line[..at], &line[at + word.len()..]);
                !before.ends_with(in_name) && (word.ends_with('!') || !after.starts_with(in_name))
            });
            found.then_some((index + 1, *word))
        })
    })
}

/// A member's manifest that does not take over the workspace's lints.
fn without_lints(file: &str, manifest: &str) -> Option<String> {
    let mut section = "";
    let takes_over = manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let line = line.split_whitespace().collect::<String>();
        (section == "[lints]" && line == "workspace=true") || line == "lints.workspace=true"
    });
    let is_member = manifest.lines().any(|line| line.trim() == "[package]");
    (is_member && !takes_over).then(|| format!("{file} does not say lints.workspace = true"))
}

fn assert_none(wrong: impl IntoIterator<Item = String>) {
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The sources, read. Never empty: a walk that finds nothing would make every check here pass.
fn sources() -> Vec<(String, String)> {
    let sources: Vec<_> =
        files(".rs").into_iter().map(|file| (read(&file), file)).map(|(text, file)| (file, text)).collect();
    assert!(sources.iter().any(|(file, _)| file == "tests/architecture/tidy.rs"), "the walk finds this file");
    sources
}

#[test]
fn no_file_is_too_long_to_take_in() {
    assert_none(sources().iter().filter_map(|(file, text)| too_long(file, text, LONGER_WITH_REASON)));
}

#[test]
fn every_long_file_on_the_list_is_one_and_has_a_reason() {
    let sources = sources();
    let text_of = |name: &str| sources.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str());
    assert_none(
        LONGER_WITH_REASON.iter().filter_map(|(file, reason)| stale_exception(file, reason, text_of(file))),
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    assert_none(sources().iter().filter_map(|(file, text)| without_purpose(file, text)));
}

#[test]
fn nothing_is_left_half_done() {
    assert_none(sources().iter().flat_map(|(file, text)| unfinished(file, text)));
}

#[test]
fn the_domain_does_not_know_how_it_looks_outside() {
    let domain: Vec<_> =
        sources().into_iter().filter(|(file, _)| file.starts_with("crates/domain/src/")).collect();
    assert!(!domain.is_empty(), "the domain has sources");
    assert_none(domain.iter().flat_map(|(file, text)| outside_shapes(file, text)));
}

#[test]
fn every_manifest_takes_over_the_lints() {
    let manifests = files("Cargo.toml");
    assert!(manifests.iter().any(|file| file == "crates/domain/Cargo.toml"), "the walk finds the manifests");
    assert_none(manifests.iter().filter_map(|file| without_lints(file, &read(file))));
}

#[cfg(test)]
mod tests {
    //! The checks, checked: each is shown something wrong once.

    use super::*;

    #[test]
    fn a_long_file_is_noticed_unless_it_is_excepted() {
        let (long, longest) = ("a line\n".repeat(401), "a line\n".repeat(400));
        let wrong = too_long("crates/x/src/a.rs", &long, &[]).unwrap();
        assert!(wrong.starts_with("crates/x/src/a.rs has 401 lines"), "{wrong}");
        assert_eq!(too_long("crates/x/src/a.rs", &longest, &[]), None);
        assert_eq!(too_long("crates/x/src/a.rs", &long, &[("crates/x/src/a.rs", "a table")]), None);
        for test in [
            "crates/testkit/src/a.rs",
            "crates/x/benches/a.rs",
            "crates/x/src/a/tests.rs",
            "crates/x/src/a_tests.rs",
            "crates/x/tests/a.rs",
            "tests/e2e/a.rs",
        ] {
            assert!(too_long(test, &long, &[]).is_some(), "{test}");
            assert_eq!(too_long(test, &longest, &[]), None, "{test}");
            assert_eq!(too_long(test, &long, &[(test, "a table")]), None, "{test}");
        }
    }

    #[test]
    fn an_exception_nobody_needs_is_noticed() {
        assert!(stale_exception("a.rs", "a table", None).is_some());
        assert!(stale_exception("a.rs", "a table", Some("short\n")).is_some());
        assert!(stale_exception("a.rs", " ", Some(&"a line\n".repeat(401))).is_some());
        assert!(stale_exception("a.rs", "a table", Some(&"a line\n".repeat(401))).is_none());
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_noticed() {
        for text in ["", "//!", "//! \n", "// A comment.\n", "use std::fmt;\n//! Late.\n", "\n//! Late.\n"] {
            assert!(without_purpose("a.rs", text).is_some(), "{text:?}");
        }
        assert_eq!(without_purpose("a.rs", "//! What it is for.\nuse std::fmt;\n"), None);
        let page = format!("{CRATE_PAGE}\nuse std::fmt;\n");
        assert_eq!(without_purpose("crates/x/src/lib.rs", &page), None);
        assert!(without_purpose("crates/x/src/a.rs", &page).is_some());
    }

    #[test]
    fn unfinished_work_is_noticed() {
        for word in UNFINISHED {
            let text = format!("//! A file.\nfn later() {{\n    {word}(\"later\")\n}}\n");
            assert_eq!(unfinished("a.rs", &text), [format!("a.rs:3 has {word}")]);
            assert_eq!(unfinished("a.rs", &format!("my_{word}()")), [""; 0]);
        }
    }

    #[test]
    fn an_entity_that_knows_its_json_is_noticed() {
        let derived = "#[derive(\n    Debug,\n    serde::Serialize,\n)]\nstruct User;\n";
        let wrong = outside_shapes("user.rs", derived);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].starts_with("user.rs:3 has Serialize"), "{wrong:?}");
        assert_eq!(outside_shapes("user.rs", "impl<'de> Deserialize<'de> for User {}").len(), 1);
        assert_eq!(outside_shapes("user.rs", "/// Never Serialize this.\nstruct SerializeLater;"), [""; 0]);
    }

    #[test]
    fn a_manifest_without_the_lints_is_noticed() {
        let package = "[package]\nname = \"x\"\n";
        assert!(without_lints("Cargo.toml", package).is_some());
        assert!(
            without_lints("Cargo.toml", &format!("{package}[dependencies]\nworkspace = true\n")).is_some()
        );
        assert!(without_lints("Cargo.toml", &format!("{package}[lints]\nworkspace = false\n")).is_some());
        assert_eq!(without_lints("Cargo.toml", &format!("{package}\n[lints]\nworkspace = true\n")), None);
        assert_eq!(without_lints("Cargo.toml", &format!("lints.workspace = true\n{package}")), None);
        assert_eq!(without_lints("Cargo.toml", "[workspace]\nmembers = []\n"), None);
    }
}
