//! Mails about sessions: a client nobody knew, and a credential that was used twice.

use dashtam_domain::{
    delivery::mail::{ClientNote, MailContent},
    id::SessionId,
    identity::{Purpose, Session},
    secret::SecretKind,
    time::Timestamp,
};

use super::{Delivery, links::Links};
use crate::errors::CommonError;

impl Delivery {
    /// What to write about a sign-in by an unknown client; nothing when the session is gone.
    pub(super) async fn new_client(
        &self,
        session: SessionId,
        links: &mut Links<'_>,
    ) -> Result<Option<MailContent>, CommonError> {
        let Some(found) = self.queries.session(session).await? else { return Ok(None) };
        let client = note(&found.session, found.session.created_at);
        let end = self.sources.clock.now().plus(self.policy.not_me);
        let subject = Some(session.to_string());
        let not_me = links.with_token("not-me", SecretKind::NotMe, Purpose::NotMe, end, subject);
        Ok(Some(MailContent::NewClient { client, not_me }))
    }

    /// What to write about a session that was ended because its refresh token came back.
    pub(super) async fn refresh_reused(
        &self,
        session: SessionId,
        at: Timestamp,
    ) -> Result<Option<MailContent>, CommonError> {
        let Some(found) = self.queries.session(session).await? else { return Ok(None) };
        let reset = self.policy.page("forgot-password");
        Ok(Some(MailContent::RefreshReused { client: note(&found.session, at), reset }))
    }
}

pub(super) fn note(session: &Session, at: Timestamp) -> ClientNote {
    ClientNote {
        at,
        device: session.device.clone(),
        location: session.location.clone(),
        address: session.address,
    }
}
