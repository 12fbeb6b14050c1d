//! Mails about sessions: a client nobody knew, and a credential that was used twice.

use dashtam_domain::{
    delivery::mail::{ClientNote, MailContent},
    id::{SessionId, UserId},
    identity::{OneTimeToken, Purpose, Session},
    secret::{OpaqueSecret, SecretKind},
    time::Timestamp,
};
use url::Url;

use super::Delivery;
use crate::errors::CommonError;

impl Delivery {
    /// What to write about a sign-in by an unknown client; nothing when the session is gone.
    pub(super) async fn new_client(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<MailContent>, CommonError> {
        let Some(found) = self.queries.session(session).await? else { return Ok(None) };
        let client = note(&found.session, found.session.created_at);
        Ok(Some(MailContent::NewClient { client, not_me: self.not_me_link(user, session).await? }))
    }

    /// What to write about a session that was ended because its refresh token came back.
    pub(super) async fn refresh_reused(
        &self,
        session: SessionId,
        at: Timestamp,
    ) -> Result<Option<MailContent>, CommonError> {
        let Some(found) = self.queries.session(session).await? else { return Ok(None) };
        let reset = self.policy.page("reset-password");
        Ok(Some(MailContent::RefreshReused { client: note(&found.session, at), reset }))
    }

    /// A fresh token, made only now so that none is ever stored; earlier ones of the user stop working.
    async fn not_me_link(&self, user: UserId, session: SessionId) -> Result<Url, CommonError> {
        let token = OpaqueSecret::from_bytes(SecretKind::NotMe, &self.sources.randomness.bytes());
        let now = self.sources.clock.now();
        let mut work = self.store.begin().await?;
        work.one_time_tokens()
            .replace(&OneTimeToken {
                hash: token.hash(),
                user,
                purpose: Purpose::NotMe,
                subject: Some(session.to_string()),
                created_at: now,
                expires_at: now.plus(self.policy.not_me),
            })
            .await?;
        work.commit().await?;
        let mut link = self.policy.page("not-me");
        link.query_pairs_mut().append_pair("token", token.expose());
        Ok(link)
    }
}

fn note(session: &Session, at: Timestamp) -> ClientNote {
    ClientNote {
        at,
        device: session.device.clone(),
        location: session.location.clone(),
        address: session.address,
    }
}
