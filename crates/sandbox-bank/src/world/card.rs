//! The credit card: purchases, subscriptions, refunds and the monthly statement.

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;

use super::{
    TransactionKind as Kind,
    book::{Book, Entry, cents},
    calendar::{is_business_day, is_due},
    merchants::LEISURE,
    profile::Profile,
    purchases::Purchases,
    rng::Key,
};

/// Days between the close of a statement and the automatic payment of it.
const PAID_AFTER: u64 = 20;

/// A card that is paid in full every month.
pub(super) struct Card {
    pub(super) book: Book,
    pub(super) purchases: Purchases,
    key: Key,
    due: Option<(NaiveDate, Decimal)>,
}

impl Card {
    pub(super) fn new(account: Key, history_start: NaiveDate) -> Self {
        Self {
            book: Book::new(account.part(1), history_start, Decimal::ZERO),
            purchases: Purchases::new(account.part(2), "", LEISURE, [0, 1, 1, 2, 2, 3]),
            key: account.part(3),
            due: None,
        }
    }

    /// Writes a day. Answers what the customer's checking account must pay today.
    pub(super) fn live(&mut self, day: NaiveDate, profile: &Profile) -> Option<Decimal> {
        self.purchases.post_due(day, &mut self.book);
        self.purchases.make(day, profile);
        let mut rng = self.key.day(day).rng();
        for bill in profile.subscriptions.iter().filter(|bill| bill.day_of_month == day.day()) {
            let extra = i64::try_from(rng.below(bill.spread)).unwrap_or(0);
            let text = format!("{} SUBSCRIPTION", bill.payee.to_uppercase());
            self.book
                .post(day, Entry::new(Kind::Purchase, cents(-bill.amount - extra), text).with(bill.payee));
        }
        if rng.chance(1, 45) {
            let amount = cents(profile.scaled(day, rng.between(900, 6_400)));
            let entry = Entry::new(Kind::Refund, amount, "REFUND EVERBUY ONLINE").with("Everbuy Online");
            self.book.post(day, entry);
        }
        if day.month() == 3 && is_due(day, 5) {
            self.book.post(day, Entry::new(Kind::Fee, cents(-9_500), "ANNUAL MEMBERSHIP FEE"));
        }
        let payment =
            self.due.take_if(|(due, _)| *due <= day && is_business_day(day)).map(|(_, amount)| amount);
        if let Some(amount) = payment {
            self.book.post(day, Entry::new(Kind::Payment, amount, "AUTOPAY PAYMENT - THANK YOU"));
        }
        if day.day() == profile.statement_day && self.book.balance() < Decimal::ZERO {
            let due = day.checked_add_days(Days::new(PAID_AFTER)).unwrap_or(day);
            self.due = Some((due, -self.book.balance()));
        }
        payment
    }
}
