//! Stored credentials that no key opens: a state of the connection, which its owner can mend by linking again.

use dashtam_domain::{
    call::Call,
    connections::{Connection, ConnectionState},
    identity::AuditAction,
    sources::Sources,
    store::{StoreError, UnitOfWork},
};
use serde_json::json;

use super::{
    expiry::expire,
    keeper::{Keeper, line_about},
};
use crate::errors::CommonError;

/// No key of this installation opens what is stored of an authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The stored authorization can no longer be read, because this installation has lost the key it was encrypted \
     with. Link the account again."
)]
pub struct Unreadable;

/// The connection needs its owner: it is expired, which is told once by a mail and a line of the trail. Whether
/// anything changed; who gave it up, or knows already, has nothing to learn.
pub(crate) async fn note_unreadable(
    work: &mut dyn UnitOfWork,
    sources: &Sources,
    call: &Call,
    connection: &mut Connection,
) -> Result<bool, StoreError> {
    if matches!(connection.state, ConnectionState::Revoked | ConnectionState::Expired) {
        return Ok(false);
    }
    let message = Unreadable.to_string();
    expire(work, sources, connection, &message, call.now).await?;
    work.connections().update(connection).await?;
    let details = json!({"error": message, "error_count": connection.error_count});
    work.note(sources, call, line_about(connection, AuditAction::ConnectionError, details)).await?;
    tracing::error!(connection.id = %connection.id, "no key opens the credentials; the account has to be linked again");
    Ok(true)
}

impl Keeper {
    /// Stores that the credentials of this revision cannot be read, unless others have taken their place.
    pub(crate) async fn store_unreadable(
        &self,
        call: &Call,
        connection: &Connection,
        revision: i32,
    ) -> Result<(), CommonError> {
        let mut work = self.store.begin().await?;
        let Some(mut stored) = work.connections().find(connection.owner, connection.id).await? else {
            return Ok(());
        };
        let present = work.credentials().find(connection.id).await?;
        if present.is_none_or(|present| present.revision != revision) {
            return Ok(());
        }
        if note_unreadable(&mut *work, &self.sources, call, &mut stored).await? {
            work.commit().await?;
        }
        Ok(())
    }
}
