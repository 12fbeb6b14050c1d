//! Linking a provider instance.

use dashtam_application::authorization::{AuthorizationStatus, Linked, Started};
use dashtam_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// An authorization under way.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationStarted)]
pub(crate) struct StartedView<'a> {
    /// Where to send the browser.
    #[schema(format = "uri")]
    auth_url: &'a str,
    message: &'static str,
}

impl<'a> From<&'a Started> for StartedView<'a> {
    fn from(started: &'a Started) -> Self {
        Self {
            auth_url: started.url.as_str(),
            message: "Open auth_url in a browser to authorize access to your accounts.",
        }
    }
}

/// A provider instance that is linked now.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationCompleted)]
pub(crate) struct LinkedView<'a> {
    message: &'static str,
    provider_id: Id,
    alias: &'a str,
    /// Seconds the institution's access token works; null when it does not end.
    expires_in: Option<i64>,
    /// What was granted.
    scope: Option<&'a str>,
}

impl<'a> LinkedView<'a> {
    pub(crate) fn new(linked: &'a Linked, now: Timestamp) -> Self {
        Self {
            message: "The provider is connected.",
            provider_id: Id(linked.connection.0),
            alias: linked.alias.as_str(),
            expires_in: linked.expires_at.map(|end| end.since(now).num_seconds()),
            scope: linked.scope.as_deref(),
        }
    }
}

/// Whether a provider instance is linked.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationStatus)]
pub(crate) struct AuthorizationStatusView<'a> {
    provider_id: Id,
    alias: &'a str,
    /// `connected` when credentials are stored, `not_connected` otherwise.
    status: &'static str,
    message: Option<&'static str>,
    /// When the institution's access token ends.
    expires_at: Option<Moment>,
    has_refresh_token: Option<bool>,
    scope: Option<&'a str>,
}

impl<'a> From<&'a AuthorizationStatus> for AuthorizationStatusView<'a> {
    fn from(status: &'a AuthorizationStatus) -> Self {
        let credentials = status.credentials.as_ref();
        let (word, message) = match credentials {
            Some(_) => ("connected", None),
            None => ("not_connected", Some("The provider is not connected. Authorize it first.")),
        };
        Self {
            provider_id: Id(status.connection.id.0),
            alias: status.connection.alias.as_str(),
            status: word,
            message,
            expires_at: credentials.and_then(|c| c.expires_at).map(Moment),
            has_refresh_token: credentials.map(|c| c.refresh_token.is_some()),
            scope: credentials.and_then(|c| c.scope.as_deref()),
        }
    }
}
