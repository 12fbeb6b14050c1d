//! Credentials that work: refreshed before they end, and the new ones stored before they are used.

use dashtam_domain::{
    call::Call,
    connections::{Connection, Credentials, Linking, Provider, ProviderError, SealedCredentials},
    identity::AuditAction,
};
use serde_json::json;

use super::{Sync, SyncError};
use crate::authorization::vault;

impl Sync {
    /// The connection's credentials, refreshed if they end within five minutes or if `force` is set.
    ///
    /// One refresh at a time: only the run that holds the connection's lease comes here.
    pub(super) async fn usable_credentials(
        &self,
        connection: &Connection,
        provider: &dyn Provider,
        force: bool,
    ) -> Result<Credentials, SyncError> {
        let found = self.queries.credentials(connection.owner, connection.id).await?;
        let sealed = found.ok_or(ProviderError::NeedsReauthorization)?;
        let current = vault::open(&*self.cipher, &sealed)?;
        let now = self.sources.clock.now();
        if !force && !sealed.needs_refresh(now) {
            return Ok(current);
        }
        if current.refresh_token.is_none() {
            return if force || sealed.is_expired(now) {
                Err(ProviderError::NeedsReauthorization.into())
            } else {
                Ok(current)
            };
        }
        let Linking::OAuth(link) = provider.linking() else { return Ok(current) };
        let refreshed = link.refresh(&current, now).await;
        let call = Call::system(self.sources.clock.now());
        match refreshed {
            Ok(fresh) => self.store_refreshed(&call, connection, sealed, &current, fresh).await,
            Err(error) => {
                let details = json!({"error": error.to_string(), "error_count": connection.error_count + 1});
                let mut work = self.store.begin().await?;
                self.append(&mut *work, &call, connection, AuditAction::TokenRefreshFailed, details).await?;
                work.commit().await?;
                Err(error.into())
            }
        }
    }

    async fn store_refreshed(
        &self,
        call: &Call,
        connection: &Connection,
        sealed: SealedCredentials,
        before: &Credentials,
        fresh: Credentials,
    ) -> Result<Credentials, SyncError> {
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
        work.credentials().put(&mut next).await?;
        self.append(&mut *work, call, connection, AuditAction::TokenRefreshed, details).await?;
        work.commit().await?;
        Ok(vault::open(&*self.cipher, &next)?)
    }
}
