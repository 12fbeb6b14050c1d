//! [`ReconciliationRepository`] on the unit of work.

use std::{cmp::Reverse, collections::HashSet};

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{
        Alias, DecidedBy, Decision, DecisionKind, DecisionState, ReconciliationRepository, RejectedPair,
    },
    page::Limit,
    store::StoreError,
    time::Timestamp,
};

use crate::{followed::Followed, mark::Mark, table::Row, tables::Tables, unit::Unit};

/// The owner's decisions that make one of any of these transactions and another.
fn about<'t>(
    tables: &'t Tables,
    owner: UserId,
    transactions: &[TransactionId],
) -> impl Iterator<Item = &'t Followed<Decision>> {
    let mut ids: Vec<DecisionId> = transactions
        .iter()
        .flat_map(|id| tables.decisions.marked(&Mark::About(*id)))
        .filter(|decision| decision.owner == owner && decision.kind != DecisionKind::Transfer)
        .map(|decision| decision.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().filter_map(|id| tables.decisions.get(&id))
}

/// The transactions that an import brought.
fn brought(tables: &Tables, owner: UserId, import: ImportId) -> Vec<TransactionId> {
    let rows = tables.transactions.marked(&Mark::Import(import));
    rows.filter(|row| row.owner == owner).map(|row| row.id).collect()
}

/// Rejects what is suggested about these transactions; how many.
fn dismiss(tables: &mut Tables, owner: UserId, transactions: &[TransactionId], now: Timestamp) -> u64 {
    let dismissed: Vec<Decision> = about(tables, owner, transactions)
        .filter(|decision| decision.state == DecisionState::Suggested)
        .map(|decision| decision.row.clone())
        .collect();
    reject(tables, owner, dismissed, now)
}

/// Rejects these suggestions; how many.
fn reject(tables: &mut Tables, owner: UserId, suggested: Vec<Decision>, now: Timestamp) -> u64 {
    let count = suggested.len() as u64;
    let seq = tables.change_number(owner);
    for decision in suggested {
        let (state, by) = (DecisionState::Rejected, DecidedBy::Engine);
        tables.decisions.write(Decision { state, by, updated_at: now, ..decision }, seq);
    }
    count
}

/// Whether a decision is about a row of this account and one of another.
fn is_across(decision: &Decision, account: AccountId) -> bool {
    let merges = decision.kind != DecisionKind::Transfer;
    merges && decision.other_account.is_some_and(|other| other == account || decision.account == account)
}

/// The owner's decisions about a row of this account and one of another.
fn across(tables: &Tables, owner: UserId, account: AccountId) -> impl Iterator<Item = &Followed<Decision>> {
    let mine = tables.decisions.marked(&Mark::Owner(owner));
    mine.filter(move |decision| is_across(&decision.row, account))
}

