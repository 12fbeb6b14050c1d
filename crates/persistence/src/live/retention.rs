//! Events that have had their time. The number of the last one that goes is written first, so that nobody who reads
//! meanwhile takes what is left for everything.

use std::sync::LazyLock;

use dashtam_domain::{
    id::UserId, record::Record, retention::LIVE_EVENTS_MOST, store::StoreError, time::Timestamp,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use crate::{
    cells::{Cells, Entry, FromRow},
    rows::live_events::{Column, Entity},
    unit_of_work::SeaUnitOfWork,
};

/// What becomes of a floor that is there: it never sinks.
const RAISED: &str = "ON CONFLICT (user_id) DO UPDATE SET seq = CASE WHEN live_floors.seq > excluded.seq \
    THEN live_floors.seq ELSE excluded.seq END RETURNING user_id, seq";

/// Raises the floors of some users over what is too old, the oldest first. It reads a part of one index and no more. Those
/// who do it at the same time go through the users in one order.
static RAISE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO live_floors (user_id, seq) SELECT g.user_id, MAX(g.seq) FROM \
         (SELECT e.user_id, e.seq FROM live_events e WHERE e.happened_at < $1 \
         ORDER BY e.happened_at, e.user_id, e.seq LIMIT $2) g \
         WHERE TRUE GROUP BY g.user_id ORDER BY g.user_id {RAISED}"
    )
});

/// Raises the floor of one user over what there is too much of.
static RAISE_OVER_MOST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO live_floors (user_id, seq) SELECT n.user_id, n.seq FROM live_events n WHERE n.user_id = $1 \
         ORDER BY n.seq DESC LIMIT 1 OFFSET {LIVE_EVENTS_MOST} {RAISED}"
    )
});

/// The events of how many users one statement removes.
const AT_ONCE: usize = 100;

/// Under which number all events of a user go.
struct Floor(UserId, i64);

impl FromRow for Floor {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::LiveEvent, 0);
        Ok(Self(UserId(entry.get::<Uuid>(0)?), entry.get(1)?))
    }
}

impl SeaUnitOfWork {
    /// Removes events that happened before an instant: about `limit` rows; how many.
    pub(crate) async fn remove_live_events(
        &mut self,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let raise = self.statement(&RAISE, &RAISE, vec![before.as_chrono().into(), i64::from(limit).into()]);
        let floors = self.rows_raw::<Floor>(raise).await?;
        self.remove_under(&floors).await
    }

    /// Removes what the user, whose clock this unit holds, has too many of.
    pub(super) async fn keep_newest_events(&mut self, owner: UserId) -> Result<u64, StoreError> {
        let raise = self.statement(&RAISE_OVER_MOST, &RAISE_OVER_MOST, vec![owner.0.into()]);
        let floors = self.rows_raw::<Floor>(raise).await?;
        self.remove_under(&floors).await
    }

    /// Removes what is under the floors of these users; how many rows.
    async fn remove_under(&mut self, floors: &[Floor]) -> Result<u64, StoreError> {
        let mut removed = 0;
        for some in floors.chunks(AT_ONCE) {
            let under = some.iter().fold(Condition::any(), |any, Floor(user, seq)| {
                any.add(Condition::all().add(Column::UserId.eq(user.0)).add(Column::Seq.lte(*seq)))
            });
            removed += self.execute(&Entity::delete_many().filter(under).into_query()).await?;
        }
        Ok(removed)
    }
}
