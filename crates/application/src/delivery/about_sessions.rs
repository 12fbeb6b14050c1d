//! Mails about sessions: a client nobody knew, and a credential that was used twice.

use dashtam_domain::{
    delivery::{
        OutboxItem,
        mail::{ClientNote, MailContent},
    },
    event::DomainEvent,
    id::SessionId,
    identity::{Purpose, Session},
    secret::SecretKind,
    time::Timestamp,
};
use url::Url;

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
        Ok(Some(MailContent::NewClient { client, not_me: self.not_me(session, links) }))
    }

    /// What to write about another client that goes on with a session; nothing when the session is gone or has ended.
    pub(super) async fn other_client(
        &self,
        item: &OutboxItem,
        links: &mut Links<'_>,
    ) -> Result<Option<MailContent>, CommonError> {
        let DomainEvent::OtherClient { session, device, location, address, .. } = &item.event else {
            return Ok(None);
        };
        let found = self.queries.session(*session).await?;
        let Some(found) = found.filter(|found| found.session.ended.is_none()) else { return Ok(None) };
        let began = note(&found.session, found.session.created_at);
        let (device, location) = (device.clone(), location.clone());
        let client = ClientNote { at: item.created_at, device, location, address: *address };
        Ok(Some(MailContent::OtherClient { began, client, not_me: self.not_me(*session, links) }))
    }

    /// The link that ends a session its owner does not know.
    fn not_me(&self, session: SessionId, links: &mut Links<'_>) -> Url {
        let end = self.sources.clock.now().plus(self.policy.not_me);
        links.with_token("not-me", SecretKind::NotMe, Purpose::NotMe, end, Some(session.to_string()))
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
