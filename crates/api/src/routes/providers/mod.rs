//! The provider catalogue and provider instances.

mod audit_log;
mod catalogue;
mod create;
mod delete;
mod get;
mod list;
mod sync;
mod update;

pub(crate) use audit_log::{__path_audit_log, audit_log};
pub(crate) use catalogue::{__path_available, __path_configured, available, configured};
pub(crate) use create::{__path_create, create};
pub(crate) use delete::{__path_delete, delete};
pub(crate) use get::{__path_get, get};
pub(crate) use list::{__path_list, list};
pub(crate) use sync::{__path_sync, sync};
pub(crate) use update::{__path_update, update};

use dashtam_domain::{connections::AliasError, id::ConnectionId};

/// Slug of what is wrong with an alias.
fn alias_code(error: &AliasError) -> &'static str {
    match error {
        AliasError::Blank => "blank",
        AliasError::TooLong => "too_long",
        AliasError::Control => "control_character",
    }
}

/// Where a provider instance is.
fn location(id: ConnectionId) -> String {
    format!("/api/v1/providers/{id}")
}
