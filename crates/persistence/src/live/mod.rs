//! Live events: written in the unit of work that did what they tell, and rung for by the server itself.

mod changed;
mod events;
mod retention;
mod wire;

pub use wire::LiveWire;

use dashtam_domain::{
    id::UserId, live::LiveBody, record::Record, retention::LIVE_EVENTS_STEP, store::StoreError,
    time::Timestamp,
};
use sea_orm::{EntityTrait, QueryTrait, Statement};

use crate::{
    cells::{Cells, Entry, FromRow},
    rows::live_events::{ActiveModel, Entity, WIDTH, row},
    unit_of_work::SeaUnitOfWork,
};

/// Takes several numbers of a clock for as many events; the last of them, and how many events it ever numbered.
const TAKE: &str = "INSERT INTO user_clocks (user_id, seq, events) VALUES ($1, $2, $2) \
    ON CONFLICT (user_id) DO UPDATE SET seq = user_clocks.seq + excluded.seq, \
    events = user_clocks.events + excluded.events RETURNING seq, events";

/// Tells all processes up to which number users have events. It is no part of the unit of work: a transaction that notifies
/// holds a lock of the whole server while it commits, so that all commits would wait for each other's disk. This one waits
/// for no disk either.
const NOTIFY: &str = "SELECT set_config('synchronous_commit', 'off', TRUE), pg_notify('dashtam_live', told) \
    FROM unnest(string_to_array($1, ',')) told";

/// The last number that was taken, and how many events have one.
struct Taken(i64, i64);

impl FromRow for Taken {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::UserClock, 0);
        Ok(Self(entry.get(0)?, entry.get(1)?))
    }
}

impl SeaUnitOfWork {
    /// Adds events of one owner in their order; the number of the last.
    async fn tell(&mut self, owner: UserId, at: Timestamp, bodies: &[LiveBody]) -> Result<i64, StoreError> {
        let count = i64::try_from(bodies.len()).unwrap_or(i64::MAX);
        let take = self.statement(TAKE, TAKE, vec![owner.0.into(), count.into()]);
        let Some(Taken(last, events)) = self.rows_raw(take).await?.pop() else {
            return self.fail(StoreError::Stale);
        };
        for (chunk, first) in
            bodies.chunks(Self::chunk(WIDTH)).zip((last - count + 1..).step_by(Self::chunk(WIDTH)))
        {
            let rows: Vec<ActiveModel> =
                chunk.iter().zip(first..).map(|(body, seq)| row(owner, seq, at, body)).collect();
            self.execute(&Entity::insert_many(rows).into_query()).await?;
        }
        let step = i64::from(LIVE_EVENTS_STEP);
        if events / step > (events - count) / step {
            self.keep_newest_events(owner).await?;
        }
        self.to_tell.told(owner, last);
        Ok(last)
    }

    /// What rings for what was added, once it can be seen. Should it get lost, others look for themselves
    /// ([`wire`](self::wire)).
    pub(crate) fn bell(&mut self) -> Option<Statement> {
        let told = std::mem::take(&mut self.to_tell.last);
        if !self.is_postgres() || told.is_empty() {
            return None;
        }
        let told: Vec<String> = told.iter().map(|(owner, seq)| format!("{owner} {seq}")).collect();
        Some(self.statement(NOTIFY, NOTIFY, vec![told.join(",").into()]))
    }
}
