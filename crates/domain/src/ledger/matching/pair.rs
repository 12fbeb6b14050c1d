//! Rows as they are compared, and pairs of them.

use crate::{
    id::TransactionId,
    ledger::Transaction,
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

use super::{Scores, Tier, Words};

/// What a listing says of a pending row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It is gone: the whole listing covers its day and does not show it.
    Gone,
    /// Nothing: the listing has gaps, or does not cover its day.
    Unknown,
    /// It shows it.
    Listed,
}

/// Two rows that may be one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The pending row, or the one that went.
    pub from: TransactionId,
    /// The posted row, or the one that came.
    pub to: TransactionId,
    /// How sure it is.
    pub tier: Tier,
    /// How well they fit.
    pub scores: Scores,
    /// Days from the first to the second.
    pub apart: i64,
    /// What the listing says of the first.
    pub standing: Standing,
}

/// What is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Pairs that are one transaction.
    pub applied: Vec<Pair>,
    /// Pairs that a person should look at.
    pub suggested: Vec<Pair>,
    /// Rows that are gone and became nothing.
    pub expired: Vec<TransactionId>,
    /// Pending rows that are listed for suspiciously long.
    pub stale: Vec<TransactionId>,
}

/// What is compared of a row.
pub(super) struct Side {
    pub(super) id: TransactionId,
    pub(super) day: Day,
    pub(super) occurred: Option<Day>,
    pub(super) created_at: Timestamp,
    pub(super) amount: Decimal,
    pub(super) currency: Currency,
    pub(super) words: Words,
    pub(super) standing: Standing,
}

impl Side {
    pub(super) fn of(row: &Transaction, standing: Standing) -> Self {
        Self {
            id: row.id,
            day: row.day,
            occurred: row.occurred_at.map(Timestamp::day),
            created_at: row.created_at,
            amount: row.amount.normalize(),
            currency: row.currency,
            words: Words::of(&row.description),
            standing,
        }
    }

    /// Days from this row to the other, by when they occurred if both tell it.
    pub(super) fn days_to(&self, other: &Self) -> i64 {
        match (self.occurred, other.occurred) {
            (Some(own), Some(other)) => other.days_since(own),
            _ => other.day.days_since(self.day),
        }
    }

    /// Whether the other one moves money of the same currency the same way.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        self.currency == other.currency
            && self.amount.is_sign_negative() == other.amount.is_sign_negative()
            && self.amount.is_zero() == other.amount.is_zero()
    }
}
