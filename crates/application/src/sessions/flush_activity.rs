//! Writes what sessions did since the last time.

use dashtam_domain::{access::Access, call::Call, identity::Activity, store::StoreError};

use super::{SessionError, Sessions};
use crate::request::request;

/// A round of writing.
#[derive(Debug)]
pub struct FlushActivity;

request!(FlushActivity, "sessions.flush_activity", Access::System);

impl Sessions {
    /// Writes everything gathered, in batches; of how many sessions. What could not be written is kept for the next
    /// round.
    pub async fn flush_activity(&self, call: &Call, _request: FlushActivity) -> Result<usize, SessionError> {
        call.permits(Access::System)?;
        let taken = self.activity.take();
        if taken.is_empty() {
            return Ok(0);
        }
        match self.write_activity(&taken).await {
            Ok(()) => Ok(taken.len()),
            Err(error) => {
                self.activity.give_back(taken);
                Err(error.into())
            }
        }
    }

    async fn write_activity(&self, activities: &[Activity]) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        work.sessions().record_activity(activities).await?;
        work.commit().await
    }
}
