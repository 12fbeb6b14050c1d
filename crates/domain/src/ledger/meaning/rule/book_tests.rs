//! What rules take, and what they decide: the known answers.

use uuid::Uuid;

use super::*;
use crate::ledger::sample::transaction;
use crate::{
    id::{DecisionId, PayeeId, TransactionId, UserId},
    ledger::meaning::rule::{RuleActions, RuleOperator, RuleTerms, RuleTest},
    ledger::meaning::{CategorizedBy, CategoryChoice, Learned},
    ledger::transfer::{TransferKind, TransferLink},
    ledger::{Tags, TransactionChange, TransactionKind},
    money::{Currency, exact_decimal},
    time::{Day, Timestamp},
};
use {RuleField as F, RuleOperator as O};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

fn row(description: &str, amount: &str) -> Transaction {
    Transaction {
        id: TransactionId(Uuid::from_u128(1)),
        account: account(2),
        owner: UserId(Uuid::from_u128(3)),
        source_id: "a".to_owned(),
        day: Day::new(2026, 1, 31).unwrap(),
        amount: exact_decimal(amount).unwrap(),
        currency: Currency::EUR,
        description: description.to_owned(),
        kind: TransactionKind::PointOfSale,
        created_at: at(0),
        updated_at: at(0),
        ..transaction()
    }
}

fn test(field: RuleField, operator: RuleOperator, values: &[&str]) -> RuleTest {
    RuleTest::new(field, operator, values.iter().map(|value| (*value).to_owned()).collect()).unwrap()
}

fn category(key: &str) -> RuleActions {
    RuleActions { category: key.parse().ok(), ..RuleActions::default() }
}

fn rule(position: i32, conditions: Vec<RuleCondition>, actions: RuleActions) -> Rule {
    Rule {
        id: RuleId(Uuid::from_u128(u128::try_from(position).unwrap())),
        owner: UserId(Uuid::from_u128(3)),
        name: "Rule".parse().unwrap(),
        position,
        is_enabled: true,
        terms: RuleTerms { matching: RuleMatch::All, conditions, actions, stops: false },
        created_at: at(0),
        updated_at: at(0),
    }
}

fn one(field: RuleField, operator: RuleOperator, values: &[&str]) -> Vec<RuleCondition> {
    vec![RuleCondition::One(test(field, operator, values))]
}

/// Whether a rule with this one test takes the row.
fn takes(row: &Transaction, field: RuleField, operator: RuleOperator, values: &[&str]) -> bool {
    let hides = RuleActions { hides: true, ..RuleActions::default() };
    let institutions = [(account(2), "Erste  Straßenbank".to_owned()), (account(5), "Other".to_owned())];
    RuleBook::new(vec![rule(1, one(field, operator, values), hides)], &institutions).decide(row).is_some()
}

/// The known answers R-A: the first rule that sets a field sets it, and others may set other fields.
#[test]
fn the_first_rule_that_sets_a_field_sets_it() {
    let amazon = one(F::Text, O::Contains, &["amazon"]);
    let large = one(F::AbsoluteAmount, O::MoreThan, &["500"]);
    let bought = row("AMAZON MKTPLACE", "-600");
    let both = [rule(1, amazon.clone(), category("shopping")), rule(2, large.clone(), category("travel"))];
    let outcome = RuleBook::new(both.to_vec(), &[]).decide(&bought).unwrap();
    let by = outcome.category.as_ref().unwrap();
    assert_eq!((by.value.to_string(), by.rule), ("shopping".to_owned(), both[0].id));

    let note = RuleActions { note: "from a rule".parse().ok(), ..RuleActions::default() };
    let mut rules = vec![rule(1, amazon, note), rule(2, large, category("travel"))];
    let outcome = RuleBook::new(rules.clone(), &[]).decide(&bought).unwrap();
    assert_eq!(outcome.category.as_ref().unwrap().rule, rules[1].id);
    assert_eq!(outcome.note.as_ref().unwrap().rule, rules[0].id);
    assert_eq!(outcome.deciders(), [rules[0].id.0, rules[1].id.0]);

    // Whoever stops ends the walk, and who is switched off is not asked.
    rules[0].terms.stops = true;
    assert_eq!(RuleBook::new(rules.clone(), &[]).decide(&bought).unwrap().category, None);
    rules[0].is_enabled = false;
    let outcome = RuleBook::new(rules, &[]).decide(&bought).unwrap();
    assert!(outcome.category.is_some() && outcome.note.is_none());
}

