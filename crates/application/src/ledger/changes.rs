//! Follows what happens in a ledger.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Scope,
    ledger::{Change, ChangeKey, ChangeKind, ChangeKinds, ChangedRow, LedgerClock},
    page::{Limit, Page},
};

use super::{Ledger, LedgerError};
use crate::request::{authorize, request};

/// How far somebody has followed a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPlace {
    /// The sorts of rows that were followed: of others nothing was told.
    pub kinds: ChangeKinds,
    /// Which count of numbers `after` belongs to.
    pub epoch: i64,
    /// The last change that was seen.
    pub after: ChangeKey,
    /// What was removed up to this number was never seen: whoever begins is shown what there is.
    pub began_at: i64,
}

impl FeedPlace {
    /// The place of somebody who has seen everything of every sort up to this number.
    pub fn seen(epoch: i64, seq: i64) -> Self {
        let kinds = ChangeKind::ALL.into_iter().collect();
        Self { kinds, epoch, after: ChangeKey::end_of(seq), began_at: seq }
    }
}

/// Which changes.
#[derive(Debug)]
pub struct ListChanges {
    /// Those behind this place; `None`: everything there is.
    pub after: Option<FeedPlace>,
    /// Only of these sorts, which are those of the place; `None`: of its sorts, or of every sort the caller may see.
    pub kinds: Option<ChangeKinds>,
    /// How many at most.
    pub limit: Limit,
}

request!(ListChanges, "sync.changes", Access::User(Needs::read(Scope::AccountsRead)));

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOperation {
    /// It is new to whoever asks.
    Added,
    /// It was known, and changed.
    Modified,
    /// It is gone.
    Removed,
}

/// A part of the feed.
#[derive(Debug)]
pub struct ChangesPage {
    /// The changes, each row once, in the order of the feed.
    pub items: Vec<(ChangeOperation, Change)>,
    /// Where to go on.
    pub next: FeedPlace,
    /// Whether there is more by now. Where there is not, whoever follows has a state the ledger was in.
    pub has_more: bool,
}

/// The scope under which a sort of row may be read.
fn scope(kind: ChangeKind) -> Scope {
    match kind {
        ChangeKind::Account => Scope::AccountsRead,
        ChangeKind::Security | ChangeKind::Holding => Scope::HoldingsRead,
        ChangeKind::Transaction | ChangeKind::Match => Scope::TransactionsRead,
        ChangeKind::Balance => Scope::BalancesRead,
    }
}

impl Ledger {
    /// What happened since a place in the feed: each changed row as it is now, once. Nothing is ever left out, and a row
    /// that changes while it is looked for comes later. Where nothing happened, this costs one look-up.
    pub async fn changes(&self, call: &Call, request: ListChanges) -> Result<ChangesPage, LedgerError> {
        let owner = authorize::<ListChanges>(call)?.user;
        let ListChanges { after, kinds, limit } = request;
        let may = |kind: &ChangeKind| call.permits(Access::User(Needs::read(scope(*kind))));
        let followed = after.map(|place| place.kinds);
        if followed.is_some() && kinds.is_some() && followed != kinds {
            // What happened to the other sorts until here would never be told.
            return Err(LedgerError::OtherKinds);
        }
        let kinds: ChangeKinds = match followed.or(kinds) {
            None => ChangeKind::ALL.into_iter().filter(|kind| may(kind).is_ok()).collect(),
            Some(kinds) => {
                kinds.iter().try_for_each(|kind| may(&kind))?;
                kinds
            }
        };
        let LedgerClock { seq: until, epoch } = self.queries.clock(owner).await?;
        let place = match after {
            None => FeedPlace { kinds, epoch, after: ChangeKey::START, began_at: until },
            Some(place) if place.epoch != epoch || place.after.seq > until => {
                return Err(LedgerError::PlaceExpired);
            }
            Some(place) => place,
        };
        let end = ChangeKey::end_of(until);
        if place.after >= end {
            return Ok(ChangesPage { items: Vec::new(), next: place, has_more: false });
        }
        let (mut found, mut has_more) = (Vec::new(), false);
        let mut take = |page: Page<Change, ChangeKey>| {
            has_more |= page.next.is_some();
            found.extend(page.items);
        };
        for kind in kinds.iter() {
            take(self.queries.changes(owner, kind, place.after, until, limit).await?);
            if place.began_at < until {
                // Whoever begins never saw what was removed before.
                let from = place.after.max(ChangeKey::end_of(place.began_at));
                take(self.queries.removals(owner, kind, from, until, limit).await?);
            }
        }
        found.sort_unstable_by_key(|change| change.key);
        has_more |= found.len() > limit.get();
        found.truncate(limit.get());
        let after = found.last().filter(|_| has_more).map_or(end, |change| change.key);
        let operation = |change: &Change| match change.row {
            ChangedRow::Removed => ChangeOperation::Removed,
            _ if change.is_new_after(place.after) => ChangeOperation::Added,
            _ => ChangeOperation::Modified,
        };
        let was_seen = |change: &Change| change.row != ChangedRow::Removed || change.key.seq > place.began_at;
        let items = found.into_iter().filter(was_seen).map(|change| (operation(&change), change)).collect();
        Ok(ChangesPage { items, next: FeedPlace { after, ..place }, has_more })
    }
}
