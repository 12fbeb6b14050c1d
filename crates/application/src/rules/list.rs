//! Lists rules.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Scope,
    ledger::meaning::rule::Rule,
};

use super::{Rules, RulesError};
use crate::request::{authorize, request};

/// All rules.
#[derive(Debug)]
pub struct ListRules;

request!(ListRules, "rules.list", Access::User(Needs::read(Scope::TransactionsRead)));

impl Rules {
    /// The caller's rules, in their order.
    pub async fn list(&self, call: &Call, _request: ListRules) -> Result<Vec<Rule>, RulesError> {
        let owner = authorize::<ListRules>(call)?.user;
        Ok(self.queries.rules(owner).await?)
    }
}
