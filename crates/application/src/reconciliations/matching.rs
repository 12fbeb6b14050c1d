//! Looks at an account after its listing: which pending rows became which posted ones, and which rows came back under
//! other ids.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    connections::{Absence, TransactionWindow},
    id::{DecisionId, SyncRunId, TransactionId, UserId},
    ledger::{
        Account, DecidedBy, Decision, DecisionKind, DecisionState, Shown, SourceKey, Transaction,
        matching::{Decided, Matching, Outcome, Pair, Standing, Tier},
    },
    sources::Ids,
    store::{StoreError, UnitOfWork},
    time::{Day, Timestamp},
};

use super::{Rows, carry_out};
use crate::rules::decide;

/// What has been listed of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed<'a> {
    /// What was in it.
    pub(crate) shown: &'a Shown,
    /// All of these days.
    pub(crate) window: TransactionWindow,
    /// What it means that a row is not shown.
    pub(crate) absence: Absence,
}

/// The rows of an account that are in question.
struct Question {
    pending: Vec<(Transaction, Standing)>,
    vanished: Vec<Transaction>,
    posted: Vec<Transaction>,
}

impl Question {
    /// Reads them: with no pending row, and none that went, no other row is looked at.
    async fn ask(
        work: &mut dyn UnitOfWork,
        account: &Account,
        listed: &Listed<'_>,
    ) -> Result<Option<Self>, StoreError> {
        let (owner, id) = (account.owner, account.id);
        let pending = work.transactions().pending(owner, id).await?;
        let vanished = match (listed.absence, account.last_synced_at) {
            (Absence::Removed, Some(_)) => {
                work.transactions().unseen(owner, id, listed.window, listed.shown).await?
            }
            _ => Vec::new(),
        };
        if pending.is_empty() && vanished.is_empty() {
            return Ok(None);
        }
        let mut days: Vec<Day> = pending.iter().chain(&vanished).flat_map(Matching::days_of).collect();
        days.sort_unstable();
        days.dedup();
        let posted = work.transactions().posted_on(owner, id, &days).await?;
        let stands = |row: Transaction| {
            let standing = standing(&row, listed);
            (row, standing)
        };
        let pending = pending.into_iter().map(stands).collect();
        Ok(Some(Self { pending, vanished, posted }))
    }

    /// The rows by their ids.
    fn by_id(&self) -> HashMap<TransactionId, &Transaction> {
        let pending = self.pending.iter().map(|(row, _)| row);
        pending.chain(&self.vanished).chain(&self.posted).map(|row| (row.id, row)).collect()
    }
}

/// What the listing says of a pending row.
fn standing(row: &Transaction, listed: &Listed<'_>) -> Standing {
    if listed.shown.has(row) {
        Standing::Listed
    } else if (listed.window.from..=listed.window.to).contains(&row.day) && row.import.is_none() {
        Standing::Gone
    } else {
        Standing::Unknown
    }
}

/// Finds the pairs of an account's rows that are one transaction and makes them one, and suggests those that a person
/// should look at. Of posted rows that the listing shows as pending alone, `echoes`, those that came back under no other
/// id are pending again. It is to be called at the end of a whole listing, before what is gone is removed.
pub(crate) async fn match_account(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    account: &Account,
    listed: Listed<'_>,
    mut echoes: Vec<Transaction>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(question) = Question::ask(work, account, &listed).await? else { return Ok(()) };
    let matched = match_question(work, ids, account, &question, listed.shown, now).await?;
    let gone: HashSet<TransactionId> = question.vanished.iter().map(|row| row.id).collect();
    echoes.retain(|row| gone.contains(&row.id) && !matched.contains(&row.id));
    if echoes.is_empty() {
        return Ok(());
    }
    decide(work, account.owner, &mut echoes).await?;
    work.transactions().update(&echoes).await
}

/// Pairs the rows; which of them became others.
async fn match_question(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    account: &Account,
    question: &Question,
    shown: &Shown,
    now: Timestamp,
) -> Result<HashSet<TransactionId>, StoreError> {
    let is_new = |row: &Transaction| account.last_synced_at.is_none_or(|last| row.created_at > last);
    let Question { pending, vanished, posted } = question;
    let matching = Matching::new(pending, vanished, posted, is_new);
    let involved = matching.rows();
    if involved.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = question.by_id();
    let known = work.reconciliations().about(account.owner, &involved).await?;
    let before = decided(work, account, &rows, &known, &involved).await?;
    let outcome = matching.decide(&before, now.day());

    let kind: fn(&Pair) -> DecisionKind = |pair| match pair.tier {
        Tier::Reissued => DecisionKind::Reissued,
        _ => DecisionKind::PendingPosted,
    };
    let matched = outcome.applied.iter().map(|pair| pair.from).collect();
    // What two rows become was shown if one of them was, which is not asked by their ids.
    let unchanged = outcome.applied.iter().flat_map(|pair| [pair.from, pair.to]);
    let unchanged: Vec<TransactionId> = unchanged.filter(|id| shown.unchanged.contains(id)).collect();
    if !unchanged.is_empty() {
        work.transactions().mark_seen(account.owner, &unchanged, shown.run).await?;
    }
    let found = Found { owner: account.owner, run: Some(shown.run), rows: &rows, known: &known };
    write_outcome(work, ids, found, kind, outcome, now).await?;
    Ok(matched)
}

