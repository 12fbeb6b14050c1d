//! What a rule may ask and do, and its place among others.

use uuid::Uuid;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn rule(number: u128) -> Rule {
    let test = RuleTest::new(RuleField::Text, RuleOperator::Contains, vec!["tea".to_owned()]).unwrap();
    Rule {
        id: RuleId(Uuid::from_u128(number)),
        owner: UserId(Uuid::from_u128(99)),
        name: "Tea".parse().unwrap(),
        position: i32::try_from(number).unwrap(),
        is_enabled: true,
        terms: RuleTerms {
            matching: RuleMatch::All,
            conditions: vec![RuleCondition::One(test)],
            actions: RuleActions { hides: true, ..RuleActions::default() },
            stops: false,
        },
        created_at: at(0),
        updated_at: at(0),
    }
}

#[test]
fn rules_make_room_for_one_another() {
    let all: Vec<Rule> = (1..=4).map(rule).collect();
    for (moved, to, expected) in [
        (4, 1, vec![(4, 1), (1, 2), (2, 3), (3, 4)]),
        (1, 3, vec![(2, 1), (3, 2), (1, 3)]),
        (2, 99, vec![(3, 2), (4, 3), (2, 4)]),
        (2, -5, vec![(2, 1), (1, 2)]),
        (3, 3, vec![]),
    ] {
        let written = Rule::arrange(all.clone(), rule(moved), to, at(9));
        let places: Vec<(u128, i32)> =
            written.iter().map(|rule| (rule.id.0.as_u128(), rule.position)).collect();
        assert_eq!(places, expected, "{moved} to {to}");
        assert!(written.iter().all(|rule| rule.updated_at == at(9)));
    }
}

#[test]
fn a_rule_that_asks_or_does_nothing_is_none() {
    let mut rule = rule(1);
    let actions = |actions| RuleChange { actions: Some(actions), ..RuleChange::default() };
    assert_eq!(rule.clone().change(actions(RuleActions::default()), at(1)), Err(RuleError::Actions));
    let both = RuleActions { category: "food".parse().ok(), is_transfer: true, ..RuleActions::default() };
    assert_eq!(rule.clone().change(actions(both), at(1)), Err(RuleError::TwoCategories));
    let one = rule.terms.conditions[0].clone();
    for wrong in [vec![], vec![RuleCondition::AnyOf(vec![])], vec![one; RuleTerms::MOST_TESTS + 1]] {
        let change = RuleChange { conditions: Some(wrong), ..RuleChange::default() };
        assert_eq!(rule.clone().change(change, at(1)), Err(RuleError::Conditions));
    }
    let same = RuleChange { is_enabled: Some(true), name: "Tea".parse().ok(), ..RuleChange::default() };
    assert_eq!(rule.change(same, at(1)), Ok(false));
    assert_eq!(rule.updated_at, at(0));
    let off = RuleChange { is_enabled: Some(false), ..RuleChange::default() };
    assert_eq!((rule.change(off, at(1)), rule.updated_at), (Ok(true), at(1)));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    use {RuleField as F, RuleOperator as O, RuleTestError as E};
    let new = |field, operator, values: &[&str]| {
        RuleTest::new(field, operator, values.iter().map(|value| (*value).to_owned()).collect()).map(drop)
    };
    for (field, operator, values) in [
        (F::Text, O::Matches, &["^(amazon|amzn).*[0-9]{3}$"][..]),
        (F::Amount, O::Between, &["-20", "-10.00"]),
        (F::Day, O::AtLeast, &["2026-01-31"]),
        (F::DayOfMonth, O::Equals, &["31"]),
        (F::Direction, O::Is, &["in", "out"]),
        (F::Currency, O::Is, &["EUR"]),
        (F::Kind, O::Is, &["fee", "interest"]),
        (F::Category, O::Is, &["none", "food"]),
    ] {
        assert_eq!(new(field, operator, values), Ok(()), "{field:?}");
    }
    assert_eq!(new(F::Text, O::Between, &["a", "b"]), Err(E::Operator));
    assert_eq!(new(F::Amount, O::Contains, &["1"]), Err(E::Operator));
    assert_eq!(new(F::Account, O::Equals, &["1"]), Err(E::Operator));
    assert_eq!(new(F::Amount, O::Between, &["1"]), Err(E::Count));
    assert_eq!(new(F::Text, O::Contains, &[]), Err(E::Count));
    assert_eq!(new(F::Text, O::Contains, &["x"; 11]), Err(E::Count));
    assert_eq!(new(F::Text, O::Matches, &["a", "b"]), Err(E::Count));
    let long = "x".repeat(257);
    for (field, operator, value) in [
        (F::Text, O::Contains, ""),
        (F::Text, O::Contains, long.as_str()),
        (F::Text, O::Matches, "(?=look)ahead"),
        (F::Text, O::Matches, r"(a)\1"),
        (F::Text, O::Matches, "("),
        (F::Text, O::Matches, r"(\p{L}{100}){100}"),
        (F::Amount, O::Equals, "12,50"),
        (F::DayOfMonth, O::Equals, "32"),
        (F::Day, O::Equals, "2026-02-30"),
        (F::Direction, O::Is, "up"),
        (F::Account, O::Is, "mine"),
        (F::Category, O::Is, "no such"),
    ] {
        assert!(matches!(new(field, operator, &[value]), Err(E::Value(_))), "{field:?} {value}");
    }
}

/// They are asked about every row that is stored, so there is an end to what all of them together may ask.
#[test]
fn all_rules_of_a_user_together_are_bounded() {
    let asking = |operator, values: &[String]| {
        let test = RuleTest::new(RuleField::Text, operator, values.to_vec()).unwrap();
        let conditions = vec![RuleCondition::One(test)];
        Rule { terms: RuleTerms { conditions, ..rule(1).terms }, ..rule(1) }
    };
    let matching = |pattern: &str| asking(RuleOperator::Matches, &[pattern.to_owned()]);
    assert_eq!(Rule::fit(&vec![rule(1); Rule::MOST]), Ok(()));
    assert_eq!(Rule::fit(&vec![rule(1); Rule::MOST + 1]), Err(RulesTooLarge::Rules));
    let fifty = vec![matching("amazon"); Rule::MOST_EXPRESSIONS];
    assert_eq!(Rule::fit(&fifty), Ok(()));
    assert_eq!(Rule::fit(&[fifty, vec![matching("a")]].concat()), Err(RulesTooLarge::Expressions));
    let heavy = matching(&"x".repeat(101));
    assert_eq!(Rule::fit(&vec![heavy.clone(); 9]), Ok(()));
    assert_eq!(Rule::fit(&vec![heavy; 10]), Err(RulesTooLarge::Expressions));
    // Of four bytes each.
    let wide = asking(RuleOperator::Contains, &vec!["𝄞".repeat(256); RuleTest::MOST_VALUES]);
    assert_eq!(Rule::fit(&vec![wide.clone(); 25]), Ok(()));
    assert_eq!(Rule::fit(&vec![wide; 26]), Err(RulesTooLarge::Values));
}
