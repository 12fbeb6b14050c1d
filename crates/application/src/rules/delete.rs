//! Removes a rule.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{RuleId, RuleRunId},
    identity::Scope,
    ledger::meaning::rule::{Rule, RuleRun},
};

use super::{Rules, RulesError, decide::decide_again_of};
use crate::request::{authorize, request};

/// Which rule shall go.
#[derive(Debug)]
pub struct DeleteRule {
    /// Its id.
    pub rule: RuleId,
}

request!(DeleteRule, "rules.delete", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Rules {
    /// Removes the rule, and answers it as it was. The other rules are asked again about the transactions of which it decided
    /// something.
    #[tracing::instrument(name = "rules.delete", skip_all, fields(rule.id = %request.rule))]
    pub async fn delete(&self, call: &Call, request: DeleteRule) -> Result<Rule, RulesError> {
        let owner = authorize::<DeleteRule>(call)?.user;
        let mut work = self.store.begin().await?;
        let (gone, left): (Vec<Rule>, Vec<Rule>) =
            work.rules().hold_all(owner).await?.into_iter().partition(|rule| rule.id == request.rule);
        let rule = gone.into_iter().next().ok_or(RulesError::NotFound)?;
        work.rules().remove(owner, rule.id).await?;
        work.rules().put(&Rule::number(left, call.now)).await?;
        let run = RuleRun::new(RuleRunId(self.sources.ids.next()), owner, Some(rule.id.0), call.now);
        let is_left = decide_again_of(&mut *work, call, run).await?;
        work.commit().await?;
        if is_left {
            self.signal.ring();
        }
        Ok(rule)
    }
}
