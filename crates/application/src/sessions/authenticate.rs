//! Finds out who sent a request.

use std::sync::Arc;

use dashtam_domain::{
    call::Principal,
    id::SessionId,
    identity::{Activity, InvalidAccessToken},
    time::Timestamp,
};

use super::{SessionError, Sessions};

/// The version every account and installation began with: what a token of the earlier system that names none has.
const FIRST_VERSION: i32 = 1;

impl Sessions {
    /// The owner of an access token, if its session is good at this instant; the request is counted. Within a few
    /// seconds of the last look-up this needs no database.
    pub async fn authenticate(&self, access_token: &str, now: Timestamp) -> Result<Principal, SessionError> {
        match self.by_session(access_token, now).await {
            Err(SessionError::InvalidAccessToken) if self.policy.accept_reference_tokens => {
                self.by_reference(access_token, now).await
            }
            done => done,
        }
    }

    async fn by_session(&self, access_token: &str, now: Timestamp) -> Result<Principal, SessionError> {
        let claims = self.access_tokens.verify(access_token, now).map_err(refused)?;
        let snapshot = match self.cache.get(claims.session) {
            Some(snapshot) => snapshot,
            None => {
                let found = self.queries.session(claims.session).await?;
                let snapshot = Arc::new(found.ok_or(SessionError::InvalidAccessToken)?);
                self.cache.put(snapshot.clone());
                snapshot
            }
        };
        // Only a session that may fall idle is asked what it did last.
        let pending = if snapshot.session.long_lived { None } else { self.seen(claims.session) };
        if snapshot.user.id != claims.user || !snapshot.admits_seen(claims.version, pending, now) {
            return Err(SessionError::InvalidAccessToken);
        }
        self.activity.record(claims.session, now);
        let administrator = snapshot.user.administrator;
        Ok(Principal { user: claims.user, session: claims.session, administrator })
    }

    /// A token of the earlier system, whose sessions were not taken over: there is no row to look at, so user, versions
    /// and the token's own end decide. A token that names a session we know is judged by that session alone.
    async fn by_reference(&self, access_token: &str, now: Timestamp) -> Result<Principal, SessionError> {
        let claims = self.access_tokens.verify_reference(access_token, now).map_err(refused)?;
        if let Some(session) = claims.session
            && self.queries.session(session).await?.is_some()
        {
            return Err(SessionError::InvalidAccessToken);
        }
        let user = self.queries.user(claims.user).await?.ok_or(SessionError::InvalidAccessToken)?;
        let floor = self.queries.security_config().await?.floor;
        // No session ended when the account was given up: the account itself says so.
        let closed = !user.is_active || user.deletion_due_at.is_some();
        if closed || claims.version < user.token_version || !floor.admits(FIRST_VERSION, now) {
            return Err(SessionError::InvalidAccessToken);
        }
        let session = claims.session.unwrap_or(SessionId(uuid::Uuid::nil()));
        Ok(Principal { user: user.id, session, administrator: user.administrator })
    }

    /// The session's latest request that is not yet written.
    pub(super) fn seen(&self, session: SessionId) -> Option<Timestamp> {
        self.activity.pending(session).map(|Activity { last_seen, .. }| last_seen)
    }
}

fn refused(_: InvalidAccessToken) -> SessionError {
    SessionError::InvalidAccessToken
}
