//! Mails about API keys. They never hold a key.

use dashtam_domain::{
    delivery::mail::MailContent,
    id::SessionId,
    identity::{Session, SessionLabel},
    time::Timestamp,
};

use super::{Delivery, about_sessions::note};
use crate::errors::CommonError;

impl Delivery {
    /// What to write about a new key; nothing when it is gone for good.
    pub(super) async fn api_key_created(&self, key: SessionId) -> Result<Option<MailContent>, CommonError> {
        let Some(found) = self.queries.session(key).await? else { return Ok(None) };
        let (name, client) = (name(&found.session), note(&found.session, found.session.created_at));
        Ok(Some(MailContent::ApiKeyCreated { name, client, manage: self.policy.page("api-keys") }))
    }

    /// What to write about a key that ends at `at`; nothing when it has ended or been replaced meanwhile.
    pub(super) async fn api_key_expiring(
        &self,
        key: SessionId,
        at: Timestamp,
    ) -> Result<Option<MailContent>, CommonError> {
        let Some(found) = self.queries.session(key).await? else { return Ok(None) };
        let session = &found.session;
        let replaced = session.key.as_ref().is_none_or(|key| key.replaced_by.is_some());
        if replaced || session.expires_at != at || !session.is_valid(self.sources.clock.now()) {
            return Ok(None);
        }
        let manage = self.policy.page("api-keys");
        Ok(Some(MailContent::ApiKeyExpiring { name: name(session), at, manage }))
    }
}

fn name(key: &Session) -> String {
    key.label.as_ref().map(SessionLabel::as_str).unwrap_or_default().to_owned()
}
