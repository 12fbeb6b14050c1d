//! The circumstances of one customer: who pays them and whom they pay.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::{book::cents, calendar::bank_opening, rng::Key};

/// A bill that comes every month.
#[derive(Clone, Copy)]
pub(super) struct Bill {
    pub(super) payee: &'static str,
    pub(super) day_of_month: u32,
    /// In cents, before the customer's standard of living and the year's prices.
    pub(super) amount: i64,
    /// How far the amount varies, in cents.
    pub(super) spread: u64,
}

const fn bill(payee: &'static str, day_of_month: u32, amount: i64, spread: u64) -> Bill {
    Bill { payee, day_of_month, amount, spread }
}

const EMPLOYERS: [&str; 6] = [
    "Northwind Logistics Inc",
    "Brightwater Health",
    "Cedar & Stone Architects",
    "Halden Software GmbH",
    "Port City Schools",
    "O'Malley Marine Works",
];
const LANDLORDS: [&str; 4] = [
    "Maple Court Apartments",
    "Riverside Property Mgmt",
    "Dorn & Fils Immobilier",
    "Elm Street Holdings LLC",
];
const FRIENDS: [&str; 6] = ["Jordan P", "Sam Okafor", "Zoë Marchand", "Priya N", "Luis Ortega", "Kim Tran"];

/// The bills that are paid from checking.
pub(super) const BILLS: [Bill; 5] = [
    bill("City Power & Light", 9, 9_600, 5_500),
    bill("Metro Water District", 12, 4_100, 900),
    bill("Fibernet Broadband", 16, 6_999, 0),
    bill("Clearline Mobile", 21, 5_500, 0),
    bill("Anchor Mutual Insurance", 4, 11_240, 0),
];

const SUBSCRIPTIONS: [Bill; 10] = [
    bill("Streambox", 3, 1_549, 0),
    bill("Tunewave Family", 6, 1_699, 0),
    bill("The Daily Ledger", 8, 1_200, 0),
    bill("Cloudnook 200GB", 10, 299, 0),
    bill("Pulse Fitness Club", 2, 4_450, 0),
    bill("Letterpress Books", 14, 1_495, 0),
    bill("Kitchen Crate", 18, 5_994, 1_200),
    bill("Passkeeper", 19, 399, 0),
    bill("Wanderlust Maps", 22, 499, 0),
    bill("Indie Film Pass", 24, 999, 0),
];

/// What never changes about a customer.
pub(super) struct Profile {
    pub(super) employer: &'static str,
    pub(super) landlord: &'static str,
    pub(super) friend: &'static str,
    /// The bills that are paid with the credit card.
    pub(super) subscriptions: Vec<Bill>,
    /// The day of the month on which the card's statement closes.
    pub(super) statement_day: u32,
    salary: i64,
    rent: i64,
    standard_of_living: i64,
}

impl Profile {
    pub(super) fn of(customer: Key) -> Self {
        let mut rng = customer.part(1).rng();
        Self {
            employer: rng.pick(&EMPLOYERS),
            landlord: rng.pick(&LANDLORDS),
            friend: rng.pick(&FRIENDS),
            subscriptions: SUBSCRIPTIONS.into_iter().filter(|_| rng.chance(8, 10)).collect(),
            statement_day: u32::try_from(rng.between(8, 22)).unwrap_or(8),
            salary: rng.between(325_000, 345_000),
            rent: rng.between(150_000, 172_000),
            standard_of_living: rng.between(85, 150),
        }
    }

    /// The household's, which no draw decides; of it only rent and standard of living are its own.
    pub(super) fn of_the_household() -> Self {
        Self {
            employer: EMPLOYERS[0],
            landlord: LANDLORDS[0],
            friend: FRIENDS[0],
            subscriptions: Vec::new(),
            statement_day: 12,
            salary: 0,
            rent: 148_000,
            standard_of_living: 100,
        }
    }

    /// Cents at this customer's standard of living and the prices of the year.
    pub(super) fn scaled(&self, day: NaiveDate, amount: i64) -> i64 {
        let years = i64::from(day.year() - bank_opening().year());
        amount * self.standard_of_living * (100 + 3 * years) / 10_000
    }

    /// The pay for half a month, after tax.
    pub(super) fn salary(&self, day: NaiveDate) -> Decimal {
        cents(self.scaled(day, self.salary))
    }

    /// The rent for a month, in whole dollars.
    pub(super) fn rent(&self, day: NaiveDate) -> Decimal {
        cents(self.scaled(day, self.rent) / 100 * 100)
    }
}
