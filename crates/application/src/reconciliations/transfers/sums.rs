//! Looks for transfers of which one side came as several transactions, among the rows that are in no pair.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    id::{AccountId, DecisionId, TransactionId, UserId},
    ledger::{
        Account, DecidedBy, Decision, DecisionState, Transaction,
        transfer::{Glance, KnownSums, ProposedSum, TransferSum, proposed, sums, wholes},
    },
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use super::{Transfers, find::whole, near::Near};

impl Transfers {
    /// Proposes sums of which a row changed and none is taken. What may be the whole of a changed piece was read as what may
    /// be its other side already; what is read beyond that is the days around such wholes, where nobody read them, and the
    /// few rows that do add up. Where no whole is near, nothing is.
    pub(super) async fn look_for_sums(
        &self,
        work: &mut dyn UnitOfWork,
        owner: UserId,
        (open, near, taken): (&HashSet<TransactionId>, &mut Near, &HashSet<TransactionId>),
        accounts: &HashMap<AccountId, Account>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed: HashSet<TransactionId> = open.difference(taken).copied().collect();
        let free = |near: &Near| -> Vec<Glance> {
            near.rows().filter(|row| !taken.contains(&row.id)).copied().collect()
        };
        let as_it_counts = |id| whole(accounts, id);
        // What the changed rows may be in, and what else the rows of that may be in: they are in question in one way only.
        let (mut involved, mut found) = (changed.clone(), Vec::new());
        for _ in 0..2 {
            let around: Vec<Glance> = involved.iter().filter_map(|id| near.get(*id)).copied().collect();
            near.read_around(work, owner, &around).await?;
            let wholes = wholes(&involved, &free(near), as_it_counts);
            near.read_around(work, owner, &wholes).await?;
            found = sums(&wholes, &free(near), as_it_counts);
            if found.is_empty() {
                return Ok(());
            }
            involved = found.iter().flat_map(TransferSum::rows).collect();
        }
        let mut ids: Vec<TransactionId> = found.iter().flat_map(TransferSum::rows).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = work.transactions().find_all(owner, &ids).await?;
        let known = known(&work.transfers().about(owner, &ids).await?);
        let proposed = proposed(&found, &rows, accounts, &known, &changed);
        let rows: HashMap<TransactionId, &Transaction> = rows.iter().map(|row| (row.id, row)).collect();
        let to_ask: Vec<Decision> =
            proposed.iter().filter_map(|sum| self.suggestion(sum, &rows, now)).collect();
        match to_ask.is_empty() {
            true => Ok(()),
            false => work.reconciliations().insert(&to_ask).await,
        }
    }

    fn suggestion(
        &self,
        proposed: &ProposedSum,
        rows: &HashMap<TransactionId, &Transaction>,
        now: Timestamp,
    ) -> Option<Decision> {
        let whole = *rows.get(&proposed.sum.whole)?;
        let pieces = proposed.sum.pieces.iter().map(|id| rows.get(id).copied());
        let pieces: Vec<&Transaction> = pieces.collect::<Option<_>>()?;
        Decision::sum(DecisionId(self.sources.ids.next()), (whole, &pieces), proposed, now)
    }
}

/// What keeps these decisions' rows from being asked about.
fn known(decisions: &[Decision]) -> KnownSums {
    let mut known = KnownSums::default();
    for decision in decisions {
        match decision.state {
            DecisionState::Suggested | DecisionState::Applied => known.taken.extend(decision.rows()),
            DecisionState::Rejected | DecisionState::Undone if decision.by == DecidedBy::User => {
                let mut rows: Vec<TransactionId> = decision.rows().collect();
                rows.sort_unstable();
                known.refused.insert(rows);
            }
            DecisionState::Rejected | DecisionState::Undone => {}
        }
    }
    known
}
