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
    }
}

/// A balance that held at an instant. At most one per account, source and instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalancePoint {
    /// Its id.
    pub id: BalanceId,
    /// Of which account.
    pub account: AccountId,
    /// Whose.
    pub owner: UserId,
    /// The balance.
    pub balance: Decimal,
    /// What could be spent.
    pub available: Option<Decimal>,
    /// Currency of both.
    pub currency: Currency,
    /// When it held.
    pub as_of: Timestamp,
    /// Where it was learnt.
    pub source: BalanceSource,
    /// When it was recorded.
    pub created_at: Timestamp,
}