/// R-B and R-C: cases and ways to write one character make no difference, accents do.
#[test]
fn texts_are_compared_as_people_read_them() {
    for (text, with, expected) in [
        ("Straßenfest", "STRASSE", true),
        ("STRASSENFEST", "straße", true),
        ("İSTANBUL", "i̇stanbul", true),
        ("CAFÉ", "cafe\u{301}", true),
        ("CAFÉ", "cafe", false),
        ("CAFE", "café", false),
        ("ＡＭＡＺＯＮ", "amazon", true),
    ] {
        assert_eq!(takes(&row(text, "-1"), F::Description, O::Contains, &[with]), expected, "{text} {with}");
    }
    let mut told = row("SQ *JOES 17", "-1");
    told.details.payee = Some("Joe's Pizza".to_owned());
    told.memo = Some("thank you".to_owned());
    for (field, operator, value, expected) in [
        (F::Text, O::Contains, "pizza", true),
        (F::Text, O::Contains, "thank", true),
        (F::Description, O::Contains, "pizza", false),
        (F::Merchant, O::Equals, "JOE'S PIZZA", true),
        (F::Merchant, O::Equals, "joe", false),
        (F::Description, O::StartsWith, "sq *", true),
        (F::Description, O::StartsWith, "joes", false),
        (F::Memo, O::Equals, "Thank You", true),
        (F::Description, O::Matches, r"JOES\s+\d{2}$", true),
        (F::Description, O::Matches, r"^joes", false),
    ] {
        assert_eq!(takes(&told, field, operator, &[value]), expected, "{field:?} {value}");
    }
    assert!(takes(&row("Straße", "-1"), F::Text, O::Matches, &["straße"]));
    assert!(takes(&told, F::Text, O::Contains, &["tea", "pizza"]), "one of the values is enough");
}

/// R-D: both ends are between; and the other figures, days and names.
#[test]
fn figures_days_and_names_are_compared() {
    let told = row("x", "-20.00");
    for (field, operator, values, expected) in [
        (F::Amount, O::Between, &["-20", "-10"][..], true),
        (F::Amount, O::Between, &["-30", "-20.0"], true),
        (F::Amount, O::Between, &["-19.99", "0"], false),
        (F::Amount, O::Equals, &["-20"], true),
        (F::Amount, O::LessThan, &["-20"], false),
        (F::Amount, O::AtMost, &["-20"], true),
        (F::AbsoluteAmount, O::MoreThan, &["20"], false),
        (F::AbsoluteAmount, O::AtLeast, &["20"], true),
        (F::Direction, O::Is, &["out"], true),
        (F::Direction, O::Is, &["in"], false),
        (F::Account, O::Is, &["00000000-0000-0000-0000-000000000002"], true),
        (F::Account, O::Is, &["00000000-0000-0000-0000-000000000003"], false),
        (F::Institution, O::Is, &["ERSTE  STRASSENBANK"], true),
        (F::Institution, O::Is, &["Other"], false),
        (F::Kind, O::Is, &["fee", "point_of_sale"], true),
        (F::Currency, O::Is, &["USD"], false),
        (F::Day, O::Between, &["2026-01-31", "2026-02-01"], true),
        (F::Day, O::MoreThan, &["2026-01-31"], false),
        (F::DayOfMonth, O::AtLeast, &["28"], true),
        (F::Category, O::Is, &["none"], true),
        (F::Category, O::Is, &["food"], false),
    ] {
        assert_eq!(takes(&told, field, operator, values), expected, "{field:?} {operator:?} {values:?}");
    }
    let mut coffee = told.clone();
    coffee.details.category = Some("FOOD_AND_DRINK_COFFEE".to_owned());
    assert!(takes(&coffee, F::Category, O::Is, &["travel", "food.coffee"]));
    assert!(!takes(&coffee, F::Category, O::Is, &["none"]));
}

#[test]
fn conditions_are_joined_by_all_or_by_any() {
    let coffee = test(F::Text, O::Contains, &["coffee"]);
    let tea = test(F::Text, O::Contains, &["tea"]);
    let small = RuleCondition::One(test(F::AbsoluteAmount, O::LessThan, &["10"]));
    let nested = vec![RuleCondition::AnyOf(vec![coffee.clone(), tea]), small.clone()];
    let all = rule(1, nested, category("food.coffee"));
    let mut any = rule(1, vec![RuleCondition::One(coffee), small], category("food.coffee"));
    any.terms.matching = RuleMatch::Any;
    for (text, amount, by_all, by_any) in [
        ("coffee", "-3", true, true),
        ("tea", "-3", true, true),
        ("tea", "-30", false, false),
        ("coffee", "-30", false, true),
        ("water", "-3", false, true),
    ] {
        let row = row(text, amount);
        assert_eq!(RuleBook::new(vec![all.clone()], &[]).takes(all.id, &row), by_all, "{text} {amount}");
        assert_eq!(RuleBook::new(vec![any.clone()], &[]).takes(any.id, &row), by_any, "{text} {amount}");
    }
}

