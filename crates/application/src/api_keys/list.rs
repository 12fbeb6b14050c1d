//! Lists the caller's API keys.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Session,
};

use super::{ApiKeyError, ApiKeys};
use crate::request::{authorize, request};

/// All of them.
#[derive(Debug)]
pub struct ListApiKeys;

request!(ListApiKeys, "api_keys.list", Access::User(Needs::own()));

impl ApiKeys {
    /// The caller's keys that work now, the newest first. There are at most
    /// [`ApiKeyTerms::MOST`](dashtam_domain::identity::ApiKeyTerms::MOST).
    pub async fn list(&self, call: &Call, _request: ListApiKeys) -> Result<Vec<Session>, ApiKeyError> {
        let owner = authorize::<ListApiKeys>(call)?.user;
        let keys = self.queries.api_keys(owner, call.now).await?;
        Ok(keys.into_iter().map(|key| self.with_activity(key)).collect())
    }

    fn with_activity(&self, key: Session) -> Session {
        let pending = self.activity.pending(key.id);
        key.with_activity(pending)
    }
}
