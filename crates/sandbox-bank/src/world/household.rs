//! Days of a customer's life, one after the other, over all accounts.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Account, AccountKind, TransactionKind as Kind,
    book::{Book, Entry, cents},
    brokerage::Brokerage,
    calendar::{bank_opening, history_start, is_due, last_of_month},
    card::Card,
    checking::Checking,
    market::Market,
    profile::Profile,
    rng::Key,
};

const CHECKING: u64 = 11;
const SAVINGS: u64 = 12;
const CARD: u64 = 13;
const BROKERAGE: u64 = 14;

/// Interest on what is owed on a card, in percent a year.
const CARD_RATE: &str = "21.90";

struct Household {
    profile: Profile,
    market: Market,
    checking: Checking,
    savings: Book,
    card: Card,
    brokerage: Brokerage,
}

/// Writes all accounts up to the end of `today`.
///
/// Every run starts on the day the bank opened: a row never depends on what day it is today.
pub(super) fn accounts(seed: u64, person: &str, today: NaiveDate) -> Vec<Account> {
    let key = Key::root(seed, &format!("household of {person}"));
    let start = history_start(today);
    let (profile, market) = (Profile::of(key), Market::new(seed));
    let savings = cents(profile.scaled(bank_opening(), 1_150_000));
    let mut household = Household {
        checking: Checking::new(key.part(CHECKING), start, &profile),
        savings: Book::new(key.part(SAVINGS).part(1), start, savings),
        card: Card::new(key.part(CARD), start),
        brokerage: Brokerage::new(key.part(BROKERAGE), start, &market),
        profile,
        market,
    };
    for day in bank_opening().iter_days().take_while(|day| *day <= today) {
        household.live(day);
    }
    household.close(key, today)
}

impl Household {
    fn live(&mut self, day: NaiveDate) {
        self.market.trade(day);
        self.checking.live(day, &self.profile);
        if let Some(amount) = self.card.live(day, &self.profile) {
            let entry = Entry::new(Kind::Payment, -amount, "AUTOPAY SANDBOX CARD").with("Sandbox Bank");
            self.checking.book.post(day, entry);
        }
        if is_due(day, 5) {
            let amount = cents(self.profile.scaled(day, 42_000) / 100 * 100);
            self.checking.book.post(day, transfer(-amount, "TRANSFER TO BROKERAGE"));
            self.brokerage.book.post(day, transfer(amount, "CONTRIBUTION FROM CHECKING"));
        }
        self.brokerage.live(day, &self.market, &self.profile);
        self.save(day);
    }

    /// Keeps checking within bounds, and pays the interest on savings.
    fn save(&mut self, day: NaiveDate) {
        if is_due(day, 17) {
            let keep = cents(self.profile.scaled(day, 260_000));
            let surplus =
                ((self.checking.book.balance() - keep) / Decimal::from(50)).trunc() * Decimal::from(50);
            self.move_to_savings(day, surplus.max(Decimal::from(50)));
        }
        let floor = cents(self.profile.scaled(day, 40_000));
        if self.checking.book.balance() < floor {
            let top_up = cents(self.profile.scaled(day, 120_000) / 10_000 * 10_000);
            let overdrawn = self.checking.book.balance().min(Decimal::ZERO);
            let amount = (top_up - overdrawn).trunc().min(self.savings.balance());
            self.move_to_savings(day, -amount);
        }
        if last_of_month(day) == Some(day) {
            let interest = (self.savings.balance() * Decimal::new(34, 3) / Decimal::from(12)).round_dp(2);
            if interest > Decimal::ZERO {
                self.savings.post(day, Entry::new(Kind::Interest, interest, "INTEREST PAYMENT"));
            }
        }
    }

    /// Moves money to savings, or back when the amount is negative.
    fn move_to_savings(&mut self, day: NaiveDate, amount: Decimal) {
        if amount.is_zero() {
            return;
        }
        let (out, back) = if amount > Decimal::ZERO { ("TO", "FROM") } else { ("FROM", "TO") };
        self.checking.book.post(day, transfer(-amount, &format!("TRANSFER {out} SAVINGS")));
        self.savings.post(day, transfer(amount, &format!("TRANSFER {back} CHECKING")));
    }

    fn close(self, key: Key, today: NaiveDate) -> Vec<Account> {
        let limit = cents(self.profile.scaled(bank_opening(), 900_000) / 50_000 * 50_000);
        let holdings = self.brokerage.holdings(&self.market);
        let account = |number, kind, name| Account::new(key, number, kind, name);
        let mut checking = account(CHECKING, AccountKind::Checking, "Everyday Checking");
        let mut savings = account(SAVINGS, AccountKind::Savings, "Rainy Day Savings");
        let mut card = account(CARD, AccountKind::CreditCard, "Sandbox Rewards Card");
        let mut brokerage = account(BROKERAGE, AccountKind::Brokerage, "Self-Directed Brokerage");
        (checking.opening_balance, checking.transactions) =
            self.checking.book.close(self.checking.debit_card.pending(today));
        (savings.opening_balance, savings.transactions) = self.savings.close(Vec::new());
        (card.opening_balance, card.transactions) = self.card.book.close(self.card.purchases.pending(today));
        (brokerage.opening_balance, brokerage.transactions) = self.brokerage.book.close(Vec::new());
        card.credit_limit = Some(limit);
        card.interest_rate = Some(CARD_RATE);
        brokerage.holdings = holdings;
        vec![checking, savings, card, brokerage]
    }
}

fn transfer(amount: Decimal, description: &str) -> Entry {
    Entry::new(Kind::Transfer, amount, description)
}
