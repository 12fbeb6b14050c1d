//! Takes a message that an institution sends of its own accord.

use dashtam_domain::{
    access::Access,
    call::Call,
    connections::{Hint, HintMessage, ProviderKey},
};

use super::{Sync, SyncError};
use crate::request::request;

/// The message, and whose address it came to.
#[derive(Debug)]
pub struct TakeHint {
    /// The institution.
    pub provider: ProviderKey,
    /// What came in.
    pub message: HintMessage,
}

request!(TakeHint, "sync.take_hint", Access::Public);

impl Sync {
    /// Has the message proven, and makes the connection that it is about due at once. What it says of the connection is asked
    /// for and not believed; and nobody learns from the answer whether a grant is known here.
    #[tracing::instrument(name = "sync.take_hint", skip_all, fields(provider = request.provider.as_str()))]
    pub async fn take_hint(&self, call: &Call, request: TakeHint) -> Result<(), SyncError> {
        call.permits(Access::Public)?;
        let TakeHint { provider, message } = request;
        let found = self.catalogue.get(&provider);
        let found = found.filter(|found| found.descriptor().missing_configuration.is_none());
        let feed = found.and_then(|found| found.hints()).ok_or(SyncError::NoHints)?;
        let Hint::News(grant) = feed.read(&message, call.now).await? else { return Ok(()) };
        let mut work = self.store.begin().await?;
        let Some(mut connection) = work.connections().of_grant(&provider, &grant).await? else {
            tracing::debug!("a message is about a grant that is not known");
            work.roll_back().await;
            return Ok(());
        };
        connection.has_news(call.now);
        work.connections().update(&mut connection).await?;
        work.commit().await?;
        tracing::debug!(connection.id = %connection.id, "the institution has news");
        self.signal.ring();
        Ok(())
    }
}
