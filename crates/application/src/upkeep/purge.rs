//! Removes what was outlived.

use dashtam_domain::{access::Access, call::Call, retention::Outlived};

use super::Upkeep;
use crate::{errors::CommonError, request::request};

/// A purge of everything that has had its time.
#[derive(Debug)]
pub struct Purge;

request!(Purge, "upkeep.purge", Access::System);

impl Upkeep {
    /// Removes, batch by batch, what was kept for long enough; how many rows. Purges of several replicas share the
    /// work, whenever they run: each row is removed by one.
    #[tracing::instrument(name = "upkeep.purge", skip_all)]
    pub async fn purge(&self, call: &Call, _request: Purge) -> Result<u64, CommonError> {
        call.permits(Access::System)?;
        let mut total = 0;
        for what in Outlived::ALL {
            let (mut removed, most) = (0, what.at_once());
            loop {
                let mut work = self.store.begin().await?;
                let batch = work.retention().remove(what, call.now, most).await?;
                work.commit().await?;
                removed += batch;
                if batch < u64::from(most) {
                    break;
                }
            }
            if removed > 0 {
                tracing::info!(?what, removed, "outlived rows were removed");
            }
            total += removed;
        }
        Ok(total)
    }
}
