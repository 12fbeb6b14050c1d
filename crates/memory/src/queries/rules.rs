//! [`RuleQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, RuleRunId, UserId},
    ledger::meaning::rule::{Rule, RuleQueries, RuleRun},
    store::StoreError,
};

use crate::{
    ledger::{institutions, rules},
    mark::Mark,
    store::MemoryStore,
};

#[async_trait]
impl RuleQueries for MemoryStore {
    async fn rules(&self, owner: UserId) -> Result<Vec<Rule>, StoreError> {
        self.look(|tables| rules(tables, owner))
    }

    async fn institutions(&self, owner: UserId) -> Result<Vec<(AccountId, String)>, StoreError> {
        self.look(|tables| institutions(tables, owner))
    }

    async fn rule_run(&self, owner: UserId, id: RuleRunId) -> Result<Option<RuleRun>, StoreError> {
        self.look(|tables| tables.rule_runs.get(&id).filter(|run| run.owner == owner).cloned())
    }

    async fn shown_runs(&self, owner: UserId) -> Result<Vec<RuleRun>, StoreError> {
        self.look(|tables| {
            let runs = tables.rule_runs.marked(&Mark::Owner(owner)).rev();
            runs.filter(|run| run.is_shown()).take(RuleRun::SHOWN).cloned().collect()
        })
    }

    async fn has_open_runs(&self) -> Result<bool, StoreError> {
        self.look(|tables| tables.rule_runs.first(&Mark::Open).is_some())
    }
}
