//! Linking at pages of the institution's own, whose outcome is asked for instead of being brought back.

use std::fmt;

use async_trait::async_trait;
use url::Url;

use crate::{id::ConnectionId, secret::SecretText, time::Timestamp};

use super::{Credentials, GrantId, ProviderError, Revocation};

/// What an institution needs to open its pages for a user.
#[derive(Debug, Clone)]
pub struct HostedRequest {
    /// Proves that whoever comes back is whom this was made for. It may stand in the address the browser is sent back to.
    pub state: SecretText,
    /// Which connection it is about: the only name of the user that an institution is told.
    pub connection: ConnectionId,
    /// The credentials of a connection that was linked before. An institution that can renew the grant behind them does so,
    /// so that nothing gets another id.
    pub current: Option<Credentials>,
}

/// Pages that an institution has opened for one user.
#[derive(Clone)]
pub struct HostedSession {
    /// Where to send the user's browser.
    pub url: Url,
    /// By which the institution is asked what came of it. It is kept sealed and shown to nobody.
    pub key: SecretText,
    /// The last instant at which it makes sense to ask.
    pub expires_at: Timestamp,
}

impl fmt::Debug for HostedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address lets whoever has it go on in the user's place.
        f.debug_struct("HostedSession").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What came of a session so far.
#[derive(Debug, Clone)]
pub enum HostedOutcome {
    /// The user has not come to an end there.
    UnderWay,
    /// The user gave it up, or the institution said no.
    NotGranted,
    /// The user may be acted for. What is in it is good for one [`exchange`](HostedLink::exchange).
    Granted(SecretText),
}

/// An account that a user's consent is about, by what people tell accounts apart with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GrantedAccount {
    /// Who keeps it.
    pub institution: String,
    /// Its name.
    pub name: String,
    /// Its masked number, e.g. `****1234`.
    pub mask: String,
}

/// What a user's consent came to.
#[derive(Debug, Clone)]
pub struct HostedGrant {
    /// What it is used with.
    pub credentials: Credentials,
    /// What the institution calls it in messages of its own, if it sends any.
    pub id: Option<GrantId>,
}

/// Linking at pages of the institution's own: no page of ours runs a script for it, and nothing has to reach us from
/// outside, because the outcome is asked for.
#[async_trait]
pub trait HostedLink: Send + Sync {
    /// Opens a session. `now` dates its end.
    async fn begin(&self, request: &HostedRequest, now: Timestamp) -> Result<HostedSession, ProviderError>;
    /// What came of the session with this key. It can be asked as often as one likes and uses nothing up.
    async fn outcome(&self, key: &SecretText) -> Result<HostedOutcome, ProviderError>;
    /// The accounts that the session with this key grants anew, while the grant is not used yet. None of a grant that is renewed,
    /// and none where one of them cannot be told from others.
    async fn shows(&self, _key: &SecretText) -> Result<Vec<GrantedAccount>, ProviderError> {
        Ok(Vec::new())
    }
    /// Turns a grant into credentials. `current` are those of the connection, if it has some.
    async fn exchange(
        &self,
        grant: &SecretText,
        current: Option<&Credentials>,
        now: Timestamp,
    ) -> Result<HostedGrant, ProviderError>;
    /// Asks the institution to forget the grant.
    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_session_is_not_shown() {
        let session = HostedSession {
            url: "https://bank.example/open/4f1c".parse().unwrap(),
            key: SecretText::new("key-9d2e"),
            expires_at: Timestamp::parse("2026-11-30T12:00:00Z").unwrap(),
        };
        let shown = format!("{session:?} {:?}", HostedOutcome::Granted(SecretText::new("grant-77aa")));
        assert!(!["4f1c", "9d2e", "77aa"].iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}
