//! Makes a key that takes the place of another.

use chrono::TimeDelta;
use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    id::SessionId,
    identity::{AuditAction, Session},
};
use serde_json::json;

use super::{ApiKeyError, ApiKeys, MadeKey, make::Wanted};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A key to be replaced.
#[derive(Debug)]
pub struct RotateApiKey {
    /// The key it is about.
    pub key: SessionId,
    /// Hours for which it goes on beside the new one, within
    /// [`ApiKeyTerms::GRACE_HOURS`](dashtam_domain::identity::ApiKeyTerms::GRACE_HOURS); 0: it ends at once.
    pub grace_hours: u32,
}

request!(RotateApiKey, "api_keys.rotate", Access::User(Needs::own().fresh()));

impl ApiKeys {
    /// Makes a key of the same name, scopes and networks that lives as long from now as the first one did. That one
    /// ends when the grace is over, never later than it would have. A key is replaced once.
    #[tracing::instrument(name = "api_keys.rotate", skip_all)]
    pub async fn rotate(
        &self,
        call: &Call,
        request: RotateApiKey,
        present: Present<MadeKey>,
    ) -> Result<MadeKey, ApiKeyError> {
        let owner = authorize::<RotateApiKey>(call)?.user;
        let RotateApiKey { key, grace_hours } = request;
        let version = self.global_version().await?;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        // The user first, as whoever makes a key does.
        let user = work.users().find(owner).await?.ok_or(AccessDenied::Anonymous)?;
        let found =
            work.sessions().find(key).await?.filter(|found| {
                found.user.id == owner && found.admits(found.session.token_version, call.now)
            });
        let Session { created_at, expires_at, label, key: terms, .. } =
            found.ok_or(ApiKeyError::NotFound)?.session;
        let terms = terms.ok_or(ApiKeyError::NotFound)?;
        let id = SessionId(self.sources.ids.next());
        let until = (grace_hours > 0).then(|| call.now.plus(TimeDelta::hours(grace_hours.into())));
        if !work.sessions().replace_key(owner, key, id, until, call.now).await? {
            return Err(ApiKeyError::Replaced);
        }
        let (scopes, networks, life) = (terms.scopes, terms.networks, expires_at.since(created_at));
        let made = self.draw(call, &user, version, Wanted { id, label, scopes, networks, life })?;
        let details = json!({
            "key": id.to_string(), "replaces": key.to_string(), "grace_hours": grace_hours,
            "scopes": scopes.to_text(),
        });
        self.store(call, &mut *work, &made, AuditAction::ApiKeyRotated, details).await?;
        once::finish(call, &mut *work, &made, present).await?;
        work.commit().await?;
        self.cache.forget(key);
        self.signal.ring();
        Ok(made)
    }
}
