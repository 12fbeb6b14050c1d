//! Takes rows back of which an institution says that they are gone, and that were merged into rows of other sources.

use dashtam_domain::{
    id::TransactionId,
    ledger::{Account, DecidedBy, DecisionState, Transaction, TransactionStatus},
    store::{StoreError, UnitOfWork},
    time::{Day, Timestamp},
};

use super::Rows;
use crate::rules::decide;

/// Parts these rows of the account, which its institution has taken back, from the rows of accounts that are one with it
/// into which they were merged: those stay as they are, with what a person corrected, and may be one with another row that
/// the institution tells instead. The rows themselves are gone. Should one be told again, it is found by its id as any that
/// was gone. Answers the days of both.
pub(crate) async fn withdraw(
    work: &mut dyn UnitOfWork,
    account: &Account,
    merged: &[TransactionId],
    now: Timestamp,
) -> Result<Vec<Day>, StoreError> {
    if merged.is_empty() {
        return Ok(Vec::new());
    }
    let owner = account.owner;
    let mut decisions = work.reconciliations().merged_across(owner, account.id, merged).await?;
    // Rows of files are none of the institution's.
    decisions.retain(|decision| decision.before.as_ref().is_some_and(|before| before.right.import.is_none()));
    let ids: Vec<TransactionId> =
        decisions.iter().flat_map(|decision| [decision.left, decision.right]).collect();
    let mut rows = Rows::read(work, owner, &ids).await?;
    let (mut parted, mut aliases, mut days) = (Vec::new(), Vec::new(), Vec::new());
    for mut decision in decisions {
        let Some(survivor) = rows.take(decision.left) else { return Err(StoreError::Stale) };
        days.extend([survivor.day, decision.evidence.right.day]);
        if survivor.is_merged() {
            // A later decision rests on this one: when both are undone, the row is gone.
            if let Some(before) = &mut decision.before {
                before.right.status = TransactionStatus::Removed;
            }
            work.reconciliations().settle(&decision, DecisionState::Applied).await?;
            rows.add(survivor, true);
            continue;
        }
        let Some(back) = decision.undo(survivor, now) else { return Err(StoreError::Stale) };
        decision.by = DecidedBy::Engine;
        if !work.reconciliations().settle(&decision, DecisionState::Applied).await? {
            return Err(StoreError::Stale);
        }
        work.reconciliations().remove_alias(&back.freed).await?;
        aliases.extend(back.aliases);
        // Another of the rows may have been merged into the same one.
        rows.add(back.left.clone(), true);
        let gone = Transaction { status: TransactionStatus::Removed, updated_at: now, ..back.right };
        parted.extend([back.left, gone]);
    }
    if !parted.is_empty() {
        decide(work, owner, &mut parted).await?;
        work.transactions().update(&parted).await?;
    }
    if !aliases.is_empty() {
        work.reconciliations().put_aliases(&aliases).await?;
    }
    Ok(days)
}
