//! Prices of series, and what splits between two of them make of them.

use uuid::Uuid;

use super::*;

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
const OTHER: AccountId = AccountId(Uuid::from_u128(2));
const SECURITY: SecurityId = SecurityId(Uuid::from_u128(3));

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn on(day: u32) -> Day {
    Day::new(2026, 3, day).unwrap()
}

fn named(source: &str, day: u32, price: &str) -> SecurityPrice {
    let key = PriceKey { security: SECURITY, day: on(day), source: PriceSource::parse(source).unwrap() };
    SecurityPrice::new(key, d(price), Currency::USD, false, on(20).start()).unwrap()
}

fn split(account: AccountId, day: u32, came: UnitsCame) -> Happening {
    Happening {
        account,
        security: SECURITY,
        currency: Currency::USD,
        day: on(day),
        at: None,
        transaction: None,
        action: Action::Split(came),
    }
}

fn ratio(to: &str, from: &str) -> UnitsCame {
    UnitsCame::Ratio { to: d(to), from: d(from) }
}

fn held(account: AccountId, before: (u32, &str), after: (u32, &str)) -> (AccountId, ToldPrice, ToldPrice) {
    let told = |(day, units): (u32, &str)| ToldPrice {
        day: on(day),
        price: d("1"),
        currency: Currency::USD,
        units: d(units),
    };
    (account, told(before), told(after))
}

/// The factor between a price of the 2nd and one of the 9th.
fn factor(held: &[(AccountId, ToldPrice, ToldPrice)], happenings: &[Happening]) -> Option<Decimal> {
    let found = series_factor(&named("a", 2, "1"), &named("a", 9, "1"), held, happenings);
    found.map(|factor| factor.normalize())
}

#[test]
fn a_price_is_nothing_or_more_and_written_in_one_way() {
    let key = named("a", 1, "1").key;
    let new = |price, key: &PriceKey| {
        SecurityPrice::new(key.clone(), d(price), Currency::USD, false, on(1).start())
            .map(|of| of.price.to_string())
    };
    assert_eq!(new("1.500", &key).as_deref(), Ok("1.5"));
    assert_eq!(new("-0.00", &key).as_deref(), Ok("0"));
    assert_eq!(new("-0.01", &key), Err(PriceError::Negative));
    let far = PriceKey { day: on(1).plus_days(i64::MAX), ..key };
    assert_eq!(new("1", &far), Err(PriceError::StrangeDay));
}

#[test]
fn a_series_has_a_name_that_people_can_type() {
    let read = |text: &str| PriceSource::parse(text).map(|source| source.to_string());
    assert_eq!(read("  index.csv "), Some("index.csv".to_owned()));
    assert_eq!(read(&"a".repeat(64)).map(|name| name.len()), Some(64));
    assert_eq!(read(&"ä".repeat(64)).map(|name| name.chars().count()), Some(64));
    for none in ["", "  ", "a\tb", "a\0", &"a".repeat(65)] {
        assert_eq!(read(none), None, "{none:?}");
    }
}

#[test]
fn of_each_series_the_last_price_counts() {
    let prices = vec![named("b", 2, "1"), named("a", 3, "2"), named("b", 4, "3"), named("a", 1, "4")];
    assert_eq!(last_of_each(prices), [named("a", 3, "2"), named("b", 4, "3")]);
    assert_eq!(last_of_each(Vec::new()), []);
}

#[test]
fn splits_that_are_told_with_their_ratio_count_once() {
    assert_eq!(factor(&[], &[]), Some(d("1")), "what is known by its prices only");
    assert_eq!(factor(&[], &[split(ACCOUNT, 5, ratio("3", "2"))]), Some(d("1.5")));
    // Of two accounts that tell of one split, and on the last day.
    let both = [split(ACCOUNT, 5, ratio("2", "1")), split(OTHER, 6, ratio("2", "1"))];
    assert_eq!(factor(&[], &both), Some(d("2")));
    let twice = [split(ACCOUNT, 5, ratio("2", "1")), split(ACCOUNT, 9, ratio("3", "1"))];
    assert_eq!(factor(&[], &twice), Some(d("6")));
    // Not between the two days: a price of the first day is of a unit after its split.
    let outside = [split(ACCOUNT, 2, ratio("2", "1")), split(ACCOUNT, 10, ratio("2", "1"))];
    assert_eq!(factor(&[], &outside), Some(d("1")));
    let differ = [split(ACCOUNT, 5, ratio("2", "1")), split(OTHER, 5, ratio("3", "1"))];
    assert_eq!(factor(&[], &differ), None);
    assert_eq!(factor(&[], &[split(ACCOUNT, 5, UnitsCame::Count(d("10")))]), None);
}

#[test]
fn what_is_held_on_both_days_proves_the_splits() {
    let came = [split(ACCOUNT, 5, UnitsCame::Count(d("10")))];
    let kept = held(ACCOUNT, (1, "10"), (8, "20"));
    assert_eq!(factor(&[kept], &came), Some(d("2")));
    assert_eq!(factor(&[held(ACCOUNT, (1, "10"), (8, "10"))], &[]), Some(d("1")));
    // Units that no transaction tells of may have come by a split.
    assert_eq!(factor(&[kept], &[]), None);
    // Two accounts have to come to the same.
    assert_eq!(factor(&[kept, held(OTHER, (1, "5"), (8, "5"))], &came), None);
    let other = split(OTHER, 5, UnitsCame::Count(d("5")));
    assert_eq!(factor(&[kept, held(OTHER, (1, "5"), (8, "10"))], &[came[0].clone(), other]), Some(d("2")));
    // A split between what was told and the price.
    assert_eq!(factor(&[held(ACCOUNT, (1, "10"), (4, "10"))], &came), None);
    assert_eq!(factor(&[held(ACCOUNT, (6, "20"), (9, "20"))], &came), None);
}

#[test]
fn an_adjusted_series_is_of_one_unit_all_along() {
    let adjusted = |day, told: u32| SecurityPrice {
        is_adjusted: true,
        told_at: on(told).start(),
        ..named("a", day, "1")
    };
    let came = [split(ACCOUNT, 5, UnitsCame::Count(d("10")))];
    let of = |start: SecurityPrice, end: SecurityPrice| series_factor(&start, &end, &[], &came);
    assert_eq!(of(adjusted(2, 20), adjusted(9, 20)), Some(d("1")));
    assert_eq!(of(adjusted(2, 10), adjusted(9, 20)), Some(d("1")));
    // One was told before the split, the other behind it.
    assert_eq!(of(adjusted(2, 4), adjusted(9, 20)), None);
    assert_eq!(of(adjusted(2, 20), adjusted(4, 4)), None);
    assert_eq!(of(named("a", 2, "1"), adjusted(9, 20)), None);
    assert_eq!(of(adjusted(2, 20), named("a", 9, "1")), None);
}
