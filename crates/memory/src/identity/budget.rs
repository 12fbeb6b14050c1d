//! [`SignInBudgetRepository`] and [`MailBudgetRepository`] on the unit of work.

use std::cmp::Reverse;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{MailBudgetRepository, MailKind, MailRule, SignInBudget, SignInBudgetRepository},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};

use crate::{
    mark::{HashKey, Mark, hash_key},
    rows::MailBudget,
    unit::Unit,
};

/// Makes a budget whole.
fn restore(budget: &mut SignInBudget) {
    budget.failures = 0;
    budget.locked_until = None;
}

#[async_trait]
impl SignInBudgetRepository for Unit {
    async fn count_failure(
        &mut self,
        subject: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<i32>, StoreError> {
        self.run(|tables| {
            let stored = tables.sign_in_budgets.get(&hash_key(subject)).copied();
            if stored.is_some_and(|budget| budget.spent_until(now).is_some()) {
                return Ok(None);
            }
            let (owner, before) = stored.map_or((None, 0), |budget| {
                // A budget that was spent, or whose last failure is long past, begins anew.
                let past = budget.locked_until.is_some() || budget.last_at < now.plus(-SignInBudget::MEMORY);
                (budget.owner, if past { 0 } else { budget.failures })
            });
            let failures = before + 1;
            let spent = failures >= SignInBudget::FAILURES;
            let locked_until = spent.then(|| now.plus(SignInBudget::LOCK));
            let counted = SignInBudget { subject: *subject, owner, failures, last_at: now, locked_until };
            tables.sign_in_budgets.put(counted);
            Ok(Some(failures))
        })
    }

    async fn restore(&mut self, subject: &SecretHash, now: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            let (key, spent) = (hash_key(subject), |budget: &SignInBudget| budget.spent_until(now).is_some());
            tables.sign_in_budgets.change(&key, |budget| !spent(budget), restore);
            Ok(!tables.sign_in_budgets.get(&key).is_some_and(spent))
        })
    }

    async fn lift(&mut self, subject: &SecretHash) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.sign_in_budgets.change(&hash_key(subject), |_| true, restore);
            Ok(())
        })
    }

    async fn remember(
        &mut self,
        owner: UserId,
        clients: &[SecretHash],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            if clients.is_empty() {
                return Ok(());
            }
            tables.needs_user(owner)?;
            for subject in clients {
                tables.sign_in_budgets.put(SignInBudget {
                    subject: *subject,
                    owner: Some(owner),
                    failures: 0,
                    last_at: now,
                    locked_until: None,
                });
            }
            let known = tables.sign_in_budgets.marked(&Mark::Owner(owner));
            let mut known: Vec<(Reverse<Timestamp>, HashKey)> =
                known.map(|budget| (Reverse(budget.last_at), hash_key(&budget.subject))).collect();
            known.sort_unstable();
            for (_, key) in known.iter().skip(SignInBudget::MOST_CLIENTS as usize) {
                tables.sign_in_budgets.remove(key, |_| true);
            }
            Ok(())
        })
    }

    async fn forget_clients(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.sign_in_budgets.remove_marked(&Mark::Owner(owner), |_| true);
            Ok(())
        })
    }

    async fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let worn_out = |budget: &SignInBudget| {
            budget.last_at < now.plus(-SignInBudget::MEMORY)
                && budget.locked_until.is_none_or(|until| until < now)
                && (budget.owner.is_none() || budget.last_at < now.plus(-SignInBudget::KNOWN_FOR))
        };
        self.run(|tables| Ok(tables.sign_in_budgets.remove_where(limit, worn_out)))
    }
}

#[async_trait]
impl MailBudgetRepository for Unit {
    /// The first mail of a day opens its count. What lies ahead was counted by a clock that has been set back since.
    async fn take(
        &mut self,
        subject: &SecretHash,
        kind: MailKind,
        rule: MailRule,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_ahead = |at: Timestamp| at > now.plus(Timestamp::SKEW);
        self.run(|tables| {
            let first = MailBudget { subject: *subject, kind, sent: 1, began_at: now, last_at: now };
            let Some(stored) = tables.mail_budgets.get(&(hash_key(subject), kind.as_str())) else {
                return tables.mail_budgets.add(first).map(|()| true);
            };
            let over = stored.began_at <= now.plus(-MailRule::DAY) || is_ahead(stored.began_at);
            let paused = stored.last_at <= now.plus(-rule.pause) || is_ahead(stored.last_at);
            if !paused || !(over || stored.sent < rule.most) {
                return Ok(false);
            }
            let next = MailBudget { sent: stored.sent + 1, last_at: now, ..stored.clone() };
            tables.mail_budgets.put(if over { first } else { next });
            Ok(true)
        })
    }

    async fn last(&mut self, subject: &SecretHash, kind: MailKind) -> Result<Option<Timestamp>, StoreError> {
        self.run(|tables| {
            let stored = tables.mail_budgets.get(&(hash_key(subject), kind.as_str()));
            Ok(stored.map(|budget| budget.last_at))
        })
    }

    async fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let over = |budget: &MailBudget| budget.last_at < now.plus(-MailRule::DAY);
        self.run(|tables| Ok(tables.mail_budgets.remove_where(limit, over)))
    }
}
