//! Dependencies point inwards: each package reaches only the packages and crates its row of the table allows.
//!
//! The question goes to `cargo tree`, one package at a time: it resolves what that package alone asks for, while
//! `cargo metadata` mixes in what other packages and tests ask for.

mod table;

use std::collections::BTreeSet;

use self::table::{EVERYWHERE, Externals, LAYERS, Layer, Ours};
use crate::workspace::{cargo, packages};

const OUR_PREFIX: &str = "dashtam-";

/// One line of a dependency tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    package: String,
    features: Vec<String>,
}

/// Reads `cargo tree --prefix none --format '{p}|{f}'`.
fn parse(tree: &str) -> BTreeSet<Reached> {
    tree.lines()
        .filter_map(|line| {
            let (package, features) = line.split_once('|')?;
            let package = package.split_whitespace().next()?.to_owned();
            // A repeated package ends in a mark instead of its dependencies.
            let features = features.trim_end_matches(" (*)").split(',').map(str::trim);
            let features = features.filter(|feature| !feature.is_empty()).map(str::to_owned).collect();
            Some(Reached { package, features })
        })
        .collect()
}

fn tree(package: &str, more: &[&str]) -> BTreeSet<Reached> {
    let common = [
        "tree",
        "--offline",
        "--locked",
        "-p",
        package,
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}|{f}",
    ];
    parse(&cargo(&[&common, more].concat()))
}

fn is_ours(package: &str) -> bool {
    package.starts_with(OUR_PREFIX)
}

/// What is wrong with one package, given everything it reaches and what it names itself.
fn violations(layer: &Layer, reached: &BTreeSet<Reached>, direct: &BTreeSet<Reached>) -> Vec<String> {
    let package = layer.package;
    let mut wrong = Vec::new();
    let others = || reached.iter().filter(|other| other.package != package);

    for other in others().filter(|other| is_ours(&other.package)) {
        let allowed = match layer.ours {
            Ours::Only(allowed) => allowed.contains(&other.package.as_str()),
            Ours::AllBut(refused) => !refused.contains(&other.package.as_str()),
        };
        if !allowed {
            wrong.push(format!("{package} reaches {}, which its row does not allow", other.package));
        }
    }
    for other in
        others().filter(|other| layer.never.iter().any(|never| never.contains(&other.package.as_str())))
    {
        wrong.push(format!("{package} reaches {}, which its row forbids", other.package));
    }
    if let Externals::Named { crates, without_features } = layer.externals {
        for other in direct.iter().filter(|other| other.package != package && !is_ours(&other.package)) {
            if !crates.contains(&other.package.as_str()) {
                wrong.push(format!("{package} depends on {}, which is not on its list", other.package));
            }
        }
        for (name, feature) in without_features {
            let switched_on =
                |other: &&Reached| other.package == *name && other.features.iter().any(|on| on == feature);
            if others().any(|other| switched_on(&other)) {
                wrong.push(format!("{package} switches on the feature {feature} of {name}"));
            }
        }
    }
    wrong
}

/// Packages without a row, and rows without a package.
fn mismatches(members: &[String], layers: &[Layer]) -> Vec<String> {
    let has_row = |member: &&String| layers.iter().any(|layer| layer.package == **member);
    let is_member = |layer: &&Layer| members.iter().any(|member| member == layer.package);
    let without_row = members.iter().filter(|member| !has_row(member));
    let without_package = layers.iter().filter(|layer| !is_member(layer));
    without_row
        .map(|member| format!("{member} has no row in tests/architecture/layers/table.rs"))
        .chain(without_package.map(|layer| format!("the row {} is of no package", layer.package)))
        .collect()
}

#[test]
fn every_package_has_a_row_and_every_row_a_package() {
    let members = packages();
    assert!(members.len() > 10, "the walk finds {members:?}");
    assert_eq!(mismatches(&members, LAYERS), [""; 0]);
}

