//! The parts of a crate (the files and folders of its `src`) stand on each other and never in a circle: what two of them
//! share is in a third below both. Whoever reads one part then never has to read all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::{files, read};

/// Parts that stand in a circle still.
struct Known {
    package: &'static str,
    parts: &'static [&'static str],
    reason: &'static str,
}

/// This list only gets shorter: a circle that is gone or smaller is taken off, and none is added.
const KNOWN: &[Known] = &[
    Known {
        package: "crates/application",
        parts: &["factor", "profile"],
        reason: "to give a factor up takes the password of the profile, whose archive tells the factors",
    },
    Known {
        package: "crates/domain",
        parts: &[
            "access",
            "archive",
            "call",
            "connections",
            "delivery",
            "event",
            "identity",
            "ledger",
            "live",
            "sealed",
            "store",
            "webhook",
        ],
        reason: "the unit of work names every repository, and the repositories' folders name what calls and events hold",
    },
    Known {
        package: "crates/persistence",
        parts: &[
            "condition",
            "connect",
            "held",
            "pool",
            "pulse",
            "queries",
            "store",
            "unit_of_work",
            "unreadable",
        ],
        reason: "the store opens the pool, and what looks after the pool asks the store",
    },
];

type Edges = BTreeMap<String, BTreeSet<String>>;

/// The part that a file of `src` belongs to. The root of a crate stands on everything, and tests may look at everything.
fn part_of(file: &str) -> Option<&str> {
    let (folders, name) = file.rsplit_once('/').map_or(("", file), |(folders, name)| (folders, name));
    if name == "tests.rs" || name.ends_with("_tests.rs") || folders.split('/').any(|folder| folder == "tests")
    {
        return None;
    }
    let first = file.split('/').next().unwrap_or_default();
    let part = first.strip_suffix(".rs").unwrap_or(first);
    (!["lib", "main"].contains(&part)).then_some(part)
}

/// The code without comments, and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The first names of what follows `prefix`, be it one path or a list in braces.
fn named(code: &str, prefix: &str) -> BTreeSet<String> {
    let in_name = |character: char| character.is_alphanumeric() || character == '_';
    let first = |path: &str| -> String { path.trim_start().chars().take_while(|c| in_name(*c)).collect() };
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|before| in_name(before) || before == '$') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.insert(first(rest));
            continue;
        };
        let (mut depth, mut start) = (0, 0);
        for (at, character) in list.char_indices() {
            match character {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    names.insert(first(&list[start..at]));
                    start = at + 1;
                    if character == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    names.remove("");
    names
}

/// What the root of a crate gives another name: the name, and the part it comes from.
fn given_on(root: &str) -> BTreeMap<String, String> {
    let mut given = BTreeMap::new();
    for line in code(root).split(';') {
        let Some((_, path)) = line.split_once("use ") else { continue };
        let Some((part, names)) = path.trim().split_once("::") else { continue };
        for name in names.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty()) {
            given.insert(name.to_owned(), part.to_owned());
        }
    }
    given
}

/// Which part names which other, given the files of one `src` by their paths in it.
fn edges(sources: &BTreeMap<String, String>) -> Edges {
    let parts: BTreeSet<&str> = sources.keys().filter_map(|file| part_of(file)).collect();
    let roots = ["lib.rs", "main.rs"].iter().filter_map(|root| sources.get(*root));
    let given: BTreeMap<String, String> = roots.flat_map(|root| given_on(root)).collect();
    let mut edges = Edges::new();
    for (file, text) in sources {
        let Some(part) = part_of(file) else { continue };
        let code = code(text);
        let mut others = named(&code, "crate::");
        if !file.contains('/') || (file.matches('/').count() == 1 && file.ends_with("/mod.rs")) {
            others.extend(named(&code, "super::").into_iter().filter(|name| parts.contains(name.as_str())));
        }
        for other in others {
            let other = if parts.contains(other.as_str()) { Some(&other) } else { given.get(&other) };
            if let Some(other) = other.filter(|other| *other != part && parts.contains(other.as_str())) {
                edges.entry(part.to_owned()).or_default().insert(other.clone());
            }
        }
    }
    edges
}

