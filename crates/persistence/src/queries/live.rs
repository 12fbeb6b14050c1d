//! [`LiveQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::LedgerClock,
    live::{LiveBatch, LiveQueries},
    record::Record,
    store::StoreError,
};
use sea_orm::Iterable;
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use uuid::Uuid;

use super::SqlQueries;
use crate::{
    cells::{Cells, Entry, FromRow},
    pool::Arg,
    rows::{
        columns,
        live_events::{Column, Told},
    },
};

/// The floor with the events: read by another statement, it could be one that rose in between. Where there is no event, one
/// row has the floor alone.
static EVENTS: LazyLock<String> = LazyLock::new(|| {
    let event = columns("e", Column::iter());
    format!(
        "SELECT f.seq, {event} FROM (SELECT 1 AS one) o LEFT JOIN live_floors f ON f.user_id = $1 LEFT JOIN \
         (SELECT {event} FROM live_events e WHERE e.user_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3) e \
         ON TRUE ORDER BY e.seq"
    )
});

const FLOOR: &str = "SELECT seq FROM live_floors WHERE user_id = $1";

/// How many users are asked about at once.
const AT_ONCE: usize = 500;

struct Floor(i64);

impl FromRow for Floor {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::LiveEvent, 0).get(0).map(Self)
    }
}

struct Clock(UserId, LedgerClock);

impl FromRow for Clock {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::UserClock, 0);
        let owner = UserId(entry.get::<Uuid>(0)?);
        Ok(Self(owner, LedgerClock { seq: entry.get(1)?, epoch: entry.get(2)? }))
    }
}

#[async_trait]
impl LiveQueries for SqlQueries {
    async fn live_events(&self, owner: UserId, after: i64, limit: u32) -> Result<LiveBatch, StoreError> {
        let args = [Arg::Id(owner.0), Arg::Count(after), Arg::Rows(limit.into())];
        let told: Vec<Told> = self.pool.rows(&EVENTS, &args).await?;
        let found = told.iter().filter(|told| told.seq.is_some()).count();
        Ok(LiveBatch {
            reached: told.iter().rev().find_map(|told| told.seq).unwrap_or(after),
            has_more: found == limit as usize,
            floor: told.first().map_or(0, |told| told.floor),
            events: told.into_iter().filter_map(|told| told.event).collect(),
        })
    }

    async fn live_floor(&self, owner: UserId) -> Result<i64, StoreError> {
        let floor: Option<Floor> = self.pool.row(FLOOR, &[Arg::Id(owner.0)]).await?;
        Ok(floor.map_or(0, |floor| floor.0))
    }

    async fn live_clocks(&self, owners: &[UserId]) -> Result<Vec<(UserId, LedgerClock)>, StoreError> {
        let mut clocks = Vec::with_capacity(owners.len());
        for some in owners.chunks(AT_ONCE) {
            let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT user_id, seq, epoch FROM user_clocks WHERE user_id IN ({})",
                places.join(", ")
            );
            let args: Vec<Arg<'_>> = some.iter().map(|owner| Arg::Id(owner.0)).collect();
            // Of numbered places only.
            let found = self.pool.found_by::<Clock>(AssertSqlSafe(sql).into_sql_str(), &args, None).await?;
            clocks.extend(found.items.into_iter().map(|Clock(owner, clock)| (owner, clock)));
        }
        Ok(clocks)
    }
}
