//! Money: accounts, balances, transactions, holdings and imported statements.

mod account;
mod balance;
mod details;
mod holding;
mod import;
mod merge;
mod ports;
pub mod statement;
mod transaction;

pub use account::{Account, AccountKind, AccountSource, mask_number};
pub use balance::{BalancePoint, BalanceSource};
pub use details::{Leg, LegKind, PositionEffect, TransactionDetails, TransactionFlag};
pub use holding::{AssetClass, Holding};
pub use import::{Import, ImportCounts, ImportState, MAX_PROBLEMS};
pub use merge::{PullChanges, StatementMerge, StatementPlan, reconcile};
pub use ports::*;
pub use transaction::{Trade, Transaction, TransactionKind, TransactionStatus};
