//! Credentials that work: refreshed before they end, by one caller at a time across all processes, and stored
//! before they are used.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use dashtam_domain::{
    call::Call,
    connections::{
        Connection, ConnectionQueries, ConnectionState, Credentials, Linking, Provider, ProviderError,
        RefreshRight, SealedCredentials,
    },
    identity::{AuditAction, AuditLine, FieldCipher},
    secret::SealError,
    sources::Sources,
    store::Store,
};
use serde_json::{Value, json};

use super::{Unreadable, expiry::expire, vault};
use crate::errors::{CommonError, has_common_errors};

/// How long a refresher may be silent before another may try; longer than any provider call takes.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How often a caller looks whether somebody else's refresh has ended.
const GLANCE: Duration = Duration::from_millis(100);

/// Why there are no usable credentials. What the connection has to remember of it is stored already.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    /// The institution did not give new ones.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// No key opens the stored ones.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

has_common_errors!(KeepError);

/// When credentials are refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// When the access token has ended or will within five minutes.
    WhenDue,
    /// In any case, unless somebody did within this time.
    UnlessWithin(TimeDelta),
    /// When the access token ends within this time.
    EndsWithin(TimeDelta),
    /// The institution refused the credentials of this revision: whatever is newer is good.
    NewerThan(i32),
}

impl Need {
    fn met_by(self, sealed: &SealedCredentials, now: dashtam_domain::time::Timestamp) -> bool {
        match self {
            Self::WhenDue => !sealed.needs_refresh(now),
            Self::UnlessWithin(time) => sealed.last_refreshed_at.is_some_and(|at| now.is_within(time, at)),
            Self::EndsWithin(time) => sealed.expires_at.is_none_or(|end| end.since(now) > time),
            Self::NewerThan(revision) => sealed.revision > revision,
        }
    }
}

/// Keeps connections' credentials usable.
pub(crate) struct Keeper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn ConnectionQueries>,
    pub(crate) sources: Sources,
    pub(crate) cipher: Arc<dyn FieldCipher>,
}

/// Usable credentials and the revision they were stored as.
pub(crate) struct Usable {
    pub(crate) credentials: Credentials,
    pub(crate) revision: i32,
    pub(crate) refreshed: Refreshed,
}

/// What was done to have usable credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// The institution gave new ones to this caller, or to another that this one waited for.
    Now,
    /// Nothing: somebody refreshed them a moment ago, or they last.
    NotNeeded,
    /// Nothing: this connection's credentials are not of the kind that is refreshed.
    NotRefreshable,
}

impl Keeper {
    /// The connection's credentials, refreshed if there is need. Of many callers one refreshes; the others wait
    /// for it and get what it stored.
    pub(crate) async fn usable(
        &self,
        call: &Call,
        connection: &Connection,
        provider: &dyn Provider,
        need: Need,
    ) -> Result<Usable, KeepError> {
        let give_up = self.sources.clock.now().plus(LEASE);
        let mut waited_for = None;
        loop {
            let found = self.queries.credentials(connection.owner, connection.id).await?;
            let sealed = found.ok_or(ProviderError::NeedsReauthorization)?;
            let now = self.sources.clock.now();
            let current = match vault::open(&*self.cipher, &sealed) {
                Ok(current) => current,
                Err(SealError::Open) => {
                    let call = Call { now, ..call.clone() };
                    self.store_unreadable(&call, connection, sealed.revision).await?;
                    return Err(Unreadable.into());
                }
                Err(error) => return Err(error.into()),
            };
            let usable =
                |refreshed| Ok(Usable { credentials: current.clone(), revision: sealed.revision, refreshed });
            let refreshable = match provider.linking() {
                Linking::OAuth(link) if sealed.refresh_token.is_some() => Some(link),
                _ => None,
            };
            if need.met_by(&sealed, now) {
                // Who waited got what another's refresh stored.
                return usable(waited_for.map_or(Refreshed::NotNeeded, |_| Refreshed::Now));
            }
            let Some(link) = refreshable else {
                // Nothing can be refreshed: fine while the credentials last, the end when they were refused.
                let over = matches!(need, Need::NewerThan(_)) || sealed.is_expired(now);
                return if over {
                    Err(ProviderError::NeedsReauthorization.into())
                } else {
                    usable(Refreshed::NotRefreshable)
                };
            };
            let mut work = self.store.begin().await?;
            let until = now.plus(LEASE);
            let right = work.credentials().claim_refresh(connection.id, sealed.revision, now, until).await?;
            if let Some(right) = right {
                if waited_for == Some(sealed.revision) && right == RefreshRight::Free {
                    // The one we waited for failed a moment ago; asking again at once would be a storm.
                    return Err(ProviderError::Unavailable.into());
                }
                work.commit().await?;
                let refreshed = link.refresh(&current, now).await;
                let call = Call { now: self.sources.clock.now(), ..call.clone() };
                return match refreshed {
                    Ok(fresh) => {
                        // A synchronisation that needed it forgives only when it ends well itself: otherwise an
                        // institution that refreshes and then fails would never have three failures in a row.
                        let forgive = matches!(need, Need::UnlessWithin(_));
                        self.store_refreshed(&call, connection, sealed, &current, fresh, forgive).await
                    }
                    Err(error) => {
                        self.note_failure(&call, connection, &error).await?;
                        Err(error.into())
                    }
                };
            }
            drop(work);
            if now > give_up {
                return Err(ProviderError::Unavailable.into());
            }
            waited_for = Some(sealed.revision);
            self.sources.timer.sleep(GLANCE).await;
        }
    }

