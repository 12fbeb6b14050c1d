//! The core does not know the program that Dashtam succeeds: all there is of it stands in `crates/reference`.

use crate::workspace::{files, read};

/// What knows nothing of it, sources, tests and manifests alike.
const CORE: &[&str] = &["crates/domain/", "crates/application/"];

/// What the other program and its things are called, in small letters.
const NAMES: &[&str] = &["reference", "earlier system", "old system", "predecessor system", "bcrypt"];

/// Files where a name means something else, and what stands there.
const OTHERWISE: &[(&str, &[&str])] = &[
    // What institutions refer to an order, a position or a transaction by.
    ("crates/domain/src/ledger/details.rs", &["struct References", "references: References"]),
    ("crates/domain/src/ledger/fingerprint.rs", &["flags, references"]),
    ("crates/domain/src/ledger/mod.rs", &["PositionEffect, References,"]),
    ("crates/domain/src/ledger/statement.rs", &["Another reference of the institution", "pub reference:"]),
    ("crates/domain/src/ledger/statement_merge_tests.rs", &["reference: None"]),
    ("crates/domain/src/ledger/remap_tests.rs", &["reference: None"]),
    ("crates/application/tests/use_cases/imports/mod.rs", &["reference: None"]),
];

/// The lines of a file that name the other program.
fn mentions(file: &str, text: &str, otherwise: &[(&str, &[&str])]) -> Vec<String> {
    let meant: Vec<&str> =
        otherwise.iter().filter(|(name, _)| *name == file).flat_map(|(_, meant)| *meant).copied().collect();
    let lines = text.lines().enumerate().filter_map(|(index, line)| {
        let rest = meant.iter().fold(line.to_owned(), |line, meant| line.replace(meant, "")).to_lowercase();
        // What somebody prefers is another word.
        let rest = rest.replace("preference", "");
        let name = NAMES.iter().find(|name| rest.contains(**name))?;
        Some(format!(
            "{file}:{} says {name:?}: what there is of that program belongs into crates/reference",
            index + 1
        ))
    });
    lines.collect()
}

/// Exceptions that nothing needs any more.
fn stale<'a>(otherwise: &'a [(&str, &[&str])], text_of: impl Fn(&str) -> Option<String>) -> Vec<&'a str> {
    let all = otherwise.iter().flat_map(|(file, meant)| {
        let text = text_of(file).unwrap_or_default();
        meant.iter().filter(move |meant| !text.contains(**meant)).copied()
    });
    all.collect()
}

fn core() -> Vec<(String, String)> {
    let files = [".rs", "Cargo.toml"].into_iter().flat_map(files);
    let core = files.filter(|file| CORE.iter().any(|folder| file.starts_with(folder)));
    core.map(|file| (file.clone(), read(&file))).collect()
}

#[test]
fn the_core_does_not_know_the_program_before_it() {
    let core = core();
    for folder in CORE {
        let found = core.iter().filter(|(file, _)| file.starts_with(folder)).count();
        assert!(found > 20, "the walk finds {found} files in {folder}");
    }
    let wrong: Vec<String> = core.iter().flat_map(|(file, text)| mentions(file, text, OTHERWISE)).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    let text_of = |name: &str| core.iter().find(|(file, _)| file == name).map(|(_, text)| text.clone());
    assert_eq!(stale(OTHERWISE, text_of), [""; 0], "exceptions nothing needs");
}

#[cfg(test)]
mod tests {
    //! The check, checked.

    use super::*;

    #[test]
    fn a_mention_is_noticed_unless_it_means_something_else() {
        for line in
            ["use x::ReferenceTable;", "/// A token of the earlier system.", "accept_reference_tokens: bool,"]
        {
            let wrong = mentions("crates/domain/src/a.rs", &format!("//! A file.\n{line}\n"), OTHERWISE);
            assert_eq!(wrong.len(), 1, "{line}");
            assert!(wrong[0].starts_with("crates/domain/src/a.rs:2 says"), "{wrong:?}");
        }
        let (file, meant) = ("crates/domain/src/ledger/details.rs", "pub references: References,");
        assert_eq!(mentions(file, meant, OTHERWISE), [""; 0]);
        assert_eq!(mentions(file, "references: References, of the reference system", OTHERWISE).len(), 1);
        assert_eq!(mentions("crates/domain/src/a.rs", meant, OTHERWISE).len(), 1);
    }

    #[test]
    fn an_exception_nothing_needs_is_noticed() {
        let otherwise: &[(&str, &[&str])] = &[("a.rs", &["struct References", "pub reference:"])];
        assert_eq!(stale(otherwise, |_| Some("pub struct References;".to_owned())), ["pub reference:"]);
        assert_eq!(stale(otherwise, |_| None).len(), 2);
    }
}
