//! Changes a rule.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{RuleId, RuleRunId},
    identity::Scope,
    ledger::meaning::rule::{Rule, RuleChange, RuleRun},
};

use super::{Rules, RulesError, decide::decide_again_of, names_categories};
use crate::request::{authorize, request};

/// What shall be different of a rule.
#[derive(Debug)]
pub struct UpdateRule {
    /// Of which one.
    pub rule: RuleId,
    /// What.
    pub change: RuleChange,
}

request!(UpdateRule, "rules.update", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Rules {
    /// Changes the rule. If it asks or does something else now, or stands in another place, all rules are asked again about
    /// the transactions of which it decided something: of many the first ones at once, the others by a worker. To switch it on or off leaves what was decided.
    #[tracing::instrument(name = "rules.update", skip_all, fields(rule.id = %request.rule))]
    pub async fn update(&self, call: &Call, request: UpdateRule) -> Result<Rule, RulesError> {
        let owner = authorize::<UpdateRule>(call)?.user;
        let UpdateRule { rule: id, change } = request;
        let mut work = self.store.begin().await?;
        let mut all = work.rules().hold_all(owner).await?;
        let found = all.iter_mut().find(|other| other.id == id).ok_or(RulesError::NotFound)?;
        let before = found.clone();
        let position = change.position.unwrap_or(before.position);
        let is_changed = found.change(change, call.now)?;
        let rule = found.clone();
        let asks_otherwise = rule.terms != before.terms;
        if asks_otherwise {
            Rule::fit(&all)?;
            if !names_categories(&mut *work, owner, &rule.terms, Some(&before.terms)).await? {
                return Err(RulesError::NoCategory);
            }
        }
        let mut written = Rule::arrange(all, rule.clone(), position, call.now);
        if is_changed && written.iter().all(|other| other.id != id) {
            written.push(rule.clone());
        }
        if written.is_empty() {
            return Ok(rule);
        }
        work.rules().put(&written).await?;
        let rule = written.into_iter().find(|other| other.id == id).unwrap_or(rule);
        let mut is_left = false;
        if asks_otherwise || rule.position != before.position {
            let run = RuleRun::new(RuleRunId(self.sources.ids.next()), owner, Some(id.0), call.now);
            is_left = decide_again_of(&mut *work, call, run).await?;
        }
        work.commit().await?;
        if is_left {
            self.signal.ring();
        }
        Ok(rule)
    }
}
