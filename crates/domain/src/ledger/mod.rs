//! Money: accounts, balances, transactions, holdings and imported statements.

mod account;
mod balance;
mod details;
mod holding;
mod import;
mod merge;
mod option;
mod ports;
pub mod statement;
mod transaction;

pub use account::{Account, AccountKind, AccountSource, mask_number};
pub use balance::{BalanceParts, BalancePoint, BalanceSource};
pub use details::{Leg, LegKind, PositionEffect, References, TransactionDetails, TransactionFlag};
pub use holding::{AssetClass, Holding};
pub use import::{Import, ImportCounts, ImportState, MAX_PROBLEMS};
pub use merge::{PullChanges, StatementMerge, StatementPlan, reconcile};
pub use option::{OptionRight, OptionTerms};
pub use ports::*;
pub use transaction::{Trade, Transaction, TransactionKind, TransactionStatus};
