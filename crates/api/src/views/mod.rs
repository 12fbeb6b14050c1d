//! The JSON shapes of outcomes: one file per shape. They borrow from domain values and copy no text.

mod account;
mod archive;
mod audit_entry;
mod auth;
mod authorization;
mod holding;
mod import;
mod list;
mod provider;
mod rotation;
mod scalar;
mod session;
mod sync_run;
mod system;
mod transaction;
mod user;

pub(crate) use account::{AccountView, BalanceView};
pub(crate) use archive::{ArchiveEnd, ArchiveHead, ArchiveLine};
pub(crate) use audit_entry::{AdminAuditEntryView, AuditEntryView};
pub(crate) use auth::{DeletionView, LoginView, Message, ResetStateView, TokensView};
pub(crate) use authorization::{AuthorizationStatusView, LinkedView, StartedView};
pub(crate) use holding::HoldingView;
pub(crate) use import::{FormatView, ImportView};
pub(crate) use list::{List, list};
pub(crate) use provider::{ProviderTypeView, ProviderView};
pub(crate) use rotation::{RotationView, SecurityConfigView};
pub(crate) use scalar::{Amount, Date, Id, Moment, seconds_left};
pub(crate) use session::{Revoked, RevokedMany, SessionList, SessionView};
pub(crate) use sync_run::SyncRunView;
pub(crate) use system::{Areas, Health, Jwk, Jwks, Live, Root, Versions};
pub(crate) use transaction::{TransactionDetailView, TransactionView};
pub(crate) use user::{ManagedUserDetailView, ManagedUserView, ProfileView, UserView};
