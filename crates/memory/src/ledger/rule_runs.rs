//! [`RuleRunRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{RuleRunId, TransactionId, UserId},
    ledger::meaning::rule::{RuleRun, RuleRunChange, RuleRunRepository, RuleRunState},
    page::Limit,
    store::StoreError,
};
use uuid::Uuid;

use crate::{mark::Mark, meaning_rows::StoredRunChange, unit::Unit};

#[async_trait]
impl RuleRunRepository for Unit {
    async fn open(&mut self, owner: UserId) -> Result<Option<RuleRun>, StoreError> {
        self.run(|tables| {
            let mut runs = tables.rule_runs.marked(&Mark::Owner(owner));
            Ok(runs.find(|run| run.of.is_none() && run.state.is_open()).cloned())
        })
    }

    async fn open_of(&mut self, owner: UserId, decider: Uuid) -> Result<Option<RuleRun>, StoreError> {
        self.run(|tables| {
            let mut runs = tables.rule_runs.marked(&Mark::Owner(owner));
            Ok(runs.find(|run| run.of == Some(decider) && run.state.is_open()).cloned())
        })
    }

    async fn open_of_each(&mut self, owner: UserId, deciders: &[Uuid]) -> Result<Vec<RuleRun>, StoreError> {
        self.run(|tables| {
            let is_asked = |run: &&RuleRun| run.of.is_some_and(|of| deciders.contains(&of));
            let runs = tables.rule_runs.marked(&Mark::Owner(owner));
            Ok(runs.filter(|run| is_asked(run) && run.state.is_open()).cloned().collect())
        })
    }

    async fn kept(&mut self, owner: UserId) -> Result<usize, StoreError> {
        let is_over = |run: &RuleRun| matches!(run.state, RuleRunState::Completed | RuleRunState::Failed);
        self.run(|tables| {
            let runs = tables.rule_runs.marked(&Mark::Owner(owner));
            let kept = runs.filter(|run| run.of.is_none() && is_over(run) && run.changed > 0);
            Ok(kept.take(RuleRun::KEPT).count())
        })
    }

    /// There is one writer: nobody else has a run under way.
    async fn next(&mut self) -> Result<Option<RuleRun>, StoreError> {
        self.run(|tables| {
            let open = tables.rule_runs.marked(&Mark::Open);
            Ok(open.min_by_key(|run| (run.updated_at, run.id)).cloned())
        })
    }

    async fn find(&mut self, owner: UserId, id: RuleRunId) -> Result<Option<RuleRun>, StoreError> {
        self.run(|tables| Ok(tables.rule_runs.get(&id).filter(|run| run.owner == owner).cloned()))
    }

    async fn put(&mut self, run: &RuleRun) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(run.owner)?;
            tables.rule_runs.put(run.clone());
            Ok(())
        })
    }

    async fn put_all(&mut self, runs: &[RuleRun]) -> Result<(), StoreError> {
        self.run(|tables| {
            for run in runs {
                tables.needs_user(run.owner)?;
                tables.rule_runs.put(run.clone());
            }
            Ok(())
        })
    }

    async fn note(&mut self, run: RuleRunId, changes: &[RuleRunChange]) -> Result<(), StoreError> {
        self.run(|tables| {
            let owner = tables.rule_runs.get(&run).map(|run| run.owner).ok_or(StoreError::Stale)?;
            for change in changes {
                let known = tables.rule_run_changes.get(&(run, change.transaction));
                let before = known.map_or_else(|| change.before.clone(), |known| known.change.before.clone());
                let change = RuleRunChange { before, ..change.clone() };
                tables.rule_run_changes.put(StoredRunChange { owner, run, change });
            }
            Ok(())
        })
    }

    async fn changes(
        &mut self,
        run: RuleRunId,
        after: Option<TransactionId>,
        limit: Limit,
    ) -> Result<Vec<RuleRunChange>, StoreError> {
        self.run(|tables| {
            let start = (run, after.unwrap_or(TransactionId(Uuid::nil())));
            let changes = tables.rule_run_changes.after(Some(start)).take_while(|change| change.run == run);
            Ok(changes.take(limit.get()).map(|change| change.change.clone()).collect())
        })
    }
}
