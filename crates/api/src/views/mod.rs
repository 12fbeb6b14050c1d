//! The JSON shapes of outcomes: one file per shape. They borrow from domain values and copy no text.

mod account;
mod audit_entry;
mod auth;
mod authorization;
mod holding;
mod import;
mod list;
mod provider;
mod scalar;
mod sync_run;
mod system;
mod transaction;

pub(crate) use account::{AccountView, BalanceView};
pub(crate) use audit_entry::AuditEntryView;
pub(crate) use auth::{LoginView, Message, TokensView, UserView};
pub(crate) use authorization::{AuthorizationStatusView, LinkedView, StartedView};
pub(crate) use holding::HoldingView;
pub(crate) use import::{FormatView, ImportView};
pub(crate) use list::{List, list};
pub(crate) use provider::{ProviderTypeView, ProviderView};
pub(crate) use scalar::{Amount, Date, Id, Moment};
pub(crate) use sync_run::SyncRunView;
pub(crate) use system::{Areas, Health, Live, Root, Versions};
pub(crate) use transaction::{TransactionDetailView, TransactionView};
