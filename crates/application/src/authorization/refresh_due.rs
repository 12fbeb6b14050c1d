//! Refreshes access tokens before anybody has to wait for it.

use dashtam_domain::{access::Access, call::Call, connections::SealedCredentials};

use super::{
    Authorization,
    keeper::{KeepError, Need},
};
use crate::{errors::CommonError, request::request};

/// How many one round takes: they are refreshed one after the other, and the rest is left to other workers.
const BATCH: u32 = 5;

/// A round of proactive refreshes.
#[derive(Debug)]
pub struct RefreshDue;

request!(RefreshDue, "authorization.refresh_due", Access::System);

impl Authorization {
    /// Refreshes the tokens that end within ten minutes of connections that are in use. It is tried once per token:
    /// what fails, or is cut off, is left to the next use of the connection, so that an institution that is down
    /// is not asked again and again. What a failure means is remembered where it happens. Answers with how many
    /// were taken.
    #[tracing::instrument(name = "authorization.refresh_due", skip_all)]
    pub async fn refresh_due(&self, call: &Call, _request: RefreshDue) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let mut work = self.store.begin().await?;
        let due = work.credentials().take_due_refreshes(call.now, BATCH).await?;
        if due.is_empty() {
            return Ok(0);
        }
        work.commit().await?;
        for (owner, id) in &due {
            let Some(found) = self.queries.connection(*owner, *id).await? else { continue };
            let connection = found.connection;
            let call = Call::system(self.sources.clock.now());
            let Ok(provider) = self.provider(&connection.provider) else { continue };
            if !connection.is_in_use(call.now) {
                continue;
            }
            // Nothing is done by itself for who may not use the account.
            let owner = self.identity.user(*owner).await?;
            if !owner.is_some_and(|owner| owner.is_usable(call.now)) {
                continue;
            }
            let need = Need::EndsWithin(SealedCredentials::AHEAD);
            match self.keeper.usable(&call, &connection, provider, need).await {
                Ok(_) => {}
                Err(KeepError::Provider(error)) => {
                    tracing::warn!(connection.id = %id, %error, "a proactive refresh failed");
                }
                Err(KeepError::Unreadable(error)) => {
                    tracing::warn!(connection.id = %id, %error, "a proactive refresh was not possible");
                }
                Err(KeepError::Common(error)) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(connection.id = %id, error, "a proactive refresh broke");
                }
            }
        }
        Ok(due.len())
    }
}
