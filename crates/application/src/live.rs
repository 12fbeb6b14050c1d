//! Events, told to users' programs as they happen.

use std::sync::Arc;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::SyncRun,
    id::{SessionId, UserId},
    identity::Scope,
    ledger::LedgerClock,
    live::{LiveBatch, LiveBell, LiveBody, LiveEvent, LiveKinds, LivePlace, LiveQueries, LiveRings},
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use crate::{
    errors::CommonError,
    request::{authorize, request},
};

/// How many events are read at once.
const BATCH: u32 = 100;

/// From where on events are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowFrom {
    /// From now on.
    Now,
    /// From behind this place on.
    Place(LivePlace),
    /// From a place that cannot be read: whoever kept it has to look at everything anew.
    Unreadable,
}

/// Which events are followed.
#[derive(Debug)]
pub struct FollowEvents {
    /// From where on.
    pub from: FollowFrom,
    /// Only of these kinds.
    pub kinds: LiveKinds,
}

request!(FollowEvents, "events.follow", Access::User(Needs::read(Scope::EventsRead)));

/// The events of users.
pub struct Live {
    pub(crate) queries: Arc<dyn LiveQueries>,
    pub(crate) bell: Arc<dyn LiveBell>,
}

impl Live {
    /// Begins to follow the caller's events. Whatever happens from here on is told, however late it is read.
    #[tracing::instrument(name = "events.follow", skip_all)]
    pub async fn follow(&self, call: &Call, request: FollowEvents) -> Result<Following, CommonError> {
        let principal = authorize::<FollowEvents>(call)?;
        let (owner, session) = (principal.user, principal.session);
        let FollowEvents { from, kinds } = request;
        // First of all, so that nothing falls between what is read and what is heard of.
        let rings = self.bell.follow(owner);
        let clock = clock(&*self.queries, owner).await?;
        let now = LivePlace::at(clock);
        let (place, is_behind) = match from {
            FollowFrom::Now => (now, false),
            FollowFrom::Place(place) if place.is_good(clock, self.queries.live_floor(owner).await?) => {
                (place, false)
            }
            FollowFrom::Place(_) | FollowFrom::Unreadable => (now, true),
        };
        let queries = self.queries.clone();
        Ok(Following { queries, rings, owner, session, kinds, place, is_behind })
    }
}

/// Tells its owner's programs that a run failed, or was stopped.
pub(crate) async fn tell_failed_sync(
    work: &mut dyn UnitOfWork,
    run: &SyncRun,
    now: Timestamp,
) -> Result<(), StoreError> {
    let failed = LiveBody::SyncFailed { connection: run.connection, run: run.id };
    work.live_events().append(run.owner, now, failed).await.map(drop)
}

/// The user's clock now.
async fn clock(queries: &dyn LiveQueries, owner: UserId) -> Result<LedgerClock, CommonError> {
    Ok(queries.live_clocks(&[owner]).await?.pop().map(|(_, clock)| clock).unwrap_or_default())
}

/// What somebody who follows events is told next.
#[derive(Debug, Default)]
pub struct Told {
    /// Events are missing from here on: whoever follows has to look at everything anew, and then goes on from the place.
    pub is_cut: bool,
    /// The events, in their order.
    pub events: Vec<LiveEvent>,
    /// Whether more may be read at once.
    pub has_more: bool,
    /// Whether the session that follows was ended.
    pub is_over: bool,
}

/// Somebody who follows events. Nothing is kept for it: it reads on whenever it likes.
pub struct Following {
    queries: Arc<dyn LiveQueries>,
    rings: Box<dyn LiveRings>,
    owner: UserId,
    session: SessionId,
    kinds: LiveKinds,
    place: LivePlace,
    /// Whether events are missing before the place.
    is_behind: bool,
}

impl std::fmt::Debug for Following {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Following").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Following {
    /// How far it has come.
    pub fn place(&self) -> LivePlace {
        self.place
    }

    /// Whose events it follows.
    pub fn owner(&self) -> UserId {
        self.owner
    }

    /// Waits until there may be something to read. It may be given up at any time.
    pub async fn rung(&mut self) {
        self.rings.above(self.place.seq).await;
    }

    /// Reads on.
    pub async fn read(&mut self) -> Result<Told, CommonError> {
        if std::mem::take(&mut self.is_behind) {
            return Ok(Told { is_cut: true, has_more: true, ..Told::default() });
        }
        let batch = self.queries.live_events(self.owner, self.place.seq, BATCH).await?;
        // Who is behind may find that a part was removed. Where there is nothing, the database may be another one.
        let is_cut = batch.is_cut(self.place.seq)
            || (batch.reached == self.place.seq
                && !self.place.is_good(clock(&*self.queries, self.owner).await?, 0));
        if is_cut {
            self.place = LivePlace::at(clock(&*self.queries, self.owner).await?);
            return Ok(Told { is_cut, has_more: true, ..Told::default() });
        }
        // Past what only another version of the program knows, too.
        self.place.seq = batch.reached;
        let LiveBatch { mut events, has_more, .. } = batch;
        let own = LiveBody::SessionEnded { session: self.session };
        let is_over = events.iter().any(|event| event.body == own);
        events.retain(|event| self.kinds.has(event.body.kind()));
        Ok(Told { is_cut, events, has_more, is_over })
    }
}
