//! Takes back what made transactions of two accounts one, when the accounts are two again.

use dashtam_domain::{
    id::{AccountId, DecisionId, TransactionId, UserId},
    ledger::{Account, AccountChange, Decision, DecisionState, Transaction},
    page::Limit,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

use super::Rows;
use crate::rules::decide;

/// So many decisions are read and undone together.
const TOGETHER: u16 = 250;
/// How many of the decisions are named that have to be undone first.
const NAMED: u16 = 10;

fn limit(of: u16) -> Limit {
    Limit::new(of).unwrap_or_default()
}

/// The decisions that have to be undone before those about a row of this account and one of another can be.
pub(crate) async fn rest_on(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    account: AccountId,
) -> Result<Vec<DecisionId>, StoreError> {
    work.reconciliations().applied_after_across(owner, account, limit(NAMED)).await
}

/// Undoes all decisions about a row of this account and one of another. Nothing is noted as two for ever: should the
/// accounts be one again, their rows are, too.
pub(crate) async fn part(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    account: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    loop {
        let decisions = work.reconciliations().across(owner, account, limit(TOGETHER)).await?;
        if decisions.is_empty() {
            break;
        }
        undo_all(work, owner, decisions, now).await?;
    }
    work.reconciliations().dismiss_across(owner, account, now).await.map(drop)
}

async fn undo_all(
    work: &mut dyn UnitOfWork,
    owner: UserId,
    decisions: Vec<Decision>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ids: Vec<TransactionId> =
        decisions.iter().flat_map(|decision| [decision.left, decision.right]).collect();
    let mut rows = Rows::read(work, owner, &ids).await?;
    let (mut restored, mut aliases, mut uncorrected) = (Vec::new(), Vec::new(), Vec::new());
    for mut decision in decisions {
        let (survivor, gone) = (rows.take(decision.left), rows.take(decision.right));
        let Some(survivor) = survivor else { return Err(StoreError::Stale) };
        let Some(back) = decision.undo(survivor, now) else { return Err(StoreError::Stale) };
        if !work.reconciliations().settle(&decision, DecisionState::Applied).await? {
            return Err(StoreError::Stale);
        }
        work.reconciliations().remove_alias(&back.freed).await?;
        if has_carried(&back.left, gone.as_ref()) {
            uncorrected.push(Transaction { corrections: None, ..back.left.clone() });
        }
        aliases.extend(back.aliases);
        // An earlier decision may be about one of them, too.
        rows.add(back.left.clone(), true);
        rows.add(back.right.clone(), true);
        restored.extend([back.left, back.right]);
    }
    decide(work, owner, restored.iter_mut().chain(&mut uncorrected)).await?;
    work.transactions().update(&restored).await?;
    for row in &uncorrected {
        work.corrections().correct_transaction(row).await?;
    }
    work.reconciliations().put_aliases(&aliases).await
}

/// Whether what is corrected of the row that stayed was corrected of the other one.
pub(super) fn has_carried(survivor: &Transaction, gone: Option<&Transaction>) -> bool {
    survivor.corrections.is_some() && gone.is_some_and(|gone| gone.corrections == survivor.corrections)
}

/// Makes an account that goes two with all that are one with it, and these two with one another.
pub(crate) async fn dissolve(
    work: &mut dyn UnitOfWork,
    account: &Account,
    now: Timestamp,
) -> Result<(), StoreError> {
    for id in std::iter::once(account.id).chain(account.linked().iter().copied()) {
        part(work, account.owner, id, now).await?;
    }
    forget_links(work, account, now).await
}

/// Notes at the other ends of its links that an account is one with them no longer.
async fn forget_links(
    work: &mut dyn UnitOfWork,
    account: &Account,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(primary) = account.same_as()
        && let Some(mut primary) = work.corrections().hold_account(account.owner, primary).await?
    {
        primary.note_link(account.id, false, now);
        work.corrections().correct_account(&primary).await?;
    }
    for linked in account.linked() {
        if let Some(mut linked) = work.corrections().hold_account(account.owner, *linked).await? {
            linked.correct(AccountChange { same_as: Some(None), ..AccountChange::default() }, now);
            linked.updated_at = now;
            work.corrections().correct_account(&linked).await?;
        }
    }
    Ok(())
}
