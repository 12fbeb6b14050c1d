//! What is learned of the other sides of transactions when a person chooses categories.

use std::collections::HashMap;

use dashtam_domain::{
    call::Call,
    id::{PayeeId, RuleRunId, UserId},
    ledger::Transaction,
    ledger::meaning::{CategoryChoice, Payee, PayeeName, rule::RuleRun},
    store::UnitOfWork,
};

use super::{CorrectionError, Corrections};
use crate::rules::{decide_again_of, decide_later_of};

/// A transaction as it is now, and what was chosen for it before.
pub(super) type Rechosen<'t> = (&'t Transaction, Option<CategoryChoice>);

impl Corrections {
    /// Notes what a person chose now for transactions of payees, and chose no more. The payees of whom something else is learned than
    /// before: transactions have it that are to be decided anew.
    pub(super) async fn learn(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        owner: UserId,
        rechosen: &[Rechosen<'_>],
    ) -> Result<Vec<PayeeId>, CorrectionError> {
        let mut names: Vec<PayeeName> = rechosen.iter().filter_map(|(row, _)| PayeeName::of(row)).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let known = work.payees().named(owner, &names).await?;
        let mut payees: HashMap<PayeeName, Payee> =
            known.into_iter().map(|payee| (payee.name.clone(), payee)).collect();
        let taught = |payee: &Payee| payee.learned().map(|learned| (learned.category, learned.is_given));
        let earlier: HashMap<PayeeId, _> =
            payees.values().filter_map(|payee| Some((payee.id, taught(payee)?))).collect();
        for (row, before) in rechosen {
            let Some(name) = PayeeName::of(row) else { continue };
            let payee = payees.entry(name).or_insert_with_key(|name| {
                Payee::new(PayeeId(self.sources.ids.next()), owner, name.clone(), call.now)
            });
            payee.vote(*before, row.chosen_category(), call.now);
        }
        let mut payees: Vec<Payee> = payees.into_values().collect();
        payees.sort_unstable_by_key(|payee| payee.id);
        work.payees().put(&payees).await?;
        let unlearned = |payee: &&Payee| {
            earlier.get(&payee.id).is_some_and(|earlier| taught(payee).as_ref() != Some(earlier))
        };
        Ok(payees.iter().filter(unlearned).map(|payee| payee.id).collect())
    }

    /// Has the transactions of these payees decided anew: those of one at once, as far as a page goes, and those of several by runs
    /// that a worker carries on. Whether a run is left.
    pub(super) async fn decide_again(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        owner: UserId,
        payees: &[PayeeId],
    ) -> Result<bool, CorrectionError> {
        let run = |payee: &PayeeId| {
            RuleRun::new(RuleRunId(self.sources.ids.next()), owner, Some(payee.0), call.now)
        };
        match payees {
            [] => Ok(false),
            [payee] => Ok(decide_again_of(work, call, run(payee)).await?),
            several => {
                decide_later_of(work, owner, several.iter().map(run).collect()).await?;
                Ok(true)
            }
        }
    }
}
