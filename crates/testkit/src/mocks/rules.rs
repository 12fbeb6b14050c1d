//! [`RuleQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, RuleRunId, UserId},
    ledger::meaning::rule::{Rule, RuleQueries, RuleRun},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl RuleQueries for MockQueries {
    async fn rules(&self, owner: UserId) -> Result<Vec<Rule>, StoreError> {
        self.rules.rules(owner).await
    }

    async fn institutions(&self, owner: UserId) -> Result<Vec<(AccountId, String)>, StoreError> {
        self.rules.institutions(owner).await
    }

    async fn rule_run(&self, owner: UserId, id: RuleRunId) -> Result<Option<RuleRun>, StoreError> {
        self.rules.rule_run(owner, id).await
    }

    async fn shown_runs(&self, owner: UserId) -> Result<Vec<RuleRun>, StoreError> {
        self.rules.shown_runs(owner).await
    }

    async fn has_open_runs(&self) -> Result<bool, StoreError> {
        self.rules.has_open_runs().await
    }
}
