//! Institutions: the provider catalogue, users' connections, their credentials, authorization and sync runs.

mod authorization;
mod changes;
mod connection;
mod credentials;
mod expiry;
mod failure;
mod feeds;
mod health;
mod hints;
mod hosted;
mod pace;
mod ports;
mod provider;
mod pull;
mod sync_run;
mod tally;

pub use authorization::{AuthorizationGrant, AuthorizationRequest, PendingAuthorization};
pub use changes::{ChangedTransaction, Changes, ChangesFeed, ChangesPage, RefusedChange, TakenBack};
pub use connection::{Alias, Connection, ConnectionState, UnknownState};
pub use credentials::{Credentials, RefreshRight, SealedCredentials};
pub use expiry::{ExpiryNotice, ExpiryWord, WARNINGS, next_notice};
pub use failure::{Remedy, SyncFailure};
pub use feeds::{AccountsFeed, Feeds, HoldingsFeed, PageRequest, TransactionsFeed};
#[cfg(feature = "mocks")]
pub use feeds::{MockAccountsFeed, MockHoldingsFeed, MockTransactionsFeed};
pub use health::ConnectionHealth;
pub use hints::{GrantId, GrantIdError, Hint, HintError, HintMessage, HintsFeed};
pub use hosted::{GrantedAccount, HostedGrant, HostedLink, HostedOutcome, HostedRequest, HostedSession};
pub use pace::{DailyRuns, Jitter, SyncPace};
pub use ports::*;
pub use provider::{
    Catalogue, Feature, ProviderDescriptor, ProviderKey, ProviderKeyError, ProviderType, SyncFrequency,
};
pub use pull::{
    Absence, KeptRow, PulledAccount, PulledAccounts, PulledHolding, PulledHoldings, PulledInstitution,
    PulledTransaction, RefusedRow, SentJson, TransactionPage, TransactionWindow,
};
pub use sync_run::{RequestedBy, SyncCounts, SyncProgress, SyncRun, SyncRunKey, SyncState};
pub use tally::ConnectionTally;