/// What a person says counts before a rule, and a rule before the institution; each stays beside the others.
#[test]
fn who_decides_is_always_told() {
    let mut told = row("COFFEE", "-3");
    told.details.category = Some("TRAVEL".to_owned());
    told.details.payee = Some("CFF".to_owned());
    let actions = RuleActions {
        category: "food.coffee".parse().ok(),
        merchant: "Café".parse().ok(),
        note: "a rule's".parse().ok(),
        tags: Tags::default(),
        hides: true,
        is_transfer: false,
    };
    let book = RuleBook::new(vec![rule(1, one(F::Text, O::Contains, &["coffee"]), actions)], &[]);
    told.decided = book.decide(&told);
    assert_eq!(
        told.category().map(|(key, by)| (key.to_string(), by)),
        Some(("food.coffee".to_owned(), CategorizedBy::Rule))
    );
    assert_eq!(
        (told.shown_merchant(), told.note(), told.is_hidden()),
        (Some("Café"), Some("a rule's"), true)
    );

    let change = TransactionChange {
        category: Some(Some(CategoryChoice::Uncategorized)),
        merchant: Some("Mine".parse().ok()),
        note: Some("mine".parse().ok()),
        hidden: Some(Some(false)),
        ..TransactionChange::default()
    };
    assert_eq!(told.correct(change, at(9)).len(), 4);
    assert_eq!((told.category(), told.is_hidden()), (None, false));
    assert_eq!((told.shown_merchant(), told.note()), (Some("Mine"), Some("mine")));
    told.decided = None;
    let shown = TransactionChange { hidden: Some(Some(false)), ..TransactionChange::default() };
    assert_eq!(told.correct(shown, at(9)).len(), 1, "nothing hides it, so there is nothing to correct");
    told.corrections = None;
    assert_eq!(told.category().map(|(_, by)| by), Some(CategorizedBy::Institution));
}

#[test]
fn a_transfer_goes_the_way_its_money_goes() {
    let actions = RuleActions { is_transfer: true, ..RuleActions::default() };
    let book = RuleBook::new(vec![rule(1, one(F::Text, O::Contains, &["savings"]), actions)], &[]);
    for (amount, key) in [("-5", "transfer_out"), ("5", "transfer_in")] {
        let decided = book.decide(&row("TO SAVINGS", amount)).unwrap();
        assert_eq!(decided.category.unwrap().value.to_string(), key);
    }
}

/// Whatever people correct and whatever it is linked with, the same row is decided in the same way.
#[test]
fn a_category_is_asked_for_as_the_institution_tells_it() {
    let mut told = row("x", "-20.00");
    told.details.category = Some("TRAVEL".to_owned());
    let sides = TransferLink { id: DecisionId(Uuid::from_u128(7)), kind: TransferKind::Internal };
    told.transfer = Some(sides);
    assert!(takes(&told, F::Category, O::Is, &["travel"]));
    let mut interest = row("x", "-20.00");
    interest.kind = TransactionKind::Interest;
    let sign = TransactionChange { sign: Some(Some(Sign::Positive)), ..TransactionChange::default() };
    assert_eq!(interest.correct(sign, at(9)).len(), 1);
    assert!(takes(&interest, F::Category, O::Is, &["bank_fees.interest"]));
}

/// Money that only moves between one's own accounts is not spent, whatever was learned of the other side.
#[test]
fn a_transfer_goes_before_what_was_learned_and_after_a_rule() {
    let mut told = row("SAVINGS BANK", "-20.00");
    let (payee, category) = (PayeeId(Uuid::from_u128(8)), "shopping".parse().unwrap());
    let learned = Learned { payee, category, agreed: 3, of: 3, is_given: true };
    told.decided = RuleOutcome::with_learned(None, Some(learned), None);
    assert_eq!(told.category().map(|(_, by)| by), Some(CategorizedBy::Payee));
    told.transfer = Some(TransferLink { id: DecisionId(Uuid::from_u128(7)), kind: TransferKind::Internal });
    assert_eq!(told.category().map(|(_, by)| by), Some(CategorizedBy::Transfer));
    let of = ByRule { value: category, rule: RuleId(Uuid::from_u128(1)) };
    told.decided = Some(Box::new(RuleOutcome { category: Some(of), ..RuleOutcome::default() }));
    assert_eq!(told.category().map(|(_, by)| by), Some(CategorizedBy::Rule));
}

