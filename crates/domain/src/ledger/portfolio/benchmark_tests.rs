//! Prices of a benchmark, and what lies between two of them.

use uuid::Uuid;

use super::*;
use crate::ledger::AssetClass;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn on(day: u32) -> Day {
    Day::new(2026, 3, day).unwrap()
}

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
const ELSEWHERE: AccountId = AccountId(Uuid::from_u128(2));
const SECURITY: SecurityId = SecurityId(Uuid::from_u128(3));
const OTHER: SecurityId = SecurityId(Uuid::from_u128(4));

fn told(day: u32, units: &str) -> ToldPrice {
    ToldPrice { day: on(day), price: d("100"), currency: Currency::USD, units: d(units) }
}

fn happened(day: u32, action: Action) -> Happening {
    Happening {
        account: ACCOUNT,
        security: SECURITY,
        currency: Currency::USD,
        day: on(day),
        at: None,
        transaction: None,
        action,
    }
}

fn traded(day: u32, units: &str) -> Happening {
    let action = Action::Trade { units: d(units), gross: None, fees: Decimal::ZERO, picks: Vec::new() };
    happened(day, action)
}

fn split(day: u32, came: &str) -> Happening {
    happened(day, Action::Split(UnitsCame::Count(d(came))))
}

/// The factor between what was told for the 2nd and for the 9th.
fn factor(before: &str, after: &str, happenings: &[Happening]) -> Option<String> {
    let found = split_factor((ACCOUNT, SECURITY), &told(2, before), &told(9, after), happenings);
    found.map(|factor| factor.normalize().to_string())
}

fn is(factor: &str) -> Option<String> {
    Some(factor.to_owned())
}

#[test]
fn a_price_return_is_the_last_price_by_the_first() {
    let of = |start, end, split| price_return(d(start), d(end), d(split)).map(|rate| rate.normalize());
    assert_eq!(of("100", "110", "1"), Ok(d("0.1")));
    assert_eq!(of("80", "60", "1"), Ok(d("-0.25")));
    // Of one unit four became, each worth a quarter and a tenth more.
    assert_eq!(of("100", "27.5", "4"), Ok(d("0.1")));
    assert_eq!(of("2", "22", "0.1"), Ok(d("0.1")));
    assert_eq!(of("3", "0", "1"), Ok(d("-1")));
    assert_eq!(of("0", "1", "1"), Err(NoBenchmark::PriceNotPositive));
    assert_eq!(of("-1", "1", "1"), Err(NoBenchmark::PriceNotPositive));
    assert_eq!(of("1", "-1", "1"), Err(NoBenchmark::PriceNotPositive));
    assert_eq!(price_return(d("1"), Decimal::MAX, d("2")), Err(NoBenchmark::TooLarge));
}

#[test]
fn units_that_only_came_and_went_were_not_split() {
    assert_eq!(factor("10", "10", &[]), is("1"));
    let bought = [traded(5, "5"), traded(4, "-2"), happened(6, Action::Transfer { units: d("0.5") })];
    assert_eq!(factor("10", "13.5", &bought), is("1"));
    // Of other days, accounts and securities.
    let before_and_after = [traded(1, "7"), traded(10, "7")];
    assert_eq!(factor("10", "10", &before_and_after), is("1"));
    let others =
        [Happening { account: ELSEWHERE, ..split(5, "10") }, Happening { security: OTHER, ..split(5, "10") }];
    assert_eq!(factor("10", "10", &others), is("1"));
    let moved = happened(5, Action::Moved { units: d("4"), to: ELSEWHERE });
    assert_eq!(factor("10", "6", std::slice::from_ref(&moved)), is("1"));
    let back =
        Happening { account: ELSEWHERE, action: Action::Moved { units: d("4"), to: ACCOUNT }, ..moved };
    assert_eq!(factor("10", "14", &[back]), is("1"));
    let merged = Action::Merger { gone: d("3"), into: SECURITY, units: d("6") };
    let merged = Happening { security: OTHER, ..happened(5, merged) };
    assert_eq!(factor("10", "16", &[merged]), is("1"));
}

#[test]
fn splits_between_the_days_make_units_more_or_fewer() {
    assert_eq!(factor("10", "40", &[split(5, "30")]), is("4"));
    assert_eq!(factor("100", "10", &[split(5, "-90")]), is("0.1"));
    assert_eq!(factor("-10", "-20", &[split(5, "-10")]), is("2"), "units that are owed");
    // What was bought before it was split as well, and what was bought behind it was not.
    assert_eq!(factor("10", "45", &[traded(6, "5"), split(5, "20"), traded(4, "10")]), is("2"));
    assert_eq!(factor("10", "60", &[split(4, "10"), split(6, "40")]), is("6"));
    let told = happened(5, Action::Split(UnitsCame::Ratio { to: d("3"), from: d("2") }));
    assert_eq!(factor("10", "15", &[told]), is("1.5"));
    // Broken units are kept, so that none was paid out.
    assert_eq!(factor("10.5", "15.75", &[split(5, "5.25")]), is("1.5"));
}

#[test]
fn what_is_not_sure_is_no_factor() {
    // Units that no transaction tells of may have come by a split.
    assert_eq!(factor("10", "20", &[]), None);
    assert_eq!(factor("10", "20", &[traded(5, "9")]), None);
    // Three for two of seven units are ten and a broken one that was paid out.
    assert_eq!(factor("7", "10", &[split(5, "3")]), None);
    assert_eq!(factor("0", "10", &[split(5, "10")]), None);
    assert_eq!(factor("10", "0", &[split(5, "-10")]), None);
    assert_eq!(factor("10", "-10", &[split(5, "-20")]), None);
}

/// A position is told at some time of a day: before what happened on it, or behind.
#[test]
fn what_happened_on_the_first_and_the_last_day_counts_if_it_leads_to_the_units() {
    assert_eq!(factor("10", "20", &[split(2, "10")]), is("2"), "told before the split");
    assert_eq!(factor("20", "20", &[split(2, "10")]), is("1"), "told behind it");
    assert_eq!(factor("10", "20", &[split(9, "10")]), is("2"));
    assert_eq!(factor("10", "10", &[split(9, "10")]), is("1"));
    assert_eq!(factor("10", "10", &[traded(2, "10"), traded(9, "1")]), is("1"));
    assert_eq!(factor("10", "21", &[traded(2, "10"), traded(9, "1")]), is("1"));
}

fn held(units: &str, price: Option<&str>) -> HeldPosition {
    HeldPosition {
        external_id: units.to_owned(),
        security: Some(SECURITY),
        symbol: None,
        name: None,
        asset_class: AssetClass::Etf,
        quantity: d(units),
        price: price.map(d),
        market_value: None,
        cost_basis: None,
        option: None,
        currency: Currency::EUR,
    }
}

#[test]
fn a_price_is_of_all_units_of_a_day() {
    let found = ToldPrice::of(on(2), &[held("3", None), held("4.5", Some("20"))]).unwrap();
    let expected = ToldPrice { day: on(2), price: d("20"), currency: Currency::EUR, units: d("7.5") };
    assert_eq!(found, expected);
    assert_eq!(ToldPrice::of(on(2), &[held("3", None)]), None);
    assert_eq!(ToldPrice::of(on(2), &[]), None);
    let most = held("79228162514264337593543950335", Some("1"));
    assert_eq!(ToldPrice::of(on(2), &[most.clone(), most]), None);
}
