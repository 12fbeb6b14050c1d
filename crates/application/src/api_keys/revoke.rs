//! Ends an API key.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::SessionId,
    identity::{AuditAction, AuditLine, EndReason, Transport},
};
use serde_json::json;

use super::{ApiKeyError, ApiKeys};
use crate::request::{authorize, request};

/// A key to end.
#[derive(Debug)]
pub struct RevokeApiKey {
    /// The key it is about.
    pub key: SessionId,
}

request!(RevokeApiKey, "api_keys.revoke", Access::User(Needs::own()));

impl ApiKeys {
    /// Ends the key; it stops at once. A session that is no key is not there.
    #[tracing::instrument(name = "api_keys.revoke", skip_all)]
    pub async fn revoke(&self, call: &Call, request: RevokeApiKey) -> Result<(), ApiKeyError> {
        let owner = authorize::<RevokeApiKey>(call)?.user;
        let RevokeApiKey { key } = request;
        let mut work = self.store.begin().await?;
        let found = work.sessions().find(key).await?;
        let is_key = found.is_some_and(|found| found.session.transport == Transport::ApiKey);
        if !is_key || !work.sessions().end(owner, key, EndReason::Revoked, call.now).await? {
            return Err(ApiKeyError::NotFound);
        }
        let line = AuditLine::new(AuditAction::ApiKeyRevoked, owner).with(json!({"key": key.to_string()}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        self.cache.forget(key);
        Ok(())
    }
}
