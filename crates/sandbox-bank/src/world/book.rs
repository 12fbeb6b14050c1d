//! One account's ledger while it is being written.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Original, SecurityDetail, Status, Transaction, TransactionKind, rng::Key};

/// A row about to be posted.
pub(super) struct Entry {
    pub(super) amount: Decimal,
    pub(super) kind: TransactionKind,
    pub(super) description: String,
    pub(super) counterparty: Option<String>,
    pub(super) category: Option<&'static str>,
    pub(super) original: Option<Original>,
    pub(super) occurred_at: Option<DateTime<Utc>>,
    pub(super) pending_id: Option<String>,
    pub(super) security: Option<SecurityDetail>,
}

impl Entry {
    /// A row with its amount, its kind and the text a statement shows.
    pub(super) fn new(kind: TransactionKind, amount: Decimal, description: impl Into<String>) -> Self {
        Self {
            amount,
            kind,
            description: description.into(),
            counterparty: None,
            category: None,
            original: None,
            occurred_at: None,
            pending_id: None,
            security: None,
        }
    }

    /// Sets the other party of the row.
    pub(super) fn with(mut self, counterparty: impl Into<String>) -> Self {
        self.counterparty = Some(counterparty.into());
        self
    }

    /// Sets the code of what the row was for.
    pub(super) fn coded(mut self, category: &'static str) -> Self {
        self.category = Some(category);
        self
    }
}

/// The rows of one account, with the balance carried along.
pub(super) struct Book {
    key: Key,
    history_start: NaiveDate,
    day: NaiveDate,
    next_position: u32,
    opening: Decimal,
    balance: Decimal,
    rows: Vec<Transaction>,
}

impl Book {
    /// An account with the balance it had when the bank opened.
    pub(super) fn new(key: Key, history_start: NaiveDate, balance: Decimal) -> Self {
        let (day, rows) = (NaiveDate::MIN, Vec::new());
        Self { key, history_start, day, next_position: 0, opening: balance, balance, rows }
    }

    /// The posted balance so far.
    pub(super) const fn balance(&self) -> Decimal {
        self.balance
    }

    /// Posts a row. Days must not go backwards.
    pub(super) fn post(&mut self, day: NaiveDate, mut entry: Entry) {
        entry.amount.rescale(2);
        if self.day != day {
            self.day = day;
            self.next_position = 0;
        }
        let position = self.next_position;
        self.next_position += 1;
        self.balance += entry.amount;
        if day < self.history_start {
            self.opening += entry.amount;
            return;
        }
        self.rows.push(Transaction {
            id: format!("t-{}", self.key.day(day).part(position.into()).hex()),
            date: day,
            occurred_at: entry.occurred_at,
            amount: entry.amount,
            description: entry.description,
            kind: entry.kind,
            status: Status::Posted,
            pending_id: entry.pending_id,
            counterparty: entry.counterparty,
            category: entry.category,
            original: entry.original,
            security: entry.security,
            position,
        });
    }

    /// The opening balance and all rows, oldest first, with the pending ones among them.
    pub(super) fn close(mut self, pending: Vec<Transaction>) -> (Decimal, Vec<Transaction>) {
        self.rows.extend(pending);
        self.rows.sort_by_key(Transaction::order);
        (self.opening, self.rows)
    }
}

/// An amount given in cents.
pub(super) fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}