#[async_trait]
impl ReconciliationRepository for Unit {
    async fn aliases(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<Alias>, StoreError> {
        let wanted: HashSet<&String> = source_ids.iter().collect();
        self.run(|tables| {
            let mut found = Vec::new();
            for source_id in wanted {
                let aliases = tables.aliases.marked(&Mark::Source(account, source_id.clone()));
                found.extend(aliases.filter(|alias| alias.owner == owner).cloned());
            }
            Ok(found)
        })
    }

    async fn aliases_of(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Alias>, StoreError> {
        let wanted: HashSet<&TransactionId> = transactions.iter().collect();
        self.run(|tables| {
            let aliases = wanted.into_iter().flat_map(|id| tables.aliases.marked(&Mark::About(*id)));
            Ok(aliases.filter(|alias| alias.owner == owner).cloned().collect())
        })
    }

    async fn put_aliases(&mut self, aliases: &[Alias]) -> Result<(), StoreError> {
        self.run(|tables| {
            for alias in aliases {
                tables.needs_account(alias.owner, alias.account)?;
                tables.aliases.put(alias.clone());
            }
            Ok(())
        })
    }

    async fn remove_alias(&mut self, alias: &Alias) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.aliases.remove(&alias.key(), |_| true);
            Ok(())
        })
    }

    async fn insert(&mut self, decisions: &[Decision]) -> Result<(), StoreError> {
        self.run(|tables| {
            for decision in decisions {
                tables.needs_account(decision.owner, decision.account)?;
                let seq = tables.change_number(decision.owner);
                tables.decisions.add(Followed { row: decision.clone(), seq, born: seq })?;
            }
            Ok(())
        })
    }

    async fn find(&mut self, owner: UserId, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        self.run(|tables| {
            let found = tables.decisions.get(&id).filter(|decision| decision.owner == owner);
            Ok(found.map(|decision| decision.row.clone()))
        })
    }

    async fn about(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        self.run(|tables| {
            let open = |decision: &&Followed<Decision>| {
                matches!(decision.state, DecisionState::Suggested | DecisionState::Applied)
            };
            let found = about(tables, owner, transactions).filter(open);
            Ok(found.map(|decision| Decision { before: None, ..decision.row.clone() }).collect())
        })
    }

    async fn applied_to_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            let brought = brought(tables, owner, import);
            let applied = about(tables, owner, &brought);
            let applied = applied.filter(|decision| decision.state == DecisionState::Applied);
            Ok(applied.take(limit.get()).map(|decision| decision.id).collect())
        })
    }

    async fn dismiss_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.run(|tables| {
            let brought = brought(tables, owner, import);
            let about = brought.iter().flat_map(|id| tables.decisions.marked(&Mark::About(*id)));
            let suggested = about.filter(|decision| decision.state == DecisionState::Suggested);
            let mut all: Vec<Decision> = suggested.map(|decision| decision.row.clone()).collect();
            all.sort_unstable_by_key(|decision| decision.id);
            all.dedup_by_key(|decision| decision.id);
            Ok(reject(tables, owner, all, now))
        })
    }

    async fn applied_after(&mut self, decision: &Decision) -> Result<Vec<DecisionId>, StoreError> {
        self.run(|tables| {
            let Some(own) = tables.decisions.get(&decision.id) else { return Ok(Vec::new()) };
            let mut later: Vec<(i64, DecisionId)> = about(tables, own.owner, &[own.left, own.right])
                .filter(|other| other.id != own.id && other.seq > own.seq)
                .filter(|other| other.state == DecisionState::Applied)
                .map(|other| (other.seq, other.id))
                .collect();
            later.sort_unstable();
            Ok(later.into_iter().map(|(_, id)| id).collect())
        })
    }

    async fn settle(&mut self, decision: &Decision, from: DecisionState) -> Result<bool, StoreError> {
        self.run(|tables| {
            let stored = tables.decisions.get(&decision.id);
            let stored = stored.filter(|stored| stored.owner == decision.owner && stored.state == from);
            let Some(stored) = stored else { return Ok(false) };
            let (account, created_at) = (stored.account, stored.created_at);
            let seq = tables.change_number(decision.owner);
            tables.decisions.write(Decision { account, created_at, ..decision.clone() }, seq);
            Ok(true)
        })
    }

    async fn dismiss(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.run(|tables| Ok(dismiss(tables, owner, transactions, now)))
    }

    async fn across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError> {
        self.run(|tables| {
            let mut found: Vec<&Followed<Decision>> = across(tables, owner, account)
                .filter(|decision| decision.state == DecisionState::Applied)
                .collect();
            found.sort_unstable_by_key(|decision| Reverse((decision.seq, decision.id)));
            Ok(found.into_iter().take(limit.get()).map(|decision| decision.row.clone()).collect())
        })
    }

    async fn merged_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        merged: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            let is_one = |decision: &&Followed<Decision>| {
                decision.state == DecisionState::Applied
                    && decision.other_account == Some(account)
                    && merged.contains(&decision.right)
            };
            let found = about(tables, owner, merged).filter(is_one);
            Ok(found.map(|decision| decision.row.clone()).collect())
        })
    }

    async fn applied_after_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError> {
        self.run(|tables| {
            let applied = |decision: &&Followed<Decision>| decision.state == DecisionState::Applied;
            let mut later: Vec<(i64, DecisionId)> = across(tables, owner, account)
                .filter(applied)
                .flat_map(|own| {
                    let rows = [own.left, own.right];
                    let others = about(tables, owner, &rows);
                    let rests = |other: &&Followed<Decision>| {
                        let books = other.kind == DecisionKind::PendingPosted && other.left == own.left;
                        other.seq > own.seq && !books
                    };
                    others.filter(applied).filter(rests).collect::<Vec<_>>()
                })
                .filter(|other| !is_across(other, account))
                .map(|other| (other.seq, other.id))
                .collect();
            later.sort_unstable();
            later.dedup();
            Ok(later.into_iter().take(limit.get()).map(|(_, id)| id).collect())
        })
    }

    async fn dismiss_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.run(|tables| {
            let suggested: Vec<Decision> = across(tables, owner, account)
                .filter(|decision| decision.state == DecisionState::Suggested)
                .map(|decision| decision.row.clone())
                .collect();
            Ok(reject(tables, owner, suggested, now))
        })
    }

    async fn reject_pair(&mut self, pair: &RejectedPair) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_account(pair.owner, pair.first.account)?;
            tables.rejected_pairs.put(pair.clone());
            Ok(())
        })
    }

    async fn rejected_pairs(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<RejectedPair>, StoreError> {
        self.run(|tables| {
            let pairs = tables.rejected_pairs.marked(&Mark::Account(account));
            Ok(pairs.filter(|pair| pair.owner == owner).cloned().collect())
        })
    }
}
