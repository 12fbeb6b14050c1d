//! The checking account: salary, rent, bills, cash and the debit card.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    TransactionKind as Kind,
    book::{Book, Entry, cents},
    calendar::{is_due, is_payday},
    merchants::EVERYDAY,
    profile::{BILLS, Profile},
    purchases::Purchases,
    rng::Key,
};

/// The account customers live from.
pub(super) struct Checking {
    pub(super) book: Book,
    pub(super) debit_card: Purchases,
    key: Key,
}

impl Checking {
    pub(super) fn new(account: Key, history_start: NaiveDate, profile: &Profile) -> Self {
        let opening = cents(profile.scaled(super::calendar::bank_opening(), 284_216));
        Self {
            book: Book::new(account.part(1), history_start, opening),
            debit_card: Purchases::new(account.part(2), "POS ", EVERYDAY, [1, 1, 1, 2, 2, 3]),
            key: account.part(3),
        }
    }

    /// Writes a day, but for the transfers to the customer's other accounts.
    pub(super) fn live(&mut self, day: NaiveDate, profile: &Profile) {
        self.debit_card.post_due(day, &mut self.book);
        self.debit_card.make(day, profile);
        let mut rng = self.key.day(day).rng();
        if is_payday(day) {
            let text = format!("DIRECT DEP {} PAYROLL", profile.employer.to_uppercase());
            self.book.post(day, Entry::new(Kind::Deposit, profile.salary(day), text).with(profile.employer));
        }
        if is_due(day, 1) {
            let text = format!("ACH {} RENT", profile.landlord.to_uppercase());
            self.book.post(day, Entry::new(Kind::Payment, -profile.rent(day), text).with(profile.landlord));
        }
        for bill in BILLS.iter().filter(|bill| is_due(day, bill.day_of_month)) {
            let extra = i64::try_from(rng.below(bill.spread)).unwrap_or(0);
            let text = format!("BILL PAY {}", bill.payee.to_uppercase());
            let amount = cents(-profile.scaled(day, bill.amount + extra));
            self.book.post(day, Entry::new(Kind::Payment, amount, text).with(bill.payee));
        }
        if rng.chance(1, 10) {
            let amount = Decimal::from(-rng.pick(&[20_i64, 40, 60, 80]));
            let machine = rng.between(1000, 1019);
            self.book.post(day, Entry::new(Kind::Withdrawal, amount, format!("ATM WITHDRAWAL {machine}")));
            // Two of the machines belong to another bank.
            if machine < 1002 {
                self.book.post(day, Entry::new(Kind::Fee, cents(-300), "OUT-OF-NETWORK ATM FEE"));
            }
        }
        if rng.chance(1, 9) {
            let amount = profile.scaled(day, rng.between(800, 4_500));
            let (kind, amount, verb) = if rng.chance(1, 3) {
                (Kind::Deposit, cents(amount), "FROM")
            } else {
                (Kind::Payment, cents(-amount), "TO")
            };
            let text = format!("INSTANT PAYMENT {verb} {}", profile.friend.to_uppercase());
            self.book.post(day, Entry::new(kind, amount, text).with(profile.friend));
        }
    }
}
