//! Stores what was counted since the last time.

use dashtam_domain::{access::Access, call::Call, id::DenialId, rate_limit::DenialCount, time::Timestamp};

use super::{Counted, Counts, Group, MINUTE_MICROS, RateLimitDenials, add};
use crate::{errors::CommonError, request::request};

/// A round of storing.
#[derive(Debug)]
pub struct StoreDenials;

request!(StoreDenials, "limits.store_denials", Access::System);

impl RateLimitDenials {
    /// Stores one row per rule, subject and minute; how many. If that fails, the counts are kept for the next round.
    #[tracing::instrument(name = "limits.store_denials", skip_all)]
    pub async fn store_denials(&self, call: &Call, _request: StoreDenials) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let taken: Counts = std::mem::take(&mut *self.counts());
        if taken.is_empty() {
            return Ok(0);
        }
        let rows: Vec<DenialCount> = taken.iter().map(|(group, counted)| self.row(group, counted)).collect();
        let stored = async {
            let mut work = self.store.begin().await?;
            work.denials().append(&rows, call.now).await?;
            work.commit().await?;
            Ok(rows.len())
        };
        let stored: Result<usize, CommonError> = stored.await;
        if stored.is_err() {
            let mut counts = self.counts();
            taken.into_iter().for_each(|(group, counted)| add(&mut counts, group, counted));
        }
        stored
    }

    fn row(&self, group: &Group, counted: &Counted) -> DenialCount {
        let Counted { first, count } = counted;
        let identifier =
            group.hash.map(|hash| format!("{}:{:032x}", first.subject.kind(), u128::from_be_bytes(hash)));
        DenialCount {
            id: DenialId(self.sources.ids.next()),
            rule: first.rule,
            endpoint: format!("{} {}", first.method, first.route),
            address: first.address.filter(|_| identifier.is_some()),
            identifier,
            limit: first.rate.burst(),
            window_seconds: first.rate.window_seconds(),
            count: *count,
            // The beginning of a minute that the clock has shown is an instant.
            minute: Timestamp::from_micros(group.minute * MINUTE_MICROS).unwrap_or(first.at),
        }
    }
}
