//! Tests of the sorts of limits and of the settings that change their rates.

use std::collections::{BTreeMap, BTreeSet};

use super::{RateOverrides, Rule};

#[test]
fn names_are_short_and_different() {
    let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    assert!(names.iter().all(|name| name.len() <= 100 && !name.contains(':')));
}

#[test]
fn settings_replace_rates_and_mistakes_are_named() {
    let of = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, rate)| ((*name).to_owned(), (*rate).to_owned()));
        RateOverrides::parse(&pairs.collect::<BTreeMap<_, _>>())
    };
    let read = of(&[("login", "3/0.5")]).unwrap();
    assert_eq!(read.0, [(Rule::Login, "3/0.5".parse().unwrap())]);
    let wrong = of(&[("logni", "3/1"), ("register", "many")]).unwrap_err();
    assert!(wrong[0].starts_with("logni is not") && wrong[0].contains("login"), "{wrong:?}");
    assert!(wrong[1].starts_with("register must be"), "{wrong:?}");
}
