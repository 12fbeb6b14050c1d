//! Shows a rule.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::RuleId,
    identity::Scope,
    ledger::meaning::rule::Rule,
};

use super::{Rules, RulesError};
use crate::request::{authorize, request};

/// Which rule.
#[derive(Debug)]
pub struct GetRule {
    /// Its id.
    pub rule: RuleId,
}

request!(GetRule, "rules.get", Access::User(Needs::read(Scope::TransactionsRead)));

impl Rules {
    /// The caller's rule.
    pub async fn get(&self, call: &Call, request: GetRule) -> Result<Rule, RulesError> {
        let owner = authorize::<GetRule>(call)?.user;
        let all = self.queries.rules(owner).await?;
        all.into_iter().find(|rule| rule.id == request.rule).ok_or(RulesError::NotFound)
    }
}
