//! Linking a provider instance.

use dashtam_application::authorization::{AuthorizationStatus, Linked, Refreshed, Started, Unreadable};
use dashtam_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment, seconds_left};

/// An authorization under way.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationStarted)]
pub(crate) struct StartedView<'a> {
    /// Where to send the browser.
    #[schema(format = "uri")]
    auth_url: &'a str,
    /// The user's own name for the provider instance.
    alias: &'a str,
    message: String,
}

impl<'a> From<&'a Started> for StartedView<'a> {
    fn from(started: &'a Started) -> Self {
        Self {
            auth_url: started.url.as_str(),
            alias: started.alias.as_str(),
            message: format!(
                "Open auth_url in a browser to let Dashtam read \u{201c}{}\u{201d}.",
                started.alias.as_str()
            ),
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

/// What became of a refresh.
#[derive(Serialize, ToSchema)]
#[schema(as = TokensRefreshed)]
pub(crate) struct RefreshedView {
    message: &'static str,
    /// Whether the institution gave new tokens; false when nothing was needed.
    refreshed: bool,
}

impl From<Refreshed> for RefreshedView {
    fn from(refreshed: Refreshed) -> Self {
        let message = match refreshed {
            Refreshed::Now => "The tokens were refreshed.",
            Refreshed::NotNeeded => "The tokens were refreshed a moment ago; nothing was needed.",
            Refreshed::NotRefreshable => {
                "The credentials of this provider need no refresh; nothing was needed."
            }
        };
        Self { message, refreshed: refreshed == Refreshed::Now }
    }
}

/// Whether a provider instance is linked.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationStatus)]
pub(crate) struct AuthorizationStatusView<'a> {
    provider_id: Id,
    alias: &'a str,
    /// `connected` when credentials are stored that can be read, `not_connected` otherwise.
    status: &'static str,
    message: Option<String>,
    has_access_token: Option<bool>,
    has_refresh_token: Option<bool>,
    has_id_token: Option<bool>,
    /// When the institution's access token ends.
    expires_at: Option<Moment>,
    /// Whether the access token has ended.
    is_expired: Option<bool>,
    /// Whether it ends within five minutes.
    is_expiring_soon: Option<bool>,
    /// Whether it is refreshed before its next use.
    needs_refresh: Option<bool>,
    /// Refreshes since the link.
    refresh_count: Option<i32>,
    last_refreshed_at: Option<Moment>,
    scope: Option<&'a str>,
    /// When the authorization itself ends and has to be given again; null when the institution sets no such end.
    grant_expires_at: Option<Moment>,
    /// Seconds left until then; 0 once it has ended.
    grant_expires_in: Option<i64>,
}

impl<'a> AuthorizationStatusView<'a> {
    pub(crate) fn new(status: &'a AuthorizationStatus, now: Timestamp) -> Self {
        let tokens = status.tokens.as_ref();
        let (word, message) = match tokens {
            Some(_) if !status.readable => ("not_connected", Some(Unreadable.to_string())),
            Some(_) => ("connected", None),
            None => ("not_connected", Some("The provider is not connected. Authorize it first.".to_owned())),
        };
        Self {
            provider_id: Id(status.connection.id.0),
            alias: status.connection.alias.as_str(),
            status: word,
            message,
            has_access_token: tokens.map(|t| t.has_access_token),
            has_refresh_token: tokens.map(|t| t.has_refresh_token),
            has_id_token: tokens.map(|t| t.has_id_token),
            expires_at: tokens.and_then(|t| t.expires_at).map(Moment),
            is_expired: tokens.map(|t| t.is_expired),
            is_expiring_soon: tokens.map(|t| t.is_expiring_soon),
            needs_refresh: tokens.map(|t| t.needs_refresh),
            refresh_count: tokens.map(|t| t.refresh_count),
            last_refreshed_at: tokens.and_then(|t| t.last_refreshed_at).map(Moment),
            scope: tokens.and_then(|t| t.scope.as_deref()),
            grant_expires_at: status.grant_expires_at.map(Moment),
            grant_expires_in: status.grant_expires_at.map(|end| seconds_left(end, now)),
        }
    }
}
