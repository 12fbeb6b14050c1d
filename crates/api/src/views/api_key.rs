//! API keys.

use dashtam_application::api_keys::MadeKey;
use dashtam_domain::identity::{ApiKeyTerms, Scope, Session, SessionLabel};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// An API key without the key.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView<'a> {
    id: Id,
    name: &'a str,
    /// The last four characters of the key.
    hint: &'a str,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// Networks it may be used from; empty: from everywhere.
    ip_allow: Vec<String>,
    created_at: Moment,
    expires_at: Moment,
    /// Its last request; null before the first.
    last_used_at: Option<Moment>,
    /// Requests made with it.
    api_calls: i64,
    /// The key that took its place, beside which it goes on until it ends.
    replaced_by: Option<Id>,
}

impl<'a> From<&'a Session> for ApiKeyView<'a> {
    fn from(session: &'a Session) -> Self {
        let key = session.key.as_ref();
        let networks = key.map(|ApiKeyTerms { networks, .. }| networks.as_slice()).unwrap_or_default();
        Self {
            id: Id(session.id.0),
            name: session.label.as_ref().map(SessionLabel::as_str).unwrap_or_default(),
            hint: key.map(|key| key.hint.as_str()).unwrap_or_default(),
            scopes: key.map(|key| key.scopes.iter().map(Scope::as_str).collect()).unwrap_or_default(),
            ip_allow: networks.iter().map(ToString::to_string).collect(),
            created_at: Moment(session.created_at),
            expires_at: Moment(session.expires_at),
            last_used_at: (session.api_calls > 0).then_some(Moment(session.last_seen_at)),
            api_calls: session.api_calls,
            replaced_by: key.and_then(|key| key.replaced_by).map(|by| Id(by.0)),
        }
    }
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
pub(crate) struct NewApiKeyView<'a> {
    /// The key itself, shown this one time; null in the answer to a repeated request.
    key: Option<&'a str>,
    #[serde(flatten)]
    shown: ApiKeyView<'a>,
}

impl<'a> NewApiKeyView<'a> {
    /// With the key.
    pub(crate) fn whole(made: &'a MadeKey) -> Self {
        Self { key: Some(made.secret.expose()), ..Self::without_key(made) }
    }

    /// What may be kept.
    pub(crate) fn without_key(made: &'a MadeKey) -> Self {
        Self { key: None, shown: ApiKeyView::from(&made.session) }
    }
}

/// A key that was revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevokedKey {
    /// A sentence for people.
    pub(crate) message: &'static str,
    /// Which.
    pub(crate) revoked_key_id: Id,
}
