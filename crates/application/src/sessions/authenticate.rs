//! Finds out who sent a request.

use std::{net::IpAddr, sync::Arc};

use dashtam_domain::{
    call::Principal,
    id::SessionId,
    identity::{Activity, ApiKeyTerms, InvalidAccessToken, SessionSnapshot, Transport},
    secret::{OpaqueSecret, SecretHash, SecretKind},
    time::Timestamp,
};

use super::{SessionError, Sessions};

/// What a request shows. Each kind works only where it belongs, whatever session it is of.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// An access token or an API key, from `Authorization: Bearer`.
    Bearer(&'a str),
    /// The secret of a browser's session, from its cookie, with a request that changes nothing.
    Cookie(&'a str),
    /// The same with a request that changes something.
    Write {
        /// The secret from the cookie.
        cookie: &'a str,
        /// What shows that a page of the session sent the request; empty when nothing does.
        csrf: &'a str,
    },
}

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// The caller.
    pub principal: Principal,
    /// Browsers forget a cookie after 400 days at most, so that one of a session which lasts longer is given anew on
    /// the first request of a day (UTC): until when it shall be kept.
    pub renew_cookie: Option<Timestamp>,
}

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(…)")
    }
}

impl Sessions {
    /// The owner of what was shown, if its session is good at this instant; the request is counted, and what was refused
    /// leaves no mark. Within a few seconds of the last look-up this needs no database. `from` is where the request comes
    /// from.
    pub async fn authenticate(
        &self,
        shown: Shown<'_>,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Authenticated, SessionError> {
        let (found, is_ours) = self.identify(shown, from, now).await?;
        if is_ours {
            self.activity.record(found.principal.session, now);
        }
        Ok(found)
    }

    /// Whether the owner of what was shown may still use it, and who that is. It counts as no request: a connection that
    /// stays open keeps no session alive.
    pub async fn recheck(
        &self,
        shown: Shown<'_>,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Principal, SessionError> {
        self.identify(shown, from, now).await.map(|(found, _)| found.principal)
    }

    /// The owner of what was shown, and whether it is of a session of ours.
    async fn identify(
        &self,
        shown: Shown<'_>,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(Authenticated, bool), SessionError> {
        let (principal, is_ours) = match shown {
            Shown::Cookie(cookie) => return Ok((self.by_cookie(cookie, None, now).await?, true)),
            Shown::Write { cookie, csrf } => {
                return Ok((self.by_cookie(cookie, Some(csrf), now).await?, true));
            }
            Shown::Bearer(text) if text.starts_with(SecretKind::ApiKey.prefix()) => {
                (self.by_api_key(text, from, now).await?, true)
            }
            Shown::Bearer(text) => match self.by_session(text, now).await {
                Err(SessionError::InvalidAccessToken) => (self.by_guest(text, now).await?, false),
                done => (done?, true),
            },
        };
        Ok((Authenticated { principal, renew_cookie: None }, is_ours))
    }

    async fn by_session(&self, access_token: &str, now: Timestamp) -> Result<Principal, SessionError> {
        let claims = self.access_tokens.verify(access_token, now).map_err(refused)?;
        let snapshot = match self.cache.get(claims.session) {
            Some(snapshot) => snapshot,
            None => self.remember(self.queries.session(claims.session).await?)?,
        };
        if snapshot.session.transport != Transport::Token || snapshot.user.id != claims.user {
            return Err(SessionError::InvalidAccessToken);
        }
        self.admit(&snapshot, claims.version, now)
    }

    async fn by_api_key(
        &self,
        text: &str,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Principal, SessionError> {
        let snapshot = self.by_secret(SecretKind::ApiKey, text, Transport::ApiKey).await?;
        let session = &snapshot.session;
        if !session.key.as_ref().is_some_and(|key: &ApiKeyTerms| key.admits(from)) {
            return Err(SessionError::InvalidAccessToken);
        }
        self.admit(&snapshot, session.token_version, now)
    }

    async fn by_cookie(
        &self,
        text: &str,
        csrf: Option<&str>,
        now: Timestamp,
    ) -> Result<Authenticated, SessionError> {
        let snapshot = self.by_secret(SecretKind::CookieSession, text, Transport::Cookie).await?;
        let session = &snapshot.session;
        self.check(&snapshot, session.token_version, now)?;
        if let Some(csrf) = csrf {
            let shown = OpaqueSecret::parse(SecretKind::Csrf, csrf).map(|csrf| csrf.hash());
            let same = shown.zip(session.csrf).is_some_and(|(shown, stored)| stored.matches(&shown));
            if !same {
                return Err(SessionError::NoCsrfProof);
            }
        }
        let seen = self.seen(session.id).map_or(session.last_seen_at, |seen| seen.max(session.last_seen_at));
        let renew_cookie = (session.long_lived && seen.day() < now.day()).then_some(session.expires_at);
        Ok(Authenticated { principal: Principal::of(&snapshot), renew_cookie })
    }

    /// The session that a secret of this kind belongs to, if its credential travels so.
    async fn by_secret(
        &self,
        kind: SecretKind,
        text: &str,
        transport: Transport,
    ) -> Result<Arc<SessionSnapshot>, SessionError> {
        let secret = OpaqueSecret::parse(kind, text).ok_or(SessionError::InvalidAccessToken)?;
        let hash: SecretHash = secret.hash();
        let snapshot = match self.cache.get_by_credential(&hash) {
            Some(snapshot) => snapshot,
            None => self.remember(self.queries.session_by_credential(&hash).await?)?,
        };
        // Found by an index; compared once more, in a time that tells nothing.
        let same = snapshot.session.credential.is_some_and(|stored| stored.matches(&hash));
        if !same || snapshot.session.transport != transport {
            return Err(SessionError::InvalidAccessToken);
        }
        Ok(snapshot)
    }

    fn remember(&self, found: Option<SessionSnapshot>) -> Result<Arc<SessionSnapshot>, SessionError> {
        let snapshot = Arc::new(found.ok_or(SessionError::InvalidAccessToken)?);
        self.cache.put(snapshot.clone());
        Ok(snapshot)
    }

    /// Lets the holder pass.
    fn admit(
        &self,
        snapshot: &SessionSnapshot,
        version: i32,
        now: Timestamp,
    ) -> Result<Principal, SessionError> {
        self.check(snapshot, version, now)?;
        Ok(Principal::of(snapshot))
    }

    /// Whether the session is good.
    fn check(&self, snapshot: &SessionSnapshot, version: i32, now: Timestamp) -> Result<(), SessionError> {
        // Only a session that may fall idle is asked what it did last.
        let id = snapshot.session.id;
        let pending = if snapshot.session.long_lived { None } else { self.seen(id) };
        if snapshot.admits_seen(version, pending, now) {
            Ok(())
        } else {
            Err(SessionError::InvalidAccessToken)
        }
    }

    /// A token of another issuer, if any is accepted. One that is not is as bad as any other.
    async fn by_guest(&self, token: &str, now: Timestamp) -> Result<Principal, SessionError> {
        let guests = self.guests.as_ref().ok_or(SessionError::InvalidAccessToken)?;
        guests.holder(token, now).await?.ok_or(SessionError::InvalidAccessToken)
    }

    /// The session's latest request that is not yet written.
    pub(super) fn seen(&self, session: SessionId) -> Option<Timestamp> {
        self.activity.pending(session).map(|Activity { last_seen, .. }| last_seen)
    }
}

fn refused(_: InvalidAccessToken) -> SessionError {
    SessionError::InvalidAccessToken
}
