//! Makes a rule.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::RuleId,
    identity::Scope,
    ledger::Line,
    ledger::meaning::rule::{Rule, RuleTerms},
};

use super::{Rules, RulesError, names_categories};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A rule wanted.
#[derive(Debug)]
pub struct CreateRule {
    /// What the user calls it.
    pub name: Line,
    /// Its place among the rules; `None`: behind all others.
    pub position: Option<i32>,
    /// Whether it is asked at all.
    pub is_enabled: bool,
    /// What it asks and does.
    pub terms: RuleTerms,
}

request!(CreateRule, "rules.create", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Rules {
    /// Makes the rule. It is asked about transactions that are stored from now on.
    #[tracing::instrument(name = "rules.create", skip_all)]
    pub async fn create(
        &self,
        call: &Call,
        request: CreateRule,
        present: Present<Rule>,
    ) -> Result<Rule, RulesError> {
        let owner = authorize::<CreateRule>(call)?.user;
        let CreateRule { name, position, is_enabled, terms } = request;
        terms.check()?;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let mut all = work.rules().hold_all(owner).await?;
        if !names_categories(&mut *work, owner, &terms, None).await? {
            return Err(RulesError::NoCategory);
        }
        let rule = Rule {
            id: RuleId(self.sources.ids.next()),
            owner,
            name,
            position: 0,
            is_enabled,
            terms,
            created_at: call.now,
            updated_at: call.now,
        };
        all.push(rule.clone());
        Rule::fit(&all)?;
        let moved = Rule::arrange(all, rule.clone(), position.unwrap_or(i32::MAX), call.now);
        work.rules().put(&moved).await?;
        let placed = moved.into_iter().find(|other| other.id == rule.id).unwrap_or(rule);
        once::finish(call, &mut *work, &placed, present).await?;
        work.commit().await?;
        Ok(placed)
    }
}
