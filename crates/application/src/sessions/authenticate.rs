//! Finds out who sent a request.

use std::sync::Arc;

use dashtam_domain::{call::Principal, time::Timestamp};

use super::{SessionError, Sessions};

impl Sessions {
    /// The owner of an access token, if its session is good at this instant. Within a few seconds of the last
    /// look-up this needs no database.
    pub async fn authenticate(&self, access_token: &str, now: Timestamp) -> Result<Principal, SessionError> {
        let claims =
            self.access_tokens.verify(access_token, now).map_err(|_| SessionError::InvalidAccessToken)?;
        let snapshot = match self.cache.get(claims.session) {
            Some(snapshot) => snapshot,
            None => {
                let found = self.queries.session(claims.session).await?;
                let snapshot = Arc::new(found.ok_or(SessionError::InvalidAccessToken)?);
                self.cache.put(snapshot.clone());
                snapshot
            }
        };
        if snapshot.user.id != claims.user || !snapshot.admits(claims.version, now) {
            return Err(SessionError::InvalidAccessToken);
        }
        Ok(Principal { user: claims.user, session: claims.session })
    }
}
