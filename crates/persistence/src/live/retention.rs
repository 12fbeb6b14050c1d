//! Events that have had their time. The number of the last one that goes is written first, so that nobody who reads
//! meanwhile takes what is left for everything.

use std::sync::LazyLock;

use dashtam_domain::{
    id::UserId, record::Record, retention::LIVE_EVENTS_MOST, store::StoreError, time::Timestamp,
};
use uuid::Uuid;

use crate::{
    cells::{Cells, Entry, FromRow},
    unit_of_work::SeaUnitOfWork,
};

/// Raises the floors of some users over what is outlived: what is too old, and what there are too many of. Those who do
/// it at the same time go through the users in one order.
static RAISE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO live_floors (user_id, seq) \
         SELECT g.user_id, MAX(g.seq) FROM ( \
           SELECT e.user_id, e.seq FROM live_events e LEFT JOIN ( \
             SELECT t.user_id, (SELECT n.seq FROM live_events n WHERE n.user_id = t.user_id \
               ORDER BY n.seq DESC LIMIT 1 OFFSET {LIVE_EVENTS_MOST}) AS seq \
             FROM live_events t GROUP BY t.user_id HAVING COUNT(*) > {LIVE_EVENTS_MOST} \
           ) beyond ON beyond.user_id = e.user_id \
           WHERE e.happened_at < $1 OR e.seq <= beyond.seq ORDER BY e.user_id, e.seq LIMIT $2 \
         ) g WHERE TRUE GROUP BY g.user_id ORDER BY g.user_id \
         ON CONFLICT (user_id) DO UPDATE SET seq = CASE WHEN live_floors.seq > excluded.seq \
         THEN live_floors.seq ELSE excluded.seq END RETURNING user_id, seq"
    )
});

const REMOVE: &str = "DELETE FROM live_events WHERE user_id = $1 AND seq <= $2";

/// Under which number all events of a user go.
struct Floor(UserId, i64);

impl FromRow for Floor {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::LiveEvent, 0);
        Ok(Self(UserId(entry.get::<Uuid>(0)?), entry.get(1)?))
    }
}

impl SeaUnitOfWork {
    /// Removes events that happened before an instant, and what there are too many of: about `limit` rows; how many.
    pub(crate) async fn remove_live_events(
        &mut self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let raise = self.statement(&RAISE, &RAISE, vec![before.as_chrono().into(), i64::from(limit).into()]);
        let mut removed = 0;
        for Floor(user, seq) in self.rows_raw::<Floor>(raise).await? {
            let remove = self.statement(REMOVE, REMOVE, vec![user.0.into(), seq.into()]);
            removed += self.execute_raw(remove).await?;
        }
        Ok(removed)
    }
}
