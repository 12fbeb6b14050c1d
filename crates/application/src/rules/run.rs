//! Applies the rules to what is stored, and takes that back.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{CategoryId, PayeeId, RuleId, RuleRunId, TransactionId},
    identity::Scope,
    ledger::meaning::{
        CategoryKey,
        rule::{RuleOutcome, RuleRun, RuleRunChange, RuleRunState},
    },
    ledger::{Transaction, TransactionStatus},
    page::Limit,
    store::{StorageTrouble, StoreError, UnitOfWork},
};

use super::{
    Rules, RulesError,
    decide::{book, decided_again, learned, payees},
};
use crate::{
    errors::CommonError,
    once::{self, Present},
    request::{authorize, request},
};

/// All rules, asked about everything that is stored.
#[derive(Debug)]
pub struct StartRuleRun;

request!(StartRuleRun, "rules.run", Access::User(Needs::change(Scope::TransactionsWrite)));

/// The runs that can be watched or taken back.
#[derive(Debug)]
pub struct ListRuleRuns;

request!(ListRuleRuns, "rules.list_runs", Access::User(Needs::read(Scope::TransactionsRead)));

/// Which run.
#[derive(Debug)]
pub struct GetRuleRun {
    /// Its id.
    pub run: RuleRunId,
}

request!(GetRuleRun, "rules.get_run", Access::User(Needs::read(Scope::TransactionsRead)));

/// Which run shall be taken back.
#[derive(Debug)]
pub struct UndoRuleRun {
    /// Its id.
    pub run: RuleRunId,
}

request!(UndoRuleRun, "rules.undo_run", Access::User(Needs::change(Scope::TransactionsWrite)));

/// The next page of whatever run has to go on.
#[derive(Debug)]
pub struct CarryOnRuleRuns;

request!(CarryOnRuleRuns, "rules.carry_on", Access::System);

impl Rules {
    /// Begins to apply the rules to all transactions. One that is under way already is answered instead: what it has passed is
    /// decided by the rules as they are, or was decided anew when they changed. Of many runs that can be taken back none is added.
    #[tracing::instrument(name = "rules.run", skip_all)]
    pub async fn start_run(
        &self,
        call: &Call,
        _request: StartRuleRun,
        present: Present<RuleRun>,
    ) -> Result<RuleRun, RulesError> {
        let owner = authorize::<StartRuleRun>(call)?.user;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        // From here on nobody else begins one.
        work.rules().hold_all(owner).await?;
        let run = match work.rule_runs().open(owner).await? {
            Some(open) => open,
            None if work.rule_runs().kept(owner).await? >= RuleRun::KEPT => {
                return Err(RulesError::TooManyRuns);
            }
            None => {
                let run = RuleRun::new(RuleRunId(self.sources.ids.next()), owner, None, call.now);
                work.rule_runs().put(&run).await?;
                run
            }
        };
        once::finish(call, &mut *work, &run, present).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(run)
    }

    /// The caller's run that goes on, and those that can still be taken back: the newest first.
    pub async fn runs(&self, call: &Call, _request: ListRuleRuns) -> Result<Vec<RuleRun>, RulesError> {
        let owner = authorize::<ListRuleRuns>(call)?.user;
        Ok(self.queries.shown_runs(owner).await?)
    }

    /// The caller's run.
    pub async fn run(&self, call: &Call, request: GetRuleRun) -> Result<RuleRun, RulesError> {
        let owner = authorize::<GetRuleRun>(call)?.user;
        self.queries.rule_run(owner, request.run).await?.ok_or(RulesError::NoRun)
    }

    /// Begins to take back what a run changed. A transaction about which something else was decided since is left as it is, and
    /// counted.
    #[tracing::instrument(name = "rules.undo_run", skip_all, fields(run.id = %request.run))]
    pub async fn undo_run(&self, call: &Call, request: UndoRuleRun) -> Result<RuleRun, RulesError> {
        let owner = authorize::<UndoRuleRun>(call)?.user;
        let mut work = self.store.begin().await?;
        let mut run = work.rule_runs().find(owner, request.run).await?.ok_or(RulesError::NoRun)?;
        work.rules().hold_all(owner).await?;
        if work.rule_runs().open(owner).await?.is_some() || !run.undo(call.now) {
            return Err(RulesError::NotToUndo);
        }
        work.rule_runs().put(&run).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(run)
    }

    /// Carries one open run on by a page, in one unit of work with its place; whether there was one. While a page is under way,
    /// other workers step over its run, so that no transaction is looked at twice. One that cannot go on lets others come first,
    /// and is given up after a while.
    #[tracing::instrument(name = "rules.carry_on", skip_all)]
    pub async fn carry_on(&self, call: &Call, _request: CarryOnRuleRuns) -> Result<bool, CommonError> {
        call.permits(Access::System)?;
        if !self.queries.has_open_runs().await? {
            return Ok(false);
        }
        let mut work = self.store.begin().await?;
        let Some(mut run) = work.rule_runs().next().await? else {
            work.roll_back().await;
            return Ok(false);
        };
        let error = match carry(&mut *work, call, &mut run).await {
            Ok(()) => match work.commit().await {
                Ok(()) => return Ok(true),
                Err(error) => error,
            },
            Err(error) => {
                work.roll_back().await;
                error
            }
        };
        if !passes(&error) {
            self.note_failure(call, &run).await?;
        }
        Err(error.into())
    }

    async fn note_failure(&self, call: &Call, run: &RuleRun) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        let found = work.rule_runs().find(run.owner, run.id).await?;
        let Some(mut run) = found.filter(|run| run.state.is_open()) else {
            work.roll_back().await;
            return Ok(());
        };
        run.failed(call.now);
        work.rule_runs().put(&run).await?;
        work.commit().await
    }
}

