//! Makes an API key.

use chrono::TimeDelta;
use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    id::SessionId,
    identity::{ApiKeyName, AuditAction, IpNet, Scopes},
};
use serde_json::json;

use super::{ApiKeyError, ApiKeys, MadeKey, make::Wanted};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A key wanted.
#[derive(Debug)]
pub struct CreateApiKey {
    /// Its name.
    pub name: ApiKeyName,
    /// What it may do; not nothing.
    pub scopes: Scopes,
    /// Days it lives, within [`ApiKeyTerms::DAYS`](dashtam_domain::identity::ApiKeyTerms::DAYS).
    pub days: u32,
    /// Where it may be used, at most [`ApiKeyTerms::MOST_NETWORKS`](dashtam_domain::identity::ApiKeyTerms::MOST_NETWORKS);
    /// empty: everywhere.
    pub networks: Vec<IpNet>,
}

request!(CreateApiKey, "api_keys.create", Access::User(Needs::own().fresh()));

impl ApiKeys {
    /// Makes the key and tells its owner by mail.
    #[tracing::instrument(name = "api_keys.create", skip_all)]
    pub async fn create(
        &self,
        call: &Call,
        request: CreateApiKey,
        present: Present<MadeKey>,
    ) -> Result<MadeKey, ApiKeyError> {
        let owner = authorize::<CreateApiKey>(call)?.user;
        let CreateApiKey { name, scopes, days, networks } = request;
        let version = self.global_version().await?;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let user = work.users().find(owner).await?.ok_or(AccessDenied::Anonymous)?;
        let id = SessionId(self.sources.ids.next());
        let (label, life) = (Some(name.into_label()), TimeDelta::days(days.into()));
        let made = self.draw(call, &user, version, Wanted { id, label, scopes, networks, life })?;
        let details = json!({"key": id.to_string(), "scopes": scopes.to_text()});
        self.store(call, &mut *work, &made, AuditAction::ApiKeyCreated, details).await?;
        once::finish(call, &mut *work, &made, present).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(made)
    }
}
