//! Recorded balances: the history of an account.

use crate::{
    id::{AccountId, BalanceId, UserId},
    money::{Currency, Decimal},
    time::Timestamp,
};

use super::account::stored_enum;

stored_enum! {
    /// Where a balance was learnt.
    BalanceSource {
        /// A synchronisation.
        Sync = "sync",
        /// An imported statement.
        Statement = "statement",
        /// The user, where nobody else told it.
        User = "user",
    }
}

/// What a balance is made of, as far as its source tells. Holdings of securities tell the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BalanceParts {
    /// Money in the account; below zero it is borrowed.
    pub cash: Option<Decimal>,
    /// Money that waits in a money market fund.
    pub money_market: Option<Decimal>,
    /// What is borrowed against securities; positive is owed.
    pub margin_debt: Option<Decimal>,
}

impl BalanceParts {
    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A balance that held at an instant. At most one per account, source and instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalancePoint {
    /// Its id.
    pub id: BalanceId,
    /// The account it is about.
    pub account: AccountId,
    /// The user it belongs to.
    pub owner: UserId,
    /// The balance.
    pub balance: Decimal,
    /// What could be spent.
    pub available: Option<Decimal>,
    /// What it was made of.
    pub parts: BalanceParts,
    /// Currency of all of them.
    pub currency: Currency,
    /// When it held.
    pub as_of: Timestamp,
    /// Where it was learnt.
    pub source: BalanceSource,
    /// When it was recorded.
    pub created_at: Timestamp,
}
