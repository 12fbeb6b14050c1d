//! [`LiveEventRepository`] on the unit of work, and [`LiveQueries`].

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{ChangeKind, DecisionState, LedgerClock},
    live::{LiveBatch, LiveBody, LiveEvent, LiveEventRepository, LiveQueries},
    retention::{LIVE_EVENTS_MOST, LIVE_EVENTS_STEP},
    store::StoreError,
    time::Timestamp,
};

use crate::{
    followed::Followed,
    live_rows::LiveFloor,
    mark::Mark,
    store::MemoryStore,
    table::{Row, Table},
    tables::Tables,
    unit::Unit,
};

/// What a unit changed of one owner.
#[derive(Default)]
struct Changed {
    is_any: bool,
    accounts: BTreeSet<AccountId>,
    is_suggested: bool,
}

impl Changed {
    /// Looks at the rows of one table.
    fn look<T>(
        &mut self,
        table: &Table<Followed<T>>,
        of: impl Fn(&T) -> (UserId, Option<AccountId>),
        (owner, seq): (UserId, i64),
    ) where
        Followed<T>: Row,
    {
        for row in table.touched().filter(|row| row.seq == seq) {
            let (whose, account) = of(&row.row);
            if whose == owner {
                self.is_any = true;
                self.accounts.extend(account);
            }
        }
    }
}

fn changed(tables: &Tables, owner: UserId, seq: i64) -> Changed {
    let mut changed = Changed::default();
    let which = (owner, seq);
    changed.look(&tables.accounts, |row| (row.owner, Some(row.id)), which);
    changed.look(&tables.securities, |row| (row.owner, None), which);
    changed.look(&tables.holdings, |row| (row.owner, Some(row.account)), which);
    changed.look(&tables.transactions, |row| (row.owner, Some(row.account)), which);
    changed.look(&tables.balances, |row| (row.owner, Some(row.account)), which);
    changed.look(&tables.decisions, |row| (row.owner, Some(row.account)), which);
    let suggested = |row: &Followed<_>| is_suggested(row, owner, seq);
    changed.is_suggested = tables.decisions.touched().any(suggested);
    for removal in tables.removals.touched().filter(|row| row.owner == owner && row.seq == seq) {
        changed.is_any = true;
        if removal.kind == ChangeKind::Account.as_str() {
            changed.accounts.insert(AccountId(removal.id));
        }
    }
    changed
}

fn is_suggested(row: &Followed<dashtam_domain::ledger::Decision>, owner: UserId, seq: i64) -> bool {
    row.owner == owner && row.seq == seq && row.born == seq && row.state == DecisionState::Suggested
}

/// The number of the last event of the owner that is gone.
fn floor(tables: &Tables, owner: UserId) -> i64 {
    tables.live_floors.get(&owner).map_or(0, |floor| floor.seq)
}

/// Adds events of one owner in their order; the number of the last.
fn tell(tables: &mut Tables, owner: UserId, at: Timestamp, bodies: Vec<LiveBody>) -> Result<i64, StoreError> {
    tables.needs_user(owner)?;
    let mut last = 0;
    for body in bodies {
        last = tables.take_number(owner);
        tables.live_events.put(LiveEvent { owner, seq: last, at, body });
    }
    keep_newest(tables, owner);
    Ok(last)
}

/// Removes what there is too much of, once that is some more than there may be.
fn keep_newest(tables: &mut Tables, owner: UserId) {
    let mine = Mark::Owner(owner);
    let most = LIVE_EVENTS_MOST as usize;
    let beyond = tables.live_events.count_marked(&mine).saturating_sub(most);
    if beyond > LIVE_EVENTS_STEP as usize {
        let last = tables.live_events.marked(&mine).rev().nth(most).map(|event| event.seq);
        if let Some(seq) = last {
            remove_under(tables, owner, seq);
        }
    }
}

/// Raises the owner's floor and removes what is under it; how many.
fn remove_under(tables: &mut Tables, owner: UserId, seq: i64) -> u64 {
    let seq = floor(tables, owner).max(seq);
    tables.live_floors.put(LiveFloor { owner, seq });
    tables.live_events.remove_marked(&Mark::Owner(owner), |event| event.seq <= seq).len() as u64
}

/// Removes events that happened before an instant, the oldest first; how many.
pub(crate) fn remove(tables: &mut Tables, before: Timestamp, limit: u32) -> u64 {
    let old = tables.live_events.iter().filter(|event| event.at < before);
    let mut gone: Vec<_> = old.map(|event| (event.at, event.owner, event.seq)).collect();
    gone.sort_unstable();
    gone.truncate(limit as usize);
    let mut floors: BTreeMap<UserId, i64> = BTreeMap::new();
    for (_, owner, seq) in gone {
        let floor = floors.entry(owner).or_default();
        *floor = (*floor).max(seq);
    }
    floors.into_iter().map(|(owner, seq)| remove_under(tables, owner, seq)).sum()
}

#[async_trait]
impl LiveEventRepository for Unit {
    async fn append(&mut self, owner: UserId, at: Timestamp, body: LiveBody) -> Result<i64, StoreError> {
        let seq = self.run(|tables| tell(tables, owner, at, vec![body]))?;
        self.to_tell.last.insert(owner, seq);
        Ok(seq)
    }

    async fn settle(&mut self, at: Timestamp) -> Result<Vec<(UserId, i64)>, StoreError> {
        let ended = std::mem::take(&mut self.to_tell.ended);
        let told = self.run(|tables| {
            let mut bodies: BTreeMap<UserId, Vec<LiveBody>> = BTreeMap::new();
            for clock in tables.clocks.touched() {
                let Some(seq) = clock.changes else { continue };
                let Changed { is_any, accounts, is_suggested } = changed(tables, clock.owner, seq);
                if is_any {
                    let told = bodies.entry(clock.owner).or_default();
                    told.push(LiveBody::TransactionsChanged { accounts: accounts.into_iter().collect() });
                    if is_suggested {
                        told.push(LiveBody::ReconciliationSuggested);
                    }
                }
            }
            for (owner, session) in ended {
                bodies.entry(owner).or_default().push(LiveBody::SessionEnded { session });
            }
            let mut told = Vec::with_capacity(bodies.len());
            for (owner, bodies) in bodies {
                told.push((owner, tell(tables, owner, at, bodies)?));
            }
            Ok(told)
        })?;
        self.to_tell.last.extend(told);
        Ok(self.to_tell.last.iter().map(|(owner, seq)| (*owner, *seq)).collect())
    }
}

#[async_trait]
impl LiveQueries for MemoryStore {
    async fn live_events(&self, owner: UserId, after: i64, limit: u32) -> Result<LiveBatch, StoreError> {
        self.look(|tables| {
            let behind = tables.live_events.after(Some((owner, after)));
            let own = behind.take_while(|event| event.owner == owner);
            let events: Vec<LiveEvent> = own.take(limit as usize).cloned().collect();
            let reached = events.last().map_or(after, |event| event.seq);
            let has_more = events.len() == limit as usize;
            LiveBatch { events, reached, has_more, floor: floor(tables, owner) }
        })
    }

    async fn live_floor(&self, owner: UserId) -> Result<i64, StoreError> {
        self.look(|tables| floor(tables, owner))
    }

    async fn live_clocks(&self, owners: &[UserId]) -> Result<Vec<(UserId, LedgerClock)>, StoreError> {
        self.look(|tables| {
            let known = |owner: &UserId| Some((*owner, tables.clocks.get(owner)?.clock));
            owners.iter().filter_map(known).collect()
        })
    }
}
