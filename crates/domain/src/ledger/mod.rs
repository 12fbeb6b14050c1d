//! Money: accounts, balances, transactions, holdings and imported statements.

mod account;
mod account_identity;
mod alias;
mod balance;
mod balance_history;
mod changes;
mod corrected;
mod correction;
mod covered;
mod csv_profile;
mod decision;
mod details;
mod export_job;
mod filter;
mod fingerprint;
mod holding;
mod holding_days;
mod import;
mod link;
pub mod matching;
pub mod meaning;
mod merge;
mod merged;
mod option;
pub mod portfolio;
mod ports;
mod proposal;
mod reconciliation_ports;
pub mod recurring;
mod remap;
#[cfg(test)]
pub(crate) mod sample;
mod saved_layout;
mod saved_view;
mod search;
mod security;
mod security_ports;
mod shown;
pub mod statement;
mod statement_merge;
mod survey;
mod terms;
mod texts;
mod told;
mod transaction;
pub mod transfer;
pub mod worth;

pub(crate) use account::stored_enum;
pub use account::{Account, AccountKind, AccountSource, Invests, mask_number};
pub use account_identity::{
    AccountHasher, AccountIdentity, HASHED, PlainAccountHasher, UNNAMED, hashed_external_id,
    is_hashed_by_another_key, unnamed_account,
};
pub use alias::{Alias, KnownRows};
pub use balance::{BalanceParts, BalancePoint, BalanceSource};
pub use balance_history::{
    BalanceBasis, BalanceGap, BalanceHistory, DayBalance, DaySum, ToldBalance, balance_history,
};
pub use changes::{Change, ChangeKey, ChangeKind, ChangeKinds, ChangedRow, LedgerClock};
pub use corrected::Corrected;
#[cfg(feature = "mocks")]
pub use correction::MockCorrectionRepository;
pub use correction::{
    AccountChange, AccountCorrections, AccountField, BulkChange, BulkEdit, Correction, CorrectionRepository,
    EditedRow, Line, Note, Sign, SplitPart, Tag, TagError, TagInUse, TagKey, Tags, TooManyTags,
    TransactionChange, TransactionCorrections, TransactionField, WordingError,
};
pub use covered::Covered;
pub use csv_profile::{ColumnValues, CsvColumn, CsvProfile, DateOrder};
pub use decision::{
    Before, DecidedBy, Decision, DecisionKind, DecisionState, Evidence, EvidenceRow, RejectedPair, Restored,
    SourceKey,
};
pub use details::{Exchange, Leg, LegKind, PositionEffect, References, TransactionDetails, TransactionFlag};
pub use export_job::*;
pub use filter::*;
pub use fingerprint::{Fingerprint, KnownAs};
pub use holding::{AssetClass, Holding};
pub use holding_days::*;
pub use import::{Import, ImportCounts, ImportFixed, ImportState, MAX_PROBLEMS, Undone};
pub use link::{LinkProblem, MOST_LINKED, join_sums};
pub use merge::{Link, PullChanges, PullTarget, reconcile};
pub use merged::Merged;
pub use option::{OptionRight, OptionTerms};
pub use ports::*;
pub use proposal::{AccountEvidence, AccountProposal, Candidates, ProposalKind};
pub use reconciliation_ports::*;
pub use remap::*;
pub use saved_layout::*;
pub use saved_view::*;
pub use search::{SearchError, SearchTerms, amount_key, merchant_key, search_text};
pub use security::{
    Cusip, Figi, Identified, Isin, KnownSecurity, Security, SecurityFacts, SecurityIds, identify,
};
pub use security_ports::*;
pub use shown::Shown;
pub use statement_merge::{Planned, StatementEnd, StatementMerge, StatementPlan, StatementTarget};
pub use survey::{StatementSurvey, Survey};
pub use terms::AccountTerms;
pub use told::*;
pub use transaction::{Announced, Trade, Transaction, TransactionKind, TransactionStatus};
