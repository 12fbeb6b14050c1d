//! A line of the audit trail.

use dashtam_domain::identity::AuditEntry;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// A line of the audit trail.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryView<'a> {
    id: Id,
    /// What was done, e.g. `token_refreshed`.
    action: &'static str,
    /// The provider instance it was done to.
    provider_id: Option<Id>,
    /// Address of the client; null for what the program did by itself.
    ip_address: Option<String>,
    user_agent: Option<&'a str>,
    /// Further facts; which ones depends on the action.
    #[schema(value_type = Object)]
    details: &'a serde_json::Value,
    created_at: Moment,
}

impl<'a> From<&'a AuditEntry> for AuditEntryView<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        Self {
            id: Id(entry.id.0),
            action: entry.action.as_str(),
            provider_id: entry.connection.map(|id| Id(id.0)),
            ip_address: entry.address.map(|address| address.to_string()),
            user_agent: entry.user_agent.as_deref(),
            details: &entry.details,
            created_at: Moment(entry.at),
        }
    }
}

/// A line of anybody's audit trail, for administrators.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminAuditEntry)]
pub(crate) struct AdminAuditEntryView<'a> {
    /// Whose account it concerns; null when nobody's.
    user_id: Option<Id>,
    #[serde(flatten)]
    entry: AuditEntryView<'a>,
}

impl<'a> From<&'a AuditEntry> for AdminAuditEntryView<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        Self { user_id: entry.user.map(|user| Id(user.0)), entry: entry.into() }
    }
}