#[test]
fn of_a_long_text_the_beginning_is_looked_at() {
    let text = |before: usize| format!("{}tea", "é".repeat(before));
    for (before, expected) in [(497, true), (498, false), (100_000, false)] {
        let told = row(&text(before), "-1");
        assert_eq!(takes(&told, F::Text, O::Contains, &["tea"]), expected, "{before}");
        assert_eq!(takes(&told, F::Text, O::Matches, &["tea"]), expected, "{before}");
    }
}

/// However long a text and however many the rules, there is an end to the steps of one page.
#[test]
fn few_transactions_are_taken_where_much_is_asked() {
    let asks = |pattern: &str| one(F::Text, O::Matches, &[pattern]);
    let rules = |count: i32, pattern: &str| -> Vec<Rule> {
        (1..=count).map(|place| rule(place, asks(pattern), category("travel"))).collect()
    };
    let (light, heavy) = (rules(1, "tea"), rules(8, "(a|b)*a(a|b){40}"));
    assert_eq!(Rule::fit(&heavy), Ok(()));
    let (light, heavy) = (RuleBook::new(light, &[]), RuleBook::new(heavy, &[]));
    let rows = vec![row(&"ab".repeat(5_000), "-1"); 500];
    assert_eq!(light.within(&rows, 1_000_000).len(), 500);
    let most = 500 * u64::try_from(Rule::MOST_WEIGHT).unwrap();
    assert!((most / 2..=most).contains(&heavy.work(&rows[0])), "{}", heavy.work(&rows[0]));
    assert_eq!(heavy.within(&rows, 10 * heavy.work(&rows[0])).len(), 10);
    assert_eq!(heavy.within(&rows, 1).len(), 1, "one at least, or it would never end");
    assert_eq!(heavy.within(&[], 1).len(), 0);
}

/// By a program that knows more, or damaged: the others are asked all the same.
#[test]
fn a_rule_that_cannot_be_read_takes_nothing() {
    let tea = one(F::Text, O::Contains, &["tea"]);
    let stored = |field, operator, value: &str| {
        vec![RuleCondition::One(RuleTest::stored(field, operator, vec![value.to_owned()]))]
    };
    let mut unreadable = rule(1, tea.clone(), category("travel"));
    unreadable.terms = RuleTerms::unreadable();
    let rules = [
        unreadable,
        rule(2, stored(F::Text, O::Matches, "("), category("travel")),
        rule(3, stored(F::Amount, O::Contains, "tea"), category("travel")),
        rule(4, tea, category("food")),
    ];
    let decided = RuleBook::new(rules.to_vec(), &[]).decide(&row("tea", "-1")).unwrap();
    assert_eq!(decided.category.map(|by| by.rule), Some(rules[3].id));
    assert!(!rules[0].terms.is_readable() && rules[3].terms.is_readable());
}

/// The known answer R-A: who only adds tags leaves the category to the next.
#[test]
fn every_rule_adds_its_tags() {
    let tags = |texts: &[&str]| Tags::new(texts.iter().map(|text| text.parse().unwrap())).unwrap();
    let adds = |texts: &[&str]| RuleActions { tags: tags(texts), ..RuleActions::default() };
    let tea = one(F::Text, O::Contains, &["tea"]);
    let mut rules = vec![
        rule(1, tea.clone(), adds(&["Trip", "2026"])),
        rule(2, tea.clone(), category("food")),
        rule(3, tea.clone(), adds(&["TRIP", "tea"])),
    ];
    let mut told = row("tea", "-1");
    told.decided = RuleBook::new(rules.clone(), &[]).decide(&told);
    let texts =
        |told: &Transaction| told.tags().into_iter().map(|tag| tag.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&told), ["Trip", "2026", "tea"]);
    assert_eq!(told.category().map(|(_, by)| by), Some(CategorizedBy::Rule));
    assert_eq!(told.decided.as_ref().unwrap().deciders(), [1, 2, 3].map(Uuid::from_u128));
    // A person's own stand in the place of all of them, none too.
    for mine in [&["mine"][..], &[]] {
        let change = TransactionChange { tags: Some(Some(tags(mine))), ..TransactionChange::default() };
        told.correct(change, at(9));
        assert_eq!(texts(&told), mine);
    }
    let many: Vec<String> = (0..15).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    rules.push(rule(4, tea.clone(), adds(&many)));
    rules.push(rule(5, tea, adds(&["a", "b", "c"])));
    told.corrections = None;
    told.decided = RuleBook::new(rules, &[]).decide(&told);
    assert_eq!(texts(&told).len(), Tags::MOST);
    assert_eq!(texts(&told)[18..], ["a", "b"]);
}
