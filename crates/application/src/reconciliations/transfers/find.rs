//! Looks at what changed: whether it is one side of a transfer, or no longer.

use std::collections::{BTreeSet, HashMap, HashSet};

use dashtam_domain::{
    id::{AccountId, DecisionId, TransactionId, UserId},
    ledger::{
        Account, DecidedBy, Decision, DecisionState, Transaction,
        transfer::{Glance, TransferOutcome, TransferPair, TransferPlace, TransferSide, partners, transfers},
        worth::{PIVOT, RATE_LASTS, RateBook},
    },
    money::{Currency, Decimal},
    page::Limit,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use super::{
    Transfers, apply, dissolve,
    near::Near,
    settle::{Sides, withdraw},
};

/// So many changed transactions are looked at in one unit of work, so that other writers never wait long.
const TOGETHER: usize = 4_000;

impl Transfers {
    /// Looks through all that changed of the owner's transactions since it was done last, in several units of work. It costs
    /// what changed and what is near it. Broken off, it goes on when it is done again; that is why a failure is noted
    /// and nothing else: what was stored is stored.
    pub(crate) async fn catch_up(&self, owner: UserId, now: Timestamp) {
        loop {
            match self.look_on(owner, now).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "transfers were not looked for"
                    );
                    return;
                }
            }
        }
    }

    /// Looks through some of it; whether there is more.
    async fn look_on(&self, owner: UserId, now: Timestamp) -> Result<bool, StoreError> {
        // Before the unit of work, which would hold its connection while it waits for another one.
        let accounts = self.accounts(owner).await?;
        let mut work = self.store.begin().await?;
        let (changed, more) = work.transfers().changed(owner, TOGETHER).await?;
        self.look_through(&mut *work, owner, (&changed, &accounts), now).await?;
        work.transfers().looked_through(owner, more.unwrap_or(TransferPlace::Now)).await?;
        work.commit().await?;
        Ok(more.is_some())
    }

    async fn look_through(
        &self,
        work: &mut dyn UnitOfWork,
        owner: UserId,
        (changed, accounts): (&[Glance], &HashMap<AccountId, Account>),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // A row that is one side of a transfer, or may be, may be so no longer.
        let in_question: Vec<TransactionId> = changed.iter().map(|row| row.id).collect();
        let freed = match in_question.is_empty() {
            true => Vec::new(),
            false => dissolve_broken(work, owner, &in_question, now).await?,
        };
        let looked_at: Vec<&Glance> = changed.iter().chain(&freed).filter(|row| row.is_open()).collect();
        let open: HashSet<TransactionId> = looked_at.iter().map(|row| row.id).collect();
        if open.is_empty() || accounts.len() < 2 {
            return Ok(());
        }
        let mut near = Near::of(looked_at);
        let taken = self.look_for_pairs(work, owner, (&open, &mut near), accounts, now).await?;
        self.look_for_sums(work, owner, (&open, &mut near, &taken), accounts, now).await
    }

    /// Looks for the transfers of two rows; the rows that are a side of one now, or that somebody is asked about.
    async fn look_for_pairs(
        &self,
        work: &mut dyn UnitOfWork,
        owner: UserId,
        (open, near): (&HashSet<TransactionId>, &mut Near),
        accounts: &HashMap<AccountId, Account>,
        now: Timestamp,
    ) -> Result<HashSet<TransactionId>, StoreError> {
        // What a row may be one with, and what that may be one with instead.
        let mut involved = open.clone();
        let mut rates = RateBook::default();
        for _ in 0..2 {
            let around: Vec<Glance> = involved.iter().filter_map(|id| near.get(*id)).copied().collect();
            near.read_around(work, owner, &around).await?;
            let rows: Vec<Glance> = near.rows().copied().collect();
            rates = rates_of(work, &rows).await?;
            involved = partners(&involved, &rows, &rates, |id| whole(accounts, id));
            if involved.is_empty() {
                return Ok(HashSet::new());
            }
        }
        let mut ids: Vec<TransactionId> = involved.into_iter().collect();
        ids.sort_unstable();
        let rows = work.transactions().find_all(owner, &ids).await?;
        let known = work.transfers().about(owner, &ids).await?;
        let mut outcome = transfers(&rows, accounts, &rates, &refused(&known));
        // Of the others not all that they may be one with was looked at.
        let is_asked = |pair: &TransferPair| open.contains(&pair.from) || open.contains(&pair.to);
        outcome.applied.retain(is_asked);
        outcome.suggested.retain(is_asked);
        self.write(work, rows, &known, outcome, now).await
    }

    async fn accounts(&self, owner: UserId) -> Result<HashMap<AccountId, Account>, StoreError> {
        let (mut all, mut after) = (HashMap::new(), None);
        loop {
            let most = Limit::new(Limit::MAX).unwrap_or_default();
            let page = self.queries.accounts(owner, None, after, most).await?;
            all.extend(page.items.into_iter().map(|account| (account.id, account)));
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    async fn write(
        &self,
        work: &mut dyn UnitOfWork,
        rows: Vec<Transaction>,
        known: &[Decision],
        outcome: TransferOutcome,
        now: Timestamp,
    ) -> Result<HashSet<TransactionId>, StoreError> {
        let by_id: HashMap<TransactionId, &Transaction> = rows.iter().map(|row| (row.id, row)).collect();
        let decision = |pair: &TransferPair| {
            let rows = (*by_id.get(&pair.from)?, *by_id.get(&pair.to)?);
            let id = DecisionId(self.sources.ids.next());
            Some(Decision::transfer(id, Some(pair.tier), rows, (Some(pair.scores), pair.terms), now))
        };
        let suggested = || known.iter().filter(|decision| decision.state == DecisionState::Suggested);
        let asked: HashMap<_, &Decision> =
            suggested().filter(|of| !of.is_sum()).map(|of| ((of.left, of.right), of)).collect();
        let mut applied = Vec::with_capacity(outcome.applied.len());
        let mut answered = HashSet::new();
        for pair in &outcome.applied {
            let Some(fresh) = decision(pair) else { continue };
            applied.push(match asked.get(&(pair.from, pair.to)) {
                // What was asked is answered.
                Some(asked) => {
                    answered.insert(asked.id);
                    Decision { id: asked.id, created_at: asked.created_at, ..fresh }
                }
                None => fresh,
            });
        }
        // A row that somebody is asked about, or that is in a transfer now, is not asked about once more. But what two rows
        // are by themselves is the better question than what they add up to.
        let pairs = suggested().filter(|decision| !decision.is_sum());
        let mut taken: HashSet<TransactionId> = pairs.flat_map(Decision::rows).collect();
        taken.extend(applied.iter().flat_map(Decision::rows));
        let is_free = |pair: &&TransferPair| !taken.contains(&pair.from) && !taken.contains(&pair.to);
        let to_ask: Vec<Decision> = outcome.suggested.iter().filter(is_free).filter_map(decision).collect();
        if !applied.is_empty() {
            apply(work, &mut applied, rows.into(), DecidedBy::Engine, now).await?;
            let (asked, fresh): (Vec<Decision>, Vec<Decision>) =
                applied.into_iter().partition(|decision| answered.contains(&decision.id));
            for decision in &asked {
                work.reconciliations().settle(decision, DecisionState::Suggested).await?;
            }
            work.reconciliations().insert(&fresh).await?;
        }
        if !to_ask.is_empty() {
            work.reconciliations().insert(&to_ask).await?;
        }
        taken.extend(to_ask.iter().flat_map(Decision::rows));
        let is_over = |sum: &&Decision| sum.is_sum() && sum.rows().any(|id| taken.contains(&id));
        withdraw(work, suggested().filter(is_over).cloned().collect(), now).await?;
        Ok(taken)
    }
}

/// The account as it counts: one that is another one counts as that.
pub(super) fn whole(accounts: &HashMap<AccountId, Account>, id: AccountId) -> AccountId {
    accounts.get(&id).and_then(Account::same_as).unwrap_or(id)
}

/// The rates that these rows need: none where all are in one currency.
async fn rates_of(work: &mut dyn UnitOfWork, rows: &[Glance]) -> Result<RateBook, StoreError> {
    let mut among: BTreeSet<Currency> = rows.iter().map(|row| row.currency).collect();
    let days = rows.iter().map(|row| row.day);
    let Some((first, last)) = days.clone().min().zip(days.max()) else { return Ok(RateBook::default()) };
    if among.len() < 2 {
        return Ok(RateBook::default());
    }
    among.insert(PIVOT);
    let among: Vec<Currency> = among.into_iter().collect();
    let rates = work.rates().among(&among, first.plus_days(-RATE_LASTS), last).await?;
    Ok(rates.into_iter().collect())
}

/// The pairs of which a person said that they are no transfer.
fn refused(known: &[Decision]) -> HashSet<(TransactionId, TransactionId)> {
    let refused = known.iter().filter(|decision| {
        let is_over = matches!(decision.state, DecisionState::Rejected | DecisionState::Undone);
        is_over && decision.by == DecidedBy::User && !decision.is_sum()
    });
    refused.map(|decision| (decision.left, decision.right)).collect()
}

/// Dissolves transfers of these rows of which one side is gone, or goes the other way now, and asks about such pairs no
/// longer. What is left of them may be a side of another one.
async fn dissolve_broken(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    rows: &[TransactionId],
    now: Timestamp,
) -> Result<Vec<Glance>, StoreError> {
    let mut known = work.transfers().about(owner, rows).await?;
    known.retain(|decision| matches!(decision.state, DecisionState::Suggested | DecisionState::Applied));
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let sides = Sides::read(work, owner, &known).await?;
    let goes = |id: TransactionId, side: TransferSide| {
        sides.get(id).is_some_and(|row| !row.amount.is_zero() && TransferSide::of(row.shown_amount()) == side)
    };
    // What is suggested is founded on the amounts of then.
    let has = |id: TransactionId, then: Decimal| sides.get(id).is_some_and(|row| row.shown_amount() == then);
    known.retain(|decision| {
        let is_as_then = decision.sides().all(|(_, id, then)| has(id, then.amount));
        let is_off = decision.state == DecisionState::Suggested && !is_as_then;
        is_off || decision.sides().any(|(side, id, _)| !goes(id, side))
    });
    let (mut applied, suggested): (Vec<Decision>, Vec<Decision>) =
        known.into_iter().partition(|decision| decision.state == DecisionState::Applied);
    dissolve(work, &mut applied, DecidedBy::Engine, now).await?;
    let rows_of = |decisions: &[Decision]| -> Vec<Glance> {
        let ids = decisions.iter().flat_map(Decision::rows);
        ids.filter_map(|id| sides.get(id)).map(Glance::from).collect()
    };
    let mut left = rows_of(&applied);
    left.iter_mut().for_each(|row| row.transfer = None);
    left.extend(rows_of(&suggested));
    withdraw(work, suggested, now).await?;
    Ok(left)
}
