//! Looks at accounts that are one: which of their rows two sources told of.

use std::collections::{BTreeSet, HashMap, HashSet};

use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::{
        Account, DecisionKind, DecisionState, RejectedPair, SourceKey, Transaction,
        matching::{ACROSS_DAYS, Decided, Pair, across, days_across},
    },
    sources::Ids,
    store::{Store, StoreError, UnitOfWork},
    time::{Day, Timestamp},
};

use super::matching::{Found, write_outcome};

/// So many days are looked at in one unit of work, so that other writers never wait long.
const DAYS: usize = 31;

/// The account that this one is told under: itself, or the one that it is linked to.
fn primary_of(account: &Account) -> AccountId {
    account.same_as().unwrap_or(account.id)
}

/// Whether what this one tells counts, where both tell it: what a connection tells does, and of two sources of a kind
/// what the primary account, or else the older one, tells.
fn counts(one: &Account, other: &Account) -> bool {
    match (one.source.connection().is_some(), other.source.connection().is_some()) {
        (true, false) => true,
        (false, true) => false,
        _ => (one.same_as().is_some(), one.id) < (other.same_as().is_some(), other.id),
    }
}

/// The same of the accounts of two rows; `None` where they are two accounts.
pub(super) async fn counts_of_two(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    (one, other): (AccountId, AccountId),
) -> Result<Option<bool>, StoreError> {
    let one = work.accounts().find(owner, one).await?;
    let other = work.accounts().find(owner, other).await?;
    let both = one.zip(other).filter(|(one, other)| primary_of(one) == primary_of(other));
    Ok(both.map(|(one, other)| counts(&one, &other)))
}

/// The account and all that are one with it, the primary account first.
async fn same_accounts(work: &mut dyn UnitOfWork, account: &Account) -> Result<Vec<Account>, StoreError> {
    let owner = account.owner;
    let primary = match account.same_as() {
        None => account.clone(),
        Some(primary) => match work.accounts().find(owner, primary).await? {
            Some(primary) => primary,
            None => return Ok(vec![account.clone()]),
        },
    };
    let mut all = Vec::with_capacity(1 + primary.linked().len());
    for linked in primary.linked() {
        all.extend(work.accounts().find(owner, *linked).await?);
    }
    all.insert(0, primary);
    Ok(all)
}

/// Pairs rows of accounts that are one.
pub(crate) struct AcrossSources<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) ids: &'a dyn Ids,
    pub(crate) owner: UserId,
    pub(crate) now: Timestamp,
}

