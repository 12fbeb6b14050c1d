//! [`RuleQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, RuleRunId, UserId},
    ledger::meaning::rule::{Rule, RuleQueries, RuleRun},
    store::StoreError,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{
        columns, rule_runs,
        rules::{self, INSTITUTIONS, Named},
    },
};

static RULES: LazyLock<String> = LazyLock::new(|| {
    let rule = columns("r", rules::Column::iter());
    format!("SELECT {rule} FROM rules r WHERE r.user_id = $1 ORDER BY r.position, r.id")
});

static RUN: LazyLock<String> = LazyLock::new(|| {
    let run = columns("r", rule_runs::Column::iter());
    format!("SELECT {run} FROM rule_runs r WHERE r.user_id = $1 AND r.id = $2")
});

/// `is_shown` of the domain, by the index of the owner's runs.
static SHOWN: LazyLock<String> = LazyLock::new(|| {
    let run = columns("r", rule_runs::Column::iter());
    format!(
        "SELECT {run} FROM rule_runs r WHERE r.user_id = $1 AND r.decider_id IS NULL AND (r.state IN ('running', 'undoing') \
         OR r.state IN ('completed', 'failed') AND r.changed > 0) ORDER BY r.id DESC LIMIT $2"
    )
});

/// Its columns are those of a run, of which nobody reads any.
static OPEN: LazyLock<String> = LazyLock::new(|| {
    let run = columns("r", rule_runs::Column::iter());
    format!(
        "SELECT {run} FROM rule_runs r WHERE r.state IN ('running', 'undoing') ORDER BY r.updated_at, r.id LIMIT 1"
    )
});

#[async_trait]
impl RuleQueries for SqlQueries {
    async fn rules(&self, owner: UserId) -> Result<Vec<Rule>, StoreError> {
        self.pool.listed(&RULES, &[Arg::Id(owner.0)]).await
    }

    async fn institutions(&self, owner: UserId) -> Result<Vec<(AccountId, String)>, StoreError> {
        let named: Vec<Named> = self.pool.listed(INSTITUTIONS, &[Arg::Id(owner.0)]).await?;
        Ok(named.into_iter().map(|Named(account, name)| (account, name)).collect())
    }

    async fn rule_run(&self, owner: UserId, id: RuleRunId) -> Result<Option<RuleRun>, StoreError> {
        Ok(self.pool.listed(&RUN, &[Arg::Id(owner.0), Arg::Id(id.0)]).await?.pop())
    }

    async fn shown_runs(&self, owner: UserId) -> Result<Vec<RuleRun>, StoreError> {
        let most = i64::try_from(RuleRun::SHOWN).unwrap_or(i64::MAX);
        self.pool.listed(&SHOWN, &[Arg::Id(owner.0), Arg::Count(most)]).await
    }

    async fn has_open_runs(&self) -> Result<bool, StoreError> {
        let open: Vec<RuleRun> = self.pool.listed(&OPEN, &[]).await?;
        Ok(!open.is_empty())
    }
}