/// Every group of parts that reach each other.
fn circles(edges: &Edges) -> Vec<BTreeSet<String>> {
    let reached = |from: &str| -> BTreeSet<String> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(part) = open.pop() {
            for next in edges.get(&part).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|part| (part, reached(part))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (part, below) in &reach {
        if below.contains(*part) && !found.iter().any(|circle| circle.contains(*part)) {
            let both = below.iter().filter(|other| reach.get(other).is_some_and(|back| back.contains(*part)));
            found.push(both.cloned().collect());
        }
    }
    found
}

/// What is wrong with the circles of one package, given those that are known of it.
fn complaints(package: &str, found: &[BTreeSet<String>], known: &[Known]) -> Vec<String> {
    let listed =
        |known: &Known| -> BTreeSet<String> { known.parts.iter().map(|part| (*part).to_owned()).collect() };
    let known: Vec<_> = known.iter().filter(|known| known.package == package).collect();
    let new = found.iter().filter(|circle| !known.iter().any(|known| listed(known) == **circle));
    let new = new.map(|circle| {
        let parts = circle.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        format!("{package}: these name each other: {parts}. What they share belongs below them")
    });
    let gone = known.iter().filter(|known| !found.contains(&listed(known)));
    let gone = gone.map(|known| {
        format!(
            "{package}: the circle of {} is gone or another one: take it off the list",
            known.parts.join(", ")
        )
    });
    let unexplained = known.iter().filter(|known| known.reason.trim().is_empty());
    let unexplained =
        unexplained.map(|known| format!("{package}: {} without a reason", known.parts.join(", ")));
    new.chain(gone).chain(unexplained).collect()
}

/// The sources of a package by their paths in `src`.
fn sources(package: &str, all: &[String]) -> BTreeMap<String, String> {
    let folder = format!("{package}/src/");
    let own = all.iter().filter_map(|file| Some((file.strip_prefix(&folder)?.to_owned(), read(file))));
    own.collect()
}

#[test]
fn no_part_of_a_crate_stands_in_a_circle() {
    let all = files(".rs");
    let manifests = files("Cargo.toml");
    let packages: Vec<&str> =
        manifests.iter().filter_map(|manifest| manifest.strip_suffix("/Cargo.toml")).collect();
    assert!(packages.contains(&"crates/api"), "the walk finds the packages");
    assert!(edges(&sources("crates/api", &all))["app"].contains("routes"), "what a part names is read");
    let wrong: Vec<String> = packages
        .iter()
        .flat_map(|package| complaints(package, &circles(&edges(&sources(package, &all))), KNOWN))
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    let of_no_package = KNOWN.iter().find(|known| !packages.contains(&known.package));
    assert!(of_no_package.is_none_or(|known| panic!("{} is no package", known.package)));
}

#[cfg(test)]
mod tests {
    //! The check, checked.

    use super::*;

    fn of(sources: &[(&str, &str)]) -> Vec<Vec<String>> {
        let sources = sources.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        circles(&edges(&sources)).into_iter().map(|circle| circle.into_iter().collect()).collect()
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let lib = "//! x\nmod a;\nmod b;\nmod c;\npub use c::{Shown, Other};\n";
        let straight =
            [("lib.rs", lib), ("a.rs", "use crate::b::X;"), ("b.rs", "use crate::{c, d::e};"), ("c.rs", "")];
        assert!(of(&straight).is_empty());
        for closing in [
            "use crate::a::X;",
            "use crate::{\n    x::{y, z},\n    a::{X, Y},\n};",
            "fn f() { crate::a::g() }",
            "use super::a;",
        ] {
            let sources = [&straight[..3], &[("c.rs", closing)]].concat();
            assert_eq!(of(&sources), [["a", "b", "c"]], "{closing}");
        }
        let by_root = [("lib.rs", lib), ("c/mod.rs", "use crate::a;"), ("a.rs", "use crate::Shown;")];
        assert_eq!(of(&by_root), [["a", "c"]]);
    }

    #[test]
    fn tests_comments_and_a_parts_own_names_close_no_circle() {
        for harmless in [
            "// use crate::a;",
            "use crate::b::own;",
            "#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n",
            "use $crate::a;",
            "use other_crate::a;",
        ] {
            let sources = [("lib.rs", ""), ("a.rs", "use crate::b;"), ("b.rs", harmless)];
            assert!(of(&sources).is_empty(), "{harmless}");
        }
        let sources = [
            ("lib.rs", "use a::x;"),
            ("a.rs", "use crate::b;"),
            ("b/tests.rs", "use crate::a;"),
            ("b/mod.rs", ""),
        ];
        assert!(of(&sources).is_empty());
    }

    #[test]
    fn a_new_circle_and_one_that_is_gone_are_told() {
        let known = |parts| [Known { package: "crates/x", parts, reason: "so it is" }];
        let circle = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<BTreeSet<_>>();
        let found = [circle(&["a", "b"])];
        assert!(complaints("crates/x", &found, &known(&["a", "b"])).is_empty());
        assert_eq!(complaints("crates/x", &found, &[]).len(), 1);
        assert_eq!(complaints("crates/y", &[], &known(&["a", "b"])).len(), 0);
        assert!(complaints("crates/x", &[], &known(&["a", "b"]))[0].contains("take it off"));
        assert_eq!(complaints("crates/x", &found, &known(&["a", "b", "c"])).len(), 2, "it got smaller");
        let unexplained = [Known { package: "crates/x", parts: &["a", "b"], reason: " " }];
        assert_eq!(complaints("crates/x", &found, &unexplained).len(), 1);
    }
}