    /// What the institution left out of its answer stays as it was; the grant's own deadline too.
    async fn store_refreshed(
        &self,
        call: &Call,
        connection: &Connection,
        sealed: SealedCredentials,
        before: &Credentials,
        fresh: Credentials,
        forgive: bool,
    ) -> Result<Usable, KeepError> {
        let rotation = match (&fresh.refresh_token, &before.refresh_token) {
            (None, _) => "not_included",
            (Some(new), Some(old)) if new.expose() == old.expose() => "same_token_returned",
            (Some(_), _) => "rotated",
        };
        let mut next =
            vault::seal(&*self.cipher, &fresh, connection.id, connection.owner, Some(sealed), call.now)?;
        next.last_refreshed_at = Some(call.now);
        next.refresh_count += 1;
        let details = json!({
            "refresh_count": next.refresh_count,
            "token_rotated": rotation == "rotated",
            "rotation_type": rotation,
        });
        let mut work = self.store.begin().await?;
        // The connection before its credentials, as everywhere: two that took them in different order would
        // wait for each other.
        let stored = match forgive {
            true => work.connections().find(connection.owner, connection.id).await?,
            false => None,
        };
        work.credentials().put(&mut next).await?;
        if let Some(mut stored) = stored {
            stored.refreshed(call.now);
            work.connections().update(&mut stored).await?;
        }
        work.note(&self.sources, call, line_about(connection, AuditAction::TokenRefreshed, details)).await?;
        work.commit().await?;
        let credentials = vault::open(&*self.cipher, &next)?;
        Ok(Usable { credentials, revision: next.revision, refreshed: Refreshed::Now })
    }

    /// Count, message, state and audit row are stored together, whatever the caller answers.
    async fn note_failure(
        &self,
        call: &Call,
        connection: &Connection,
        error: &ProviderError,
    ) -> Result<(), KeepError> {
        let message = error.to_string();
        let mut work = self.store.begin().await?;
        let stored = work.connections().find(connection.owner, connection.id).await?;
        work.credentials().release_refresh(connection.id).await?;
        // Removed or given up meanwhile: there is nothing left to fail.
        let Some(mut stored) = stored.filter(|stored| stored.state != ConnectionState::Revoked) else {
            return Ok(work.commit().await?);
        };
        match error {
            ProviderError::NeedsReauthorization => {
                expire(&mut *work, &self.sources, &mut stored, &message, call.now).await?;
            }
            _ => stored.refresh_failed(&message, call.now),
        }
        work.connections().update(&mut stored).await?;
        let details = json!({"error": message, "error_count": stored.error_count});
        let line = line_about(connection, AuditAction::TokenRefreshFailed, details);
        work.note(&self.sources, call, line).await?;
        Ok(work.commit().await?)
    }
}

/// A line about a connection; every one names its provider and alias.
pub(crate) fn line_about(connection: &Connection, action: AuditAction, mut details: Value) -> AuditLine {
    details["provider_key"] = json!(connection.provider.as_str());
    details["alias"] = json!(connection.alias.as_str());
    AuditLine::new(action, connection.owner).about(connection.id).with(details)
}