#[test]
fn every_package_reaches_only_what_its_row_allows() {
    let wrong: Vec<String> = LAYERS
        .iter()
        .flat_map(|layer| {
            let reached = tree(layer.package, &[]);
            assert!(
                reached.iter().any(|one| one.package == layer.package),
                "{} is in its tree",
                layer.package
            );
            // Only a list of names asks what a package itself depends on.
            let direct = match layer.externals {
                Externals::Named { .. } => tree(layer.package, &["--depth", "1"]),
                Externals::Any => BTreeSet::new(),
            };
            violations(layer, &reached, &direct)
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Tests, build scripts and optional features count too: a second stack is compiled and linked whoever asks for it.
#[test]
fn nobody_brings_a_second_tls_stack() {
    let everything =
        "tree --offline --locked --workspace --all-features -e normal,build,dev --prefix none --format {p}|";
    let everything = parse(&cargo(&everything.split(' ').collect::<Vec<_>>()));
    let second: Vec<_> = everything.iter().filter(|one| EVERYWHERE.contains(&one.package.as_str())).collect();
    assert!(second.is_empty(), "OpenSSL is the one TLS stack; also there: {second:?}");
}

#[cfg(test)]
mod tests {
    //! The check, checked: each rule is broken once.

    use super::*;

    const INNER: Layer = Layer {
        package: "dashtam-inner",
        ours: Ours::Only(&["dashtam-core"]),
        externals: Externals::Named {
            crates: &["chrono", "serde_json"],
            without_features: &[("chrono", "clock")],
        },
        never: &[&["tokio", "sqlx"]],
    };
    const OUTER: Layer = Layer {
        package: "dashtam-outer",
        ours: Ours::AllBut(&["dashtam-tests"]),
        externals: Externals::Any,
        never: &[],
    };

    fn check(layer: &Layer, tree: &str, direct: &str) -> Vec<String> {
        violations(layer, &parse(tree), &parse(direct))
    }

    #[test]
    fn a_tree_within_the_rules_passes() {
        let tree = "dashtam-inner v0.1.0 (/a/b)|\nchrono v0.4.45|alloc,std\ndashtam-core v0.1.0 (/a/c)|\n\
                    chrono v0.4.45|alloc,std (*)\nnum-traits v0.2.19|i128";
        let direct = "dashtam-inner v0.1.0 (/a/b)|\nchrono v0.4.45|alloc,std\ndashtam-core v0.1.0 (/a/c)|";
        assert_eq!(check(&INNER, tree, direct), [""; 0]);
        assert_eq!(
            check(&OUTER, "dashtam-outer v0.1.0|\ndashtam-core v0.1.0|\ntokio v1.0.0|rt", ""),
            [""; 0]
        );
    }

    #[test]
    fn another_package_of_ours_is_noticed() {
        let wrong = check(&INNER, "dashtam-inner v0.1.0|\ndashtam-mail v0.1.0|", "");
        assert_eq!(wrong, ["dashtam-inner reaches dashtam-mail, which its row does not allow"]);
        let wrong = check(&OUTER, "dashtam-outer v0.1.0|\ndashtam-tests v0.1.0|", "");
        assert_eq!(wrong, ["dashtam-outer reaches dashtam-tests, which its row does not allow"]);
    }

    #[test]
    fn a_forbidden_crate_far_below_is_noticed() {
        let wrong = check(&INNER, "dashtam-inner v0.1.0|\nserde_json v1.0.0|\ntokio v1.0.0|net,rt", "");
        assert_eq!(wrong, ["dashtam-inner reaches tokio, which its row forbids"]);
    }

    #[test]
    fn a_crate_that_is_not_on_the_list_is_noticed() {
        let wrong = check(&INNER, "", "dashtam-inner v0.1.0|\nglob v0.3.0|\nchrono v0.4.45|std");
        assert_eq!(wrong, ["dashtam-inner depends on glob, which is not on its list"]);
    }

    #[test]
    fn a_feature_that_reaches_outside_is_noticed() {
        let wrong = check(&INNER, "dashtam-inner v0.1.0|\nchrono v0.4.45|alloc,clock,std (*)", "");
        assert_eq!(wrong, ["dashtam-inner switches on the feature clock of chrono"]);
    }

    #[test]
    fn a_package_without_a_row_and_a_row_without_a_package_are_noticed() {
        let wrong = mismatches(&["dashtam-inner".to_owned(), "dashtam-new".to_owned()], &[INNER, OUTER]);
        assert_eq!(
            wrong,
            [
                "dashtam-new has no row in tests/architecture/layers/table.rs",
                "the row dashtam-outer is of no package"
            ]
        );
    }

    /// Asks cargo itself: a package that does do I/O fails the domain's row.
    #[test]
    fn the_rules_of_the_domain_refuse_a_package_that_does_io() {
        let domain = LAYERS.iter().find(|layer| layer.package == "dashtam-domain").unwrap();
        let reached = tree("dashtam-migrations", &[]);
        let wrong = violations(domain, &reached, &tree("dashtam-migrations", &["--depth", "1"]));
        assert!(wrong.iter().any(|one| one.contains("reaches sqlx,")), "{wrong:?}");
        assert!(wrong.iter().any(|one| one.contains("reaches tokio,")), "{wrong:?}");
        assert!(wrong.iter().any(|one| one.contains("depends on sea-orm-migration,")), "{wrong:?}");
    }
}
