//! [`RuleRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, RuleId, TransactionId, UserId},
    ledger::meaning::rule::{Rule, RuleRepository},
    ledger::{Transaction, TransactionKey, TransactionStatus},
    page::Limit,
    store::StoreError,
};
use uuid::Uuid;

use super::transactions::without_raw;
use crate::{mark::Mark, tables::Tables, unit::Unit};

/// The owner's rules by their places.
pub(crate) fn rules(tables: &Tables, owner: UserId) -> Vec<Rule> {
    let mut all: Vec<Rule> = tables.rules.marked(&Mark::Owner(owner)).cloned().collect();
    all.sort_unstable_by_key(|rule| (rule.position, rule.id));
    all
}

/// The names of the institutions of the owner's accounts.
pub(crate) fn institutions(tables: &Tables, owner: UserId) -> Vec<(AccountId, String)> {
    let accounts = tables.accounts.marked(&Mark::Owner(owner));
    accounts.filter_map(|account| Some((account.id, account.institution.clone()?))).collect()
}

#[async_trait]
impl RuleRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<Rule>, StoreError> {
        self.run(|tables| Ok(rules(tables, owner)))
    }

    async fn put(&mut self, rules: &[Rule]) -> Result<(), StoreError> {
        self.run(|tables| {
            for rule in rules {
                tables.needs_user(rule.owner)?;
                tables.rules.put(rule.clone());
            }
            Ok(())
        })
    }

    async fn remove(&mut self, owner: UserId, id: RuleId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.rules.remove(&id, |rule| rule.owner == owner).is_some()))
    }

    async fn institutions(&mut self, owner: UserId) -> Result<Vec<(AccountId, String)>, StoreError> {
        self.run(|tables| Ok(institutions(tables, owner)))
    }

    async fn decided_by(
        &mut self,
        owner: UserId,
        decider: Uuid,
        after: Option<TransactionId>,
        limit: Limit,
    ) -> Result<Vec<Transaction>, StoreError> {
        self.run(|tables| {
            let rows = tables.transactions.marked(&Mark::DecidedBy(decider));
            let rows = rows.filter(|row| row.owner == owner && after.is_none_or(|after| row.id > after));
            Ok(rows.take(limit.get()).map(without_raw).collect())
        })
    }

    async fn history(
        &mut self,
        owner: UserId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Vec<Transaction>, StoreError> {
        let place = |key: TransactionKey| (key.day, key.id);
        self.run(|tables| {
            let rows = tables.transactions.marked(&Mark::Owner(owner));
            let mut rows: Vec<_> = rows
                .filter(|row| row.status != TransactionStatus::Removed)
                .map(|row| (place(TransactionKey::of(row)), row))
                .filter(|(key, _)| after.is_none_or(|after| *key < place(after)))
                .collect();
            rows.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
            rows.truncate(limit.get());
            Ok(rows.into_iter().map(|(_, row)| without_raw(row)).collect())
        })
    }
}
