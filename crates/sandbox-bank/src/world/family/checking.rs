//! The account the household lives from: salaries, rent, bills, cash and the debit card.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::shops::EVERYDAY;
use crate::world::{
    TransactionKind as Kind,
    book::{Book, Entry, cents},
    calendar::{is_due, is_last_working_day},
    profile::Profile,
    purchases::Purchases,
    rng::Key,
};

/// A bill that comes every month.
struct Bill {
    payee: &'static str,
    day_of_month: u32,
    /// In cents.
    amount: i64,
    /// How far the amount varies, in cents.
    spread: u64,
    /// Whether it follows the prices of the year.
    rises: bool,
    code: &'static str,
}

const fn bill(
    (payee, code): (&'static str, &'static str),
    day_of_month: u32,
    (amount, spread, rises): (i64, u64, bool),
) -> Bill {
    Bill { payee, day_of_month, amount, spread, rises, code }
}

const BILLS: [Bill; 5] = [
    bill(("Lumen Valley Power", "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY"), 9, (7_900, 5_200, true)),
    bill(("Clearbrook Water", "RENT_AND_UTILITIES_WATER"), 12, (3_200, 700, true)),
    bill(("Threadnet Internet", "RENT_AND_UTILITIES_INTERNET_AND_CABLE"), 16, (4_490, 0, false)),
    bill(("Pebble Mobile", "RENT_AND_UTILITIES_TELEPHONE"), 21, (3_600, 0, false)),
    bill(("Harbour Lifeboats", "GOVERNMENT_AND_NON_PROFIT_DONATIONS"), 11, (1_500, 0, false)),
];

const EMPLOYER: &str = "Quillfeather Press";
const SCHOOL: &str = "Alder Street Music School";
const LANDLORD: &str = "Larkspur Court Homes";
const INSURER: &str = "Anchorstone Insurance";

pub(super) struct Checking {
    pub(super) book: Book,
    pub(super) debit_card: Purchases,
    key: Key,
}

impl Checking {
    pub(super) fn new(account: Key, history_start: NaiveDate) -> Self {
        Self {
            book: Book::new(account.part(1), history_start, cents(298_140)),
            debit_card: Purchases::new(account.part(2), "POS ", EVERYDAY, [1, 1, 1, 2, 2, 3]),
            key: account.part(3),
        }
    }

    /// What comes in on a day: two salaries, and in spring the tax refund.
    pub(super) fn earn(&mut self, day: NaiveDate, profile: &Profile) {
        let mut post = |amount: i64, text: &str, from: &str, code| {
            let entry = Entry::new(Kind::Deposit, cents(profile.scaled(day, amount)), text);
            self.book.post(day, entry.with(from).coded(code));
        };
        if is_last_working_day(day) {
            post(495_000, "DIRECT DEP QUILLFEATHER PRESS PAYROLL", EMPLOYER, "INCOME_SALARY");
        }
        if is_due(day, 15) {
            post(142_000, "DIRECT DEP ALDER STREET MUSIC SCHOOL", SCHOOL, "INCOME_WAGES");
        }
        if day.month() == 4 && is_due(day, 22) {
            post(64_200, "TAX REFUND", "State Revenue Office", "INCOME_TAX_REFUND");
        }
    }

    pub(super) fn pay_rent(&mut self, day: NaiveDate, rent: Decimal) {
        let entry = Entry::new(Kind::Payment, -rent, "ACH LARKSPUR COURT HOMES RENT");
        self.book.post(day, entry.with(LANDLORD).coded("RENT_AND_UTILITIES_RENT"));
    }

    /// The bills, cash and purchases of a day.
    pub(super) fn spend(&mut self, day: NaiveDate, profile: &Profile) {
        self.debit_card.post_due(day, &mut self.book);
        self.debit_card.make(day, profile);
        let mut rng = self.key.day(day).rng();
        for bill in BILLS.iter().filter(|bill| is_due(day, bill.day_of_month)) {
            let amount = bill.amount + i64::try_from(rng.below(bill.spread)).unwrap_or(0);
            let amount = if bill.rises { profile.scaled(day, amount) } else { amount };
            let text = format!("BILL PAY {}", bill.payee.to_uppercase());
            let entry = Entry::new(Kind::Payment, cents(-amount), text).with(bill.payee);
            self.book.post(day, entry.coded(bill.code));
        }
        if day.month() == 5 && is_due(day, 4) {
            let amount = cents(-profile.scaled(day, 61_800));
            let entry = Entry::new(Kind::Payment, amount, "ANCHORSTONE INSURANCE YEARLY PREMIUM");
            self.book.post(day, entry.with(INSURER).coded("GENERAL_SERVICES_INSURANCE"));
        }
        if rng.chance(1, 18) {
            let amount = Decimal::from(-rng.pick(&[40_i64, 60, 80]));
            let entry = Entry::new(Kind::Withdrawal, amount, "ATM WITHDRAWAL 0417");
            self.book.post(day, entry.coded("TRANSFER_OUT_WITHDRAWAL"));
        }
    }
}
