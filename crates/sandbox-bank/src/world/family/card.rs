//! The household's card: purchases, subscriptions, the holiday, refunds and the statement that checking pays.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::{holiday, shops::LEISURE};
use crate::world::{
    TransactionKind as Kind,
    book::{Entry, cents},
    card::Card,
    profile::Profile,
    rng::Key,
};

/// The day of the month on which the statement closes, and the days until it is paid.
const STATEMENT_DAY: u32 = 12;
const PAID_AFTER: u64 = 14;

/// Payee, code, day of the month, and cents.
const SUBSCRIPTIONS: [(&str, &str, u32, i64); 5] = [
    ("Hummingbird Music", "ENTERTAINMENT_MUSIC_AND_AUDIO", 6, 1_099),
    ("The Morning Ferry", "GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS", 8, 1_400),
    ("Nightjar Cloud", "GENERAL_SERVICES_STORAGE", 10, 299),
    ("Lower Lock Climbing", "PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS", 2, 4_200),
    (TELEVISION, "ENTERTAINMENT_TV_AND_MOVIES", 3, 1_199),
];
/// Becomes dearer by a dollar every April.
const TELEVISION: &str = "Lanternlight TV";
/// Each year has its own, from February to September.
const COURSES: [&str; 3] =
    ["Parlare Language Course", "Clayhouse Pottery Course", "Northlight Drawing Course"];

/// A new one.
pub(super) fn new(account: Key, history_start: NaiveDate) -> Card {
    Card::of(account, history_start, LEISURE, [0, 0, 1, 1, 1, 2])
}

/// Writes a day. Answers what checking must pay today.
pub(super) fn live(card: &mut Card, day: NaiveDate, profile: &Profile) -> Option<Decimal> {
    card.purchases.post_due(day, &mut card.book);
    card.purchases.make(day, profile);
    for (payee, code, day_of_month, amount) in SUBSCRIPTIONS {
        if day.day() == day_of_month {
            let rise = if payee == TELEVISION { 100 * springs(day) } else { 0 };
            subscribe(card, day, payee, code, amount + rise);
        }
    }
    if day.day() == 14 && (2..=9).contains(&day.month()) {
        let course = COURSES[usize::try_from(day.year()).unwrap_or(0) % COURSES.len()];
        subscribe(card, day, course, "GENERAL_SERVICES_EDUCATION", 4_900);
    }
    for entry in holiday::bought(day, card.key, profile) {
        card.book.post(day, entry);
    }
    let mut rng = card.key.day(day).rng();
    if rng.chance(1, 60) {
        let amount = cents(profile.scaled(day, rng.between(900, 6_400)));
        let entry = Entry::new(Kind::Refund, amount, "REFUND PARCELBEE ONLINE");
        card.book.post(day, entry.with("Parcelbee Online").coded("GENERAL_MERCHANDISE_ONLINE_MARKETPLACES"));
    }
    let paid = |amount| {
        let entry = Entry::new(Kind::Payment, amount, "AUTOPAY PAYMENT FROM CHECKING");
        entry.coded("TRANSFER_IN_ACCOUNT_TRANSFER")
    };
    card.settle(day, (STATEMENT_DAY, PAID_AFTER), paid)
}

fn subscribe(card: &mut Card, day: NaiveDate, payee: &str, code: &'static str, amount: i64) {
    let text = format!("{} SUBSCRIPTION", payee.to_uppercase());
    card.book.post(day, Entry::new(Kind::Purchase, cents(-amount), text).with(payee).coded(code));
}

/// How many Aprils have begun since the bank opened.
fn springs(day: NaiveDate) -> i64 {
    let years = day.year() - crate::world::calendar::bank_opening().year();
    i64::from(years) + i64::from(day.month() >= 4)
}
