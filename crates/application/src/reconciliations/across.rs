//! Looks at accounts that are one: which of their rows two sources told of.

use std::collections::{BTreeSet, HashMap, HashSet};

use dashtam_domain::{
    connections::Absence,
    id::{AccountId, DecisionId, TransactionId, UserId},
    ledger::{
        Account, Decision, DecisionKind, DecisionState, RejectedPair, SourceKey, Transaction,
        TransactionStatus,
        matching::{ACROSS_DAYS, Decided, Outcome, Pair, across, days_across, told_again},
    },
    sources::Ids,
    store::{Store, StoreError, UnitOfWork},
    time::{Day, Timestamp},
};

use super::matching::{Found, Listed, write_outcome};

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

/// Which rows of the source that does not count are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sought {
    /// The posted ones.
    Posted,
    /// The pending ones, which the other source may have as pending or as posted.
    Pending,
}

/// Pairs rows of accounts that are one.
pub(crate) struct AcrossSources<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) ids: &'a dyn Ids,
    pub(crate) owner: UserId,
    /// The account that was just listed, if one was, and what of it.
    pub(crate) listed: Option<(AccountId, Listed<'a>)>,
    pub(crate) now: Timestamp,
}

impl AcrossSources<'_> {
    /// Makes one transaction of each two rows of this account and one that is the same which are one, as far as they are
    /// of this time, and suggests those that a person should look at. It is done in several units of work, the latest days
    /// first; broken off, it is completed when it is done again.
    pub(crate) async fn run(&self, account: AccountId, days: (Day, Day)) -> Result<(), StoreError> {
        self.near(account, days, |_| true).await
    }

    /// The same of rows of these days, and of days so near that a row of one may be one of the other.
    pub(crate) async fn run_on(&self, account: AccountId, days: &BTreeSet<Day>) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(()) };
        let is_near = |day: Day| {
            let (from, to) = (day.plus_days(-ACROSS_DAYS), day.plus_days(ACROSS_DAYS));
            days.range(from..=to).next().is_some()
        };
        self.near(account, (*first, *last), is_near).await
    }

    /// The same of those days of this time, and of those near it, that are asked about.
    async fn near(
        &self,
        account: AccountId,
        (from, to): (Day, Day),
        is_asked: impl Fn(Day) -> bool + Send,
    ) -> Result<(), StoreError> {
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
            let near = told_days.iter().filter(near).copied();
            let in_question: Vec<Day> = near.filter(|day| is_asked(*day)).collect();
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
            self.waiting(&all[told], &all[counting]).await?;
        }
        Ok(())
    }

    /// Takes hold of the owner's ledger, so that nobody else decides about the transactions; whether the accounts are one.
    async fn are_one(
        &self,
        work: &mut dyn UnitOfWork,
        (one, other): (&Account, &Account),
    ) -> Result<bool, StoreError> {
        let held = work.corrections().hold_account(self.owner, one.id).await?;
        let other = work.accounts().find(self.owner, other.id).await?;
        Ok(held.zip(other).is_some_and(|(one, other)| primary_of(&one) == primary_of(&other)))
    }

    /// Pairs the pending rows.
    async fn waiting(&self, told: &Account, counting: &Account) -> Result<(), StoreError> {
        let owner = self.owner;
        let mut work = self.store.begin().await?;
        if self.are_one(&mut *work, (told, counting)).await? {
            let told_rows = work.transactions().pending(owner, told.id).await?;
            if !told_rows.is_empty() {
                let days: BTreeSet<Day> = told_rows.iter().flat_map(|row| days_across(row.day)).collect();
                let days: Vec<Day> = days.into_iter().collect();
                let mut counting_rows = work.transactions().posted_on(owner, counting.id, &days).await?;
                counting_rows.extend(work.transactions().pending(owner, counting.id).await?);
                let core: Vec<Day> = told_rows.iter().map(|row| row.day).collect();
                let (told, counting) = ((told.id, &told_rows[..]), (counting.id, &counting_rows[..]));
                self.pair(&mut *work, told, counting, &core, Sought::Pending).await?;
            }
        }
        work.commit().await
    }

    /// Pairs the rows of some days; false once the accounts are no longer one.
    async fn part(&self, accounts: (&Account, &Account), days: Days<'_>) -> Result<bool, StoreError> {
        let owner = self.owner;
        let (told, counting) = (accounts.0.id, accounts.1.id);
        let mut work = self.store.begin().await?;
        let are_one = self.are_one(&mut *work, accounts).await?;
        if are_one {
            let told_rows = work.transactions().posted_on(owner, told, days.told).await?;
            let counting_rows = work.transactions().posted_on(owner, counting, days.counting).await?;
            let (told, counting) = ((told, &told_rows[..]), (counting, &counting_rows[..]));
            self.pair(&mut *work, told, counting, days.core, Sought::Posted).await?;
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
        sought: Sought,
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
        let is_theirs = |of: &&Decision| of.other_account == Some(told) && of.account == counting;
        let applied = known.iter().filter(|decision| decision.state == DecisionState::Applied);
        let applied: Vec<&Decision> = applied.filter(is_theirs).collect();
        let withdrawn = self.withdrawn(work, told, &applied).await?;
        // A row is one of the other source's rows at most, but for those that this one has withdrawn, and for a pending one
        // that it tells as posted beside.
        let is_taken = |decision: &&&Decision| {
            let is_pending = decision.evidence.right.status == TransactionStatus::Pending;
            let counts = sought == Sought::Pending || !is_pending;
            counts && !withdrawn.contains(&decision.right)
        };
        before.matched.extend(applied.iter().filter(is_taken).map(|decision| decision.left));
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
        if sought == Sought::Posted {
            let again = self.told_again(work, told_rows, &applied, &before, &outcome).await?;
            outcome.suggested.extend(again);
        }
        // Of the other days not all rows were looked at.
        let is_core = |id: TransactionId| rows.get(&id).is_some_and(|row| core.contains(&row.day));
        outcome.applied.retain(|pair| is_core(pair.from));
        outcome.suggested.retain(|pair| is_core(pair.from));
        let taken: HashSet<TransactionId> = outcome.applied.iter().map(|pair| pair.to).collect();
        for decision in applied {
            let is_pending = decision.evidence.right.status == TransactionStatus::Pending;
            let is_over = is_pending || withdrawn.contains(&decision.right);
            if is_over && taken.contains(&decision.left) {
                self.forget_withdrawn(work, decision.id).await?;
            }
        }
        let kind: fn(&Pair) -> DecisionKind = |_| DecisionKind::CrossSource;
        let found = Found { owner: self.owner, run: None, rows: &rows, known: &known };
        write_outcome(work, self.ids, found, kind, outcome, self.now).await
    }

    /// Rows of files that no row of the other source is left for, because an earlier file told the same under another id:
    /// they would count twice, and nobody would be asked.
    async fn told_again(
        &self,
        work: &mut dyn UnitOfWork,
        told_rows: &[Transaction],
        applied: &[&Decision],
        before: &Decided,
        outcome: &Outcome,
    ) -> Result<Vec<Pair>, StoreError> {
        let paired: HashSet<TransactionId> =
            outcome.applied.iter().chain(&outcome.suggested).map(|pair| pair.from).collect();
        let left: Vec<&Transaction> =
            told_rows.iter().filter(|row| row.import.is_some() && !paired.contains(&row.id)).collect();
        let days: HashSet<Day> = left.iter().map(|row| row.day).collect();
        let one_with: HashMap<TransactionId, TransactionId> = applied
            .iter()
            .filter(|decision| days.contains(&decision.evidence.right.day))
            .map(|decision| (decision.right, decision.left))
            .collect();
        if one_with.is_empty() {
            return Ok(Vec::new());
        }
        let merged: Vec<TransactionId> = one_with.keys().copied().collect();
        let mut merged = work.transactions().find_all(self.owner, &merged).await?;
        merged.sort_unstable_by_key(|row| row.id);
        let merged: Vec<(&Transaction, TransactionId)> =
            merged.iter().filter_map(|row| Some((row, *one_with.get(&row.id)?))).collect();
        Ok(told_again(left, &merged, before))
    }

    /// Notes of a merged row that it has come again under another id, or was booked: should the accounts be two again, it is
    /// gone.
    async fn forget_withdrawn(
        &self,
        work: &mut dyn UnitOfWork,
        decision: DecisionId,
    ) -> Result<(), StoreError> {
        let found = work.reconciliations().find(self.owner, decision).await?;
        let Some(mut decision) = found else { return Ok(()) };
        if let Some(before) = &mut decision.before {
            before.right.status = TransactionStatus::Removed;
        }
        work.reconciliations().settle(&decision, DecisionState::Applied).await.map(drop)
    }

    /// Those of the merged rows of an account that its listing, just made, shows no longer.
    async fn withdrawn(
        &self,
        work: &mut dyn UnitOfWork,
        account: AccountId,
        decisions: &[&Decision],
    ) -> Result<HashSet<TransactionId>, StoreError> {
        let listed = self.listed.filter(|(id, _)| *id == account);
        let Some((_, listed)) = listed else { return Ok(HashSet::new()) };
        // Of some listings only a pending row's absence says anything.
        let is_told = |decision: &&&Decision| {
            let is_pending = decision.evidence.right.status == TransactionStatus::Pending;
            is_pending || listed.absence == Absence::Removed
        };
        let merged: Vec<TransactionId> =
            decisions.iter().filter(is_told).map(|decision| decision.right).collect();
        if merged.is_empty() {
            return Ok(HashSet::new());
        }
        let mut merged = work.transactions().find_all(self.owner, &merged).await?;
        let days = listed.window.from..=listed.window.to;
        merged.retain(|row| row.import.is_none() && !listed.shown.has(row) && days.contains(&row.day));
        Ok(merged.into_iter().map(|row| row.id).collect())
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
