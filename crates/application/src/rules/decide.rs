//! What rules decide about transactions that are stored or stored anew.

use std::collections::HashMap;

use dashtam_domain::{
    call::Call,
    id::UserId,
    ledger::meaning::{
        Learned, Payee, PayeeName,
        rule::{Rule, RuleBook, RuleOutcome, RuleRun},
    },
    ledger::{Transaction, TransactionStatus},
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use uuid::Uuid;

use super::run::go_on;
use crate::turn::others_turn;

/// Notes in these rows of one owner what the rules decide about them. It is to be called before they are stored, by
/// whoever stores them: what the rules decide is stored with what a source tells.
pub(crate) async fn decide(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    rows: impl IntoIterator<Item = &mut Transaction> + Send,
) -> Result<(), StoreError> {
    let rows: Vec<&mut Transaction> =
        rows.into_iter().filter(|row| row.status != TransactionStatus::Removed).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rules = work.rules().hold_all(owner).await?;
    let book = book(work, owner, rules).await?;
    let learned = learned(work, owner, rows.iter().map(|row| &**row)).await?;
    let mut turns = Turns::of(&book);
    for row in rows {
        row.decided = outcome(&book, &learned, row);
        turns.after(row).await;
    }
    Ok(())
}

/// Leaves others their turn while rules are asked about many rows.
pub(super) struct Turns<'b> {
    book: &'b RuleBook,
    steps: u64,
}

impl<'b> Turns<'b> {
    /// Steps between two turns: some ten milliseconds.
    const STEPS: u64 = 5_000_000;

    pub(super) fn of(book: &'b RuleBook) -> Self {
        Self { book, steps: 0 }
    }

    /// The rules were asked about this row.
    pub(super) async fn after(&mut self, row: &Transaction) {
        self.steps = self.steps.saturating_add(self.book.work(row));
        if self.steps >= Self::STEPS {
            self.steps = 0;
            others_turn().await;
        }
    }
}

/// What is learned of payees, by their names.
pub(super) type LearnedPayees = HashMap<PayeeName, Learned>;

/// The other sides of these rows of which something is known.
pub(super) async fn payees(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    rows: impl Iterator<Item = &Transaction> + Send,
) -> Result<Vec<Payee>, StoreError> {
    let mut names: Vec<PayeeName> = rows.filter_map(PayeeName::of).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    work.payees().named(owner, &names).await
}

/// What is learned of the other sides of these rows.
pub(super) async fn learned(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    rows: impl Iterator<Item = &Transaction> + Send,
) -> Result<LearnedPayees, StoreError> {
    let payees = payees(work, owner, rows).await?;
    Ok(payees.into_iter().filter_map(|payee| Some((payee.name.clone(), payee.learned()?))).collect())
}

/// What the rules decide about a row, and what is learned of its other side.
fn outcome(book: &RuleBook, learned: &LearnedPayees, row: &Transaction) -> Option<Box<RuleOutcome>> {
    let of_payee = if learned.is_empty() { None } else { PayeeName::of(row) };
    let of_payee = of_payee.and_then(|name| learned.get(&name).copied());
    RuleOutcome::with_learned(book.decide(row), of_payee, row.decided.as_deref())
}

/// These rules of an owner, ready to be asked.
pub(crate) async fn book(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    rules: Vec<Rule>,
) -> Result<RuleBook, StoreError> {
    let institutions = match RuleBook::asks_for_institutions(&rules) {
        true => work.rules().institutions(owner).await?,
        false => Vec::new(),
    };
    Ok(RuleBook::new(rules, &institutions))
}

/// The rows about which the rules decide something else now than what is stored, with that.
pub(super) async fn decided_again(
    book: &RuleBook,
    learned: &LearnedPayees,
    rows: &[Transaction],
    now: Timestamp,
) -> Vec<Transaction> {
    let (mut again, mut turns) = (Vec::new(), Turns::of(book));
    for row in rows {
        let decided = outcome(book, learned, row);
        if decided != row.decided {
            again.push(Transaction { decided, updated_at: now, ..row.clone() });
        }
        turns.after(row).await;
    }
    again
}

/// Asks all rules again about the transactions of which this rule decided something. A first page is carried on at once, and
/// what is left by a run; whether there is one. A run that was left before goes on from here.
pub(crate) async fn decide_again_of(
    work: &mut dyn UnitOfWork,
    call: &Call,
    mut run: RuleRun,
) -> Result<bool, StoreError> {
    go_on(work, call, &mut run).await?;
    let is_open = run.state.is_open();
    if is_open {
        let left = match run.of {
            Some(decider) => work.rule_runs().open_of(run.owner, decider).await?,
            None => None,
        };
        let run = match left {
            Some(left) => left.taken_up(run),
            None => run,
        };
        work.rule_runs().put(&run).await?;
    }
    Ok(is_open)
}

/// Leaves it to a worker to ask all rules again about the transactions of which each of these deciders decided something. Runs that were
/// left before go on from their beginning instead.
pub(crate) async fn decide_later_of(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    runs: Vec<RuleRun>,
) -> Result<(), StoreError> {
    let deciders: Vec<Uuid> = runs.iter().filter_map(|run| run.of).collect();
    let left = work.rule_runs().open_of_each(owner, &deciders).await?;
    let mut left: HashMap<Option<Uuid>, RuleRun> = left.into_iter().map(|run| (run.of, run)).collect();
    let runs: Vec<RuleRun> = runs
        .into_iter()
        .map(|run| match left.remove(&run.of) {
            Some(left) => left.taken_up(run),
            None => run,
        })
        .collect();
    work.rule_runs().put_all(&runs).await
}