/// Whether what stands in the way stands in everybody's, for a while.
fn passes(error: &StoreError) -> bool {
    match error {
        StoreError::Contended(_) | StoreError::Uncertain(_) => true,
        StoreError::Storage { trouble, .. } => *trouble != StorageTrouble::Damaged,
        _ => false,
    }
}

/// Carries a run on by a page, and writes how far it came.
async fn carry(work: &mut dyn UnitOfWork, call: &Call, run: &mut RuleRun) -> Result<(), StoreError> {
    match run.state {
        RuleRunState::Undoing => go_back(work, call, run).await?,
        _ => go_on(work, call, run).await?,
    }
    work.rule_runs().put(run).await
}

fn limit() -> Limit {
    Limit::new(RuleRun::PAGE).unwrap_or_default()
}

/// Asks the rules about the next transactions of a run.
pub(super) async fn go_on(
    work: &mut dyn UnitOfWork,
    call: &Call,
    run: &mut RuleRun,
) -> Result<(), StoreError> {
    let owner = run.owner;
    let rules = work.rules().hold_all(owner).await?;
    let book = book(work, owner, rules).await?;
    let rows = match run.of {
        Some(decider) => {
            work.rules().decided_by(owner, decider, run.place.map(|place| place.id), limit()).await?
        }
        None => work.rules().history(owner, run.place, limit()).await?,
    };
    let is_full = rows.len() == usize::from(RuleRun::PAGE);
    let taken = book.within(&rows, RuleRun::STEPS);
    let is_last = !is_full && taken.len() == rows.len();
    let learned = learned(work, owner, taken.iter()).await?;
    let changed = decided_again(&book, &learned, taken, call.now).await;
    if !changed.is_empty() {
        work.transactions().update(&changed).await?;
    }
    if run.of.is_none() {
        let before: HashMap<TransactionId, &Transaction> = taken.iter().map(|row| (row.id, row)).collect();
        let change = |after: &Transaction| RuleRunChange {
            transaction: after.id,
            before: before.get(&after.id).and_then(|row| row.decided.clone()),
            after: after.decided.clone(),
        };
        let changes: Vec<RuleRunChange> = changed.iter().map(change).collect();
        work.rule_runs().note(run.id, &changes).await?;
    }
    run.went_on(taken, is_last, changed.len(), call.now);
    Ok(())
}

/// A transaction that moves to another day may move past a run that goes on, which is about days in their order: what that run
/// would decide is decided here. The transaction as it is then.
pub(crate) async fn decide_moved(
    work: &mut dyn UnitOfWork,
    call: &Call,
    row: Transaction,
) -> Result<Transaction, StoreError> {
    let owner = row.owner;
    let open = work.rule_runs().open(owner).await?;
    let is_there = row.status != TransactionStatus::Removed;
    let Some(run) = open.filter(|run| is_there && run.state == RuleRunState::Running) else { return Ok(row) };
    let rules = work.rules().hold_all(owner).await?;
    let book = book(work, owner, rules).await?;
    let learned = learned(work, owner, std::iter::once(&row)).await?;
    let mut moved = decided_again(&book, &learned, std::slice::from_ref(&row), call.now).await;
    let Some(moved) = moved.pop() else { return Ok(row) };
    work.transactions().update(std::slice::from_ref(&moved)).await?;
    let change = RuleRunChange { transaction: row.id, before: row.decided, after: moved.decided.clone() };
    work.rule_runs().note(run.id, &[change]).await?;
    Ok(moved)
}

/// Takes the next changes of a run back. What was decided by what is gone meanwhile does not come back.
async fn go_back(work: &mut dyn UnitOfWork, call: &Call, run: &mut RuleRun) -> Result<(), StoreError> {
    // The owner's clock is taken before the rows are read, so that nothing else is decided meanwhile.
    let rules: HashSet<RuleId> =
        work.rules().hold_all(run.owner).await?.into_iter().map(|rule| rule.id).collect();
    let categories: HashSet<CategoryId> =
        work.categories().hold_all(run.owner).await?.into_iter().map(|category| category.id).collect();
    let changes = work.rule_runs().changes(run.id, run.place.map(|place| place.id), limit()).await?;
    let ids: Vec<TransactionId> = changes.iter().map(|change| change.transaction).collect();
    let by_id: HashMap<TransactionId, &RuleRunChange> =
        changes.iter().map(|change| (change.transaction, change)).collect();
    let rows = work.transactions().find_all(run.owner, &ids).await?;
    let payees: HashSet<PayeeId> = payees(work, run.owner, rows.iter())
        .await?
        .into_iter()
        .filter(|payee| !payee.is_refused)
        .map(|payee| payee.id)
        .collect();
    let is_category = |key| match key {
        CategoryKey::Own(id) => categories.contains(&id),
        CategoryKey::Default(_) => true,
    };
    let still =
        |of: &RuleOutcome| of.still(|rule| rules.contains(&rule), |id| payees.contains(&id), is_category);
    let restored: Vec<Transaction> = rows
        .into_iter()
        .filter_map(|row| {
            let change = by_id.get(&row.id)?;
            let is_as_left = row.decided == change.after;
            let decided = change.before.as_deref().and_then(still);
            is_as_left.then_some(Transaction { decided, updated_at: call.now, raw: None, ..row })
        })
        .collect();
    if !restored.is_empty() {
        work.transactions().update(&restored).await?;
    }
    run.went_back(&changes, restored.len(), call.now);
    Ok(())
}