impl AcrossSources<'_> {
    /// Makes one transaction of each two rows of this account and one that is the same which are one, as far as they are
    /// of this time, and suggests those that a person should look at. It is done in several units of work, the latest days
    /// first; broken off, it is completed when it is done again.
    pub(crate) async fn run(&self, account: AccountId, (from, to): (Day, Day)) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        let Some(account) = work.accounts().find(self.owner, account).await? else {
            return work.commit().await;
        };
        let all = same_accounts(&mut *work, &account).await?;
        let mut days = Vec::new();
        if all.len() > 1 {
            let from = from.plus_days(-ACROSS_DAYS).max(Day::FIRST);
            let to = to.plus_days(ACROSS_DAYS).min(Day::LAST);
            for account in &all {
                days.push(work.transactions().posted_days(self.owner, account.id, from, to).await?);
            }
        }
        work.commit().await?;
        let own = all.iter().position(|other| other.id == account.id);
        let Some(own) = own.filter(|_| all.len() > 1) else { return Ok(()) };
        for other in (0..all.len()).filter(|other| *other != own) {
            let (told, counting) = if counts(&all[own], &all[other]) { (other, own) } else { (own, other) };
            let (told_days, counting_days) = (&days[told], &days[counting]);
            let counts: HashSet<Day> = counting_days.iter().copied().collect();
            let near = |day: &&Day| days_across(**day).any(|near| counts.contains(&near));
            let in_question: Vec<Day> = told_days.iter().filter(near).copied().collect();
            for core in in_question.rchunks(DAYS) {
                let around: BTreeSet<Day> = core.iter().flat_map(|day| days_across(*day)).collect();
                let counting_days = days_among(counting_days, &around);
                let around = around.into_iter().flat_map(days_across).collect();
                let told_days = days_among(told_days, &around);
                let days = Days { core, told: &told_days, counting: &counting_days };
                if !self.part((&all[told], &all[counting]), days).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Pairs the rows of some days; false once the accounts are no longer one.
    async fn part(&self, accounts: (&Account, &Account), days: Days<'_>) -> Result<bool, StoreError> {
        let owner = self.owner;
        let (told, counting) = (accounts.0.id, accounts.1.id);
        let mut work = self.store.begin().await?;
        // From here on nobody else decides about the owner's transactions.
        let held = work.corrections().hold_account(owner, told).await?;
        let other = work.accounts().find(owner, counting).await?;
        let are_one = held.zip(other).is_some_and(|(one, other)| primary_of(&one) == primary_of(&other));
        if are_one {
            let told_rows = work.transactions().posted_on(owner, told, days.told).await?;
            let counting_rows = work.transactions().posted_on(owner, counting, days.counting).await?;
            self.pair(&mut *work, (told, &told_rows), (counting, &counting_rows), days.core).await?;
        }
        work.commit().await?;
        Ok(are_one)
    }

    async fn pair(
        &self,
        work: &mut dyn UnitOfWork,
        (told, told_rows): (AccountId, &[Transaction]),
        (counting, counting_rows): (AccountId, &[Transaction]),
        core: &[Day],
    ) -> Result<(), StoreError> {
        let core: HashSet<Day> = core.iter().copied().collect();
        let rows: HashMap<TransactionId, &Transaction> =
            told_rows.iter().chain(counting_rows).map(|row| (row.id, row)).collect();
        let involved: Vec<TransactionId> = rows.keys().copied().collect();
        if told_rows.is_empty() || counting_rows.is_empty() {
            return Ok(());
        }
        let known = work.reconciliations().about(self.owner, &involved).await?;
        let mut before = Decided::default();
        for decision in known.iter().filter(|decision| decision.state == DecisionState::Applied) {
            // A row is one of the other source's rows at most.
            if decision.other_account == Some(told) && decision.account == counting {
                before.matched.insert(decision.left);
            }
        }
        let rejected = work.reconciliations().rejected_pairs(self.owner, told).await?;
        if !rejected.is_empty() {
            let by_key: HashMap<SourceKey, TransactionId> =
                rows.values().map(|row| (SourceKey::from(*row), row.id)).collect();
            for RejectedPair { first, second, .. } in &rejected {
                if let (Some(one), Some(other)) = (by_key.get(first), by_key.get(second)) {
                    before.rejected.extend([(*one, *other), (*other, *one)]);
                }
            }
        }
        let mut outcome = across(told_rows, counting_rows, &before);
        // Of the other days not all rows were looked at.
        let is_core = |id: TransactionId| rows.get(&id).is_some_and(|row| core.contains(&row.day));
        outcome.applied.retain(|pair| is_core(pair.from));
        outcome.suggested.retain(|pair| is_core(pair.from));
        let kind: fn(&Pair) -> DecisionKind = |_| DecisionKind::CrossSource;
        let found = Found { owner: self.owner, run: None, rows: &rows, known: &known };
        write_outcome(work, self.ids, found, kind, outcome, self.now).await
    }
}

/// Days whose rows are looked at.
struct Days<'a> {
    /// Of these the rows are decided about.
    core: &'a [Day],
    /// These have rows that could be meant instead.
    told: &'a [Day],
    /// These have the other halves of both.
    counting: &'a [Day],
}

/// Those of the days that are among these.
fn days_among(days: &[Day], among: &BTreeSet<Day>) -> Vec<Day> {
    days.iter().filter(|day| among.contains(*day)).copied().collect()
}
