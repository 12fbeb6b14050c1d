//! Two weeks abroad in August, paid by card: the flights in spring, a room and meals there in another currency.

use chrono::{Datelike, NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use crate::world::{
    Original, TransactionKind as Kind,
    book::{Entry, cents},
    calendar::is_due,
    profile::Profile,
    rng::Key,
};

/// Where money goes abroad: name, code, and the least and the most in cents of the other currency.
const TABLES: [(&str, &str, i64, i64); 4] = [
    ("Tasca da Ponte", "FOOD_AND_DRINK_RESTAURANT", 2_800, 6_400),
    ("Pastelaria Aurora", "FOOD_AND_DRINK_COFFEE", 450, 1_300),
    ("Mercado do Cais", "FOOD_AND_DRINK_GROCERIES", 900, 3_200),
    ("Barcos da Lagoa", "ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS", 1_800, 5_200),
];

/// What of the holiday is booked on the card on this day.
pub(super) fn bought(day: NaiveDate, card: Key, profile: &Profile) -> Vec<Entry> {
    let key = card.part(7).day(day);
    let mut rng = key.rng();
    match (day.month(), day.day()) {
        (3, _) if is_due(day, 18) => {
            let amount = cents(-profile.scaled(day, rng.between(78_000, 96_000)));
            let entry = Entry::new(Kind::Purchase, amount, "SKERRY AIR BOOKING");
            vec![entry.with("Skerry Air").coded("TRAVEL_FLIGHTS")]
        }
        (8, 4) => {
            let room = abroad(day, key, "Casa do Vento", rng.between(98_000, 124_000));
            // The bank takes one hundredth for the exchange.
            let fee = (room.amount / Decimal::ONE_HUNDRED).round_dp(2);
            let fee = Entry::new(Kind::Fee, fee, "FOREIGN TRANSACTION FEE");
            vec![room.coded("TRAVEL_LODGING"), fee.coded("BANK_FEES_FOREIGN_TRANSACTION_FEES")]
        }
        (8, 5..=16) => {
            let (name, code, from, to) = rng.pick(&TABLES);
            vec![abroad(day, key, name, rng.between(from, to)).coded(code)]
        }
        _ => Vec::new(),
    }
}

/// A purchase in euros, at the rate of the day.
fn abroad(day: NaiveDate, key: Key, name: &str, euro_cents: i64) -> Entry {
    let mut rng = key.part(1).rng();
    let rate = Decimal::new(rng.between(10_600, 11_400), 4);
    let euros = cents(-euro_cents);
    let amount = (euros * rate).round_dp(2);
    let mut entry = Entry::new(Kind::Purchase, amount, format!("{} LAGOA", name.to_uppercase())).with(name);
    entry.original = Some(Original { currency: "EUR", amount: euros, rate });
    let noon = day.and_hms_opt(12, 0, 0).map(|noon| noon.and_utc());
    entry.occurred_at = noon.map(|noon| noon - TimeDelta::days(1) + TimeDelta::minutes(rng.between(0, 480)));
    entry
}