/// What pairs were found among.
pub(super) struct Found<'a> {
    pub(super) owner: UserId,
    /// The listing that led to them.
    pub(super) run: Option<SyncRunId>,
    pub(super) rows: &'a HashMap<TransactionId, &'a Transaction>,
    /// What is decided about these rows already.
    pub(super) known: &'a [Decision],
}

/// Makes one transaction of each of the pairs that are one, and suggests the others.
pub(super) async fn write_outcome(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    found: Found<'_>,
    kind: fn(&Pair) -> DecisionKind,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Found { owner, run, rows, known } = found;
    let suggested = known.iter().filter(|decision| decision.state == DecisionState::Suggested);
    let suggested: HashMap<_, &Decision> = suggested
        .flat_map(|open| [((open.left, open.right), open), ((open.right, open.left), open)])
        .collect();
    let open = |pair: &Pair| suggested.get(&(pair.from, pair.to)).copied();
    let decision = |pair: &Pair| {
        let (from, to) = (*rows.get(&pair.from)?, *rows.get(&pair.to)?);
        let id = DecisionId(ids.next());
        let founded = (Some(pair.scores), run);
        // Of two accounts' rows the second one counts; of one account's the older one stays, whichever it is.
        Some(Decision::suggested(id, kind(pair), Some(pair.tier), (to, from), founded, now))
    };

    let mut applied: Vec<Decision> = Vec::with_capacity(outcome.applied.len());
    let mut asked: HashSet<DecisionId> = HashSet::new();
    for pair in &outcome.applied {
        let Some(fresh) = decision(pair) else { continue };
        applied.push(match open(pair) {
            // What was asked is answered.
            Some(open) => {
                asked.insert(open.id);
                Decision { id: open.id, created_at: open.created_at, ..fresh }
            }
            None => fresh,
        });
    }
    if !applied.is_empty() {
        let touched: Vec<TransactionId> =
            applied.iter().flat_map(|decision| [decision.left, decision.right]).collect();
        let mut whole = Rows::read(work, owner, &touched).await?;
        carry_out(work, &mut applied, &mut whole, DecidedBy::Engine, now).await?;
        let (answered, fresh): (Vec<Decision>, Vec<Decision>) =
            applied.into_iter().partition(|decision| asked.contains(&decision.id));
        for decision in &answered {
            work.reconciliations().settle(decision, DecisionState::Suggested).await?;
        }
        if !suggested.is_empty() {
            work.reconciliations().dismiss(owner, &touched, now).await?;
        }
        work.reconciliations().insert(&fresh).await?;
    }
    let to_ask: Vec<Decision> =
        outcome.suggested.iter().filter(|pair| open(pair).is_none()).filter_map(decision).collect();
    if !to_ask.is_empty() {
        work.reconciliations().insert(&to_ask).await?;
    }
    Ok(())
}

/// What was decided before about the rows that are in question.
async fn decided(
    work: &mut dyn UnitOfWork,
    account: &Account,
    rows: &HashMap<TransactionId, &Transaction>,
    known: &[Decision],
    involved: &[TransactionId],
) -> Result<Decided, StoreError> {
    let mut before = Decided::default();
    for decision in known {
        match (decision.state, decision.kind) {
            (DecisionState::Applied, DecisionKind::PendingPosted) => {
                before.matched.insert(decision.left);
            }
            (DecisionState::Suggested, _) => {
                before.suggested.insert((decision.left, decision.right));
                before.suggested.insert((decision.right, decision.left));
            }
            _ => {}
        }
    }
    let rejected = work.reconciliations().rejected_pairs(account.owner, account.id).await?;
    if !rejected.is_empty() {
        let rows = involved.iter().filter_map(|id| rows.get(id));
        let by_key: HashMap<SourceKey, TransactionId> =
            rows.map(|row| (SourceKey::from(*row), row.id)).collect();
        for pair in rejected {
            if let (Some(one), Some(other)) = (by_key.get(&pair.first), by_key.get(&pair.second)) {
                before.rejected.insert((*one, *other));
                before.rejected.insert((*other, *one));
            }
        }
    }
    Ok(before)
}
