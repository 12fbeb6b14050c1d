//! What parts a portfolio shall be made of.

use std::collections::BTreeSet;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::UserId,
    identity::Scope,
    ledger::portfolio::{AllocationBy, Target, TargetOf, TargetProblem, Targets},
};

use super::{Portfolio, PortfolioError};
use crate::request::{authorize, request};

/// What the caller's portfolio shall be made of.
#[derive(Debug)]
pub struct ListTargets;

request!(ListTargets, "portfolio.targets", Access::User(Needs::read(Scope::HoldingsRead)));

/// What it shall be made of from now on.
#[derive(Debug)]
pub struct SetTargets {
    /// The side that they are of, of which those that there are give way, and those of the others stay; all give way where it is
    /// left out.
    pub by: Option<AllocationBy>,
    /// The targets.
    pub targets: Vec<Target>,
}

request!(SetTargets, "portfolio.set_targets", Access::User(Needs::change(Scope::AccountsWrite)));

impl Portfolio {
    /// What the caller's portfolio shall be made of, in the order in which it was said.
    pub async fn targets(&self, call: &Call, _: ListTargets) -> Result<Targets, PortfolioError> {
        let owner = authorize::<ListTargets>(call)?.user;
        Ok(self.queries.targets(owner).await?)
    }

    /// Says what the caller's portfolio shall be made of. An account that is another one stands for that one.
    #[tracing::instrument(name = "portfolio.set_targets", skip_all)]
    pub async fn set_targets(&self, call: &Call, request: SetTargets) -> Result<Targets, PortfolioError> {
        let owner = authorize::<SetTargets>(call)?.user;
        let mut targets = self.own(owner, request.targets).await?;
        let mut work = self.store.begin().await?;
        if let Some(by) = request.by {
            let held = work.allocation_targets().hold_all(owner).await?;
            targets.extend(held.as_slice().iter().filter(|target| target.of.by() != by));
        }
        let targets = Targets::new(targets)?;
        work.allocation_targets().put_all(owner, &targets, call.now).await?;
        work.commit().await?;
        Ok(targets)
    }

    /// These, each about something of the owner's, or of what was that when its target was set.
    async fn own(&self, owner: UserId, mut targets: Vec<Target>) -> Result<Vec<Target>, PortfolioError> {
        let has = |is_one: fn(&TargetOf) -> bool| targets.iter().any(|target| is_one(&target.of));
        let securities = match has(|of| matches!(of, TargetOf::Security(_))) {
            true => self.by_id(owner).await?.into_keys().collect(),
            false => BTreeSet::new(),
        };
        let accounts = match has(|of| matches!(of, TargetOf::Account(_))) {
            true => self.all_investing(owner).await?.0,
            false => Vec::new(),
        };
        let mut lost = Vec::new();
        for (at, target) in targets.iter_mut().enumerate() {
            match &mut target.of {
                TargetOf::Security(id) if !securities.contains(id) => lost.push(at),
                TargetOf::Account(id) => match accounts.iter().find(|account| account.id == *id) {
                    Some(account) => *id = account.counts_as(),
                    None => lost.push(at),
                },
                TargetOf::Class(_) | TargetOf::Security(_) => {}
            }
        }
        if lost.is_empty() {
            return Ok(targets);
        }
        // What is gone since its target was set keeps it: who sends back what was read is not refused.
        let held = self.queries.targets(owner).await?;
        let is_held = |target: &Target| held.as_slice().iter().any(|one| one.of == target.of);
        let unknown = lost.into_iter().find(|at| !targets.get(*at).is_some_and(is_held));
        if let Some(at) = unknown {
            return Err(TargetProblem::Unknown(at).into());
        }
        Ok(targets)
    }
}
