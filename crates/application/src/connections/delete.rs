//! Removes a connection with its data; the audit trail stays.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ConnectionId,
    identity::{AuditAction, AuditLine},
};
use serde_json::json;

use super::{ConnectionError, Connections};
use crate::{
    authorization::vault,
    reconciliations::dissolve,
    request::{authorize, request},
    transfers::release,
};

/// Which instance.
#[derive(Debug)]
pub struct DeleteConnection {
    /// Its id.
    pub connection: ConnectionId,
}

request!(DeleteConnection, "connections.delete", Access::User(Needs::connection()));

impl Connections {
    /// Removes the instance, its credentials, accounts and transactions, then asks the institution to forget
    /// the grant. That last step is a courtesy: when it fails, the instance is gone all the same.
    #[tracing::instrument(name = "connections.delete", skip_all, fields(connection.id = %request.connection))]
    pub async fn delete(&self, call: &Call, request: DeleteConnection) -> Result<(), ConnectionError> {
        let owner = authorize::<DeleteConnection>(call)?.user;

        let mut work = self.store.begin().await?;
        let found = work.connections().find(owner, request.connection).await?;
        let connection = found.ok_or(ConnectionError::NotFound)?;
        let sealed = work.credentials().find(connection.id).await?;
        for account in work.accounts().of_connection(owner, connection.id).await? {
            release(&mut *work, owner, account.id, call.now).await?;
            // What the account is one with from other sources stays, and is told by those alone again.
            if account.is_linked() {
                dissolve(&mut *work, &account, call.now).await?;
            }
        }
        work.connections().delete(owner, connection.id).await?;
        let line = AuditLine::new(AuditAction::ConnectionRevoked, owner).about(connection.id).with(json!({
            "provider_key": connection.provider.as_str(),
            "alias": connection.alias.as_str(),
            "deleted": true,
        }));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;

        if let (Some(sealed), Some(provider)) = (sealed, self.catalogue.get(&connection.provider)) {
            vault::revoke(&*self.cipher, &sealed, &**provider).await;
        }
        Ok(())
    }
}
