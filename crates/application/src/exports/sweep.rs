//! Removes what is left of exports that expired, were given up or were removed.

use dashtam_domain::{access::Access, call::Call, retention::Outlived};

use super::Exports;
use crate::{errors::CommonError, request::request};

/// Everything that has had its time.
#[derive(Debug)]
pub struct SweepExports;

request!(SweepExports, "exports.sweep", Access::System);

impl Exports {
    /// Removes the files and then the exports themselves, in batches; how many rows. Files hold what people have, and go without
    /// waiting for the purge of the day.
    #[tracing::instrument(name = "exports.sweep", skip_all)]
    pub async fn sweep(&self, call: &Call, _request: SweepExports) -> Result<u64, CommonError> {
        call.permits(Access::System)?;
        let mut total = 0;
        for what in [Outlived::ExportChunks, Outlived::Exports] {
            let most = what.at_once();
            loop {
                let mut work = self.store.begin().await?;
                let removed = work.retention().remove(what, call.now, most).await?;
                work.commit().await?;
                total += removed;
                if removed < u64::from(most) {
                    break;
                }
            }
        }
        Ok(total)
    }
}
