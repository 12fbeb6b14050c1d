//! The credit card: purchases, subscriptions, refunds and the monthly statement.

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;

use super::{
    TransactionKind as Kind,
    book::{Book, Entry, cents},
    calendar::{is_business_day, is_due},
    merchants::{LEISURE, Merchant},
    profile::Profile,
    purchases::{Habit, Purchases},
    rng::Key,
};

/// Days between the close of a statement and the automatic payment of it.
const PAID_AFTER: u64 = 20;

/// A card that is paid in full every month.
pub(super) struct Card {
    pub(super) book: Book,
    pub(super) purchases: Purchases,
    pub(super) key: Key,
    due: Option<(NaiveDate, Decimal)>,
}

impl Card {
    pub(super) fn new(account: Key, history_start: NaiveDate) -> Self {
        Self::of(account, history_start, LEISURE, [0, 1, 1, 2, 2, 3])
    }

    /// One with which this is bought, so often a day.
    pub(super) fn of(
        account: Key,
        history_start: NaiveDate,
        merchants: &'static [Merchant],
        habit: Habit,
    ) -> Self {
        Self {
            book: Book::new(account.part(1), history_start, Decimal::ZERO),
            purchases: Purchases::new(account.part(2), "", merchants, habit),
            key: account.part(3),
            due: None,
        }
    }

    /// Pays what is due and closes the statement on its day, to be paid so many days later. Answers what was paid.
    pub(super) fn settle(
        &mut self,
        day: NaiveDate,
        (statement_day, paid_after): (u32, u64),
        payment: impl FnOnce(Decimal) -> Entry,
    ) -> Option<Decimal> {
        let is_paid = |(due, _): &mut (NaiveDate, Decimal)| *due <= day && is_business_day(day);
        let paid = self.due.take_if(is_paid).map(|(_, amount)| amount);
        if let Some(amount) = paid {
            self.book.post(day, payment(amount));
        }
        if day.day() == statement_day && self.book.balance() < Decimal::ZERO {
            let due = day.checked_add_days(Days::new(paid_after)).unwrap_or(day);
            self.due = Some((due, -self.book.balance()));
        }
        paid
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
        let paid = |amount| Entry::new(Kind::Payment, amount, "AUTOPAY PAYMENT - THANK YOU");
        self.settle(day, (profile.statement_day, PAID_AFTER), paid)
    }
}
