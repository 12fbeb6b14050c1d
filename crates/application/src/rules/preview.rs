//! Shows what a rule would decide, without storing anything.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{RuleId, UserId},
    identity::Scope,
    ledger::meaning::rule::{Rule, RuleBook, RuleOutcome, RuleTerms},
    ledger::{Hidden, Line, Transaction, TransactionFilter},
    page::Limit,
};

use super::{Rules, RulesError, decide::Turns};
use crate::request::{authorize, request};

/// A rule that is not saved, or one that is.
#[derive(Debug)]
pub struct PreviewRule {
    /// The saved rule: it is looked at as it is, or the terms stand in the place of its own.
    pub rule: Option<RuleId>,
    /// What is asked and done; `None`: what the saved rule asks and does.
    pub terms: Option<RuleTerms>,
    /// What it is called.
    pub name: Line,
    /// The place among the rules; `None`: that of the saved rule, else behind all others.
    pub position: Option<i32>,
}

request!(PreviewRule, "rules.preview", Access::User(Needs::read(Scope::TransactionsRead)));

/// What a rule would decide.
#[derive(Debug, Default)]
pub struct RulePreview {
    /// How many transactions were looked at, the newest first.
    pub examined: usize,
    /// Whether these are all there are.
    pub is_complete: bool,
    /// How many the rule takes.
    pub matched: usize,
    /// How many would show something else.
    pub changed: usize,
    /// Some of these, as they are and as they would be.
    pub samples: Vec<(Transaction, Transaction)>,
}

impl RulePreview {
    /// Most transactions that are looked at.
    pub const MOST: usize = 10_000;
    /// Fewer are, where to ask the rules about them takes more steps than this.
    const STEPS: u64 = 500_000_000;
    /// Most samples.
    pub const SAMPLES: usize = 50;

    /// Looks at these transactions, as long as there are steps left; whether it looked at all.
    async fn take(&mut self, book: &RuleBook, rule: RuleId, rows: Vec<Transaction>, steps: &mut u64) -> bool {
        let mut turns = Turns::of(book);
        for row in rows {
            match steps.checked_sub(book.work(&row)) {
                Some(left) => *steps = left,
                None => return false,
            }
            turns.after(&row).await;
            self.examined += 1;
            if !book.takes(rule, &row) {
                continue;
            }
            self.matched += 1;
            let learned = row.decided.as_ref().and_then(|decided| decided.learned);
            let decided = RuleOutcome::with_learned(book.decide(&row), learned, None);
            let after = Transaction { decided, ..row.clone() };
            if !shows_otherwise(&row, &after) {
                continue;
            }
            self.changed += 1;
            if self.samples.len() < Self::SAMPLES {
                self.samples.push((row, after));
            }
        }
        true
    }
}

fn shows_otherwise(before: &Transaction, after: &Transaction) -> bool {
    before.category() != after.category()
        || before.shown_merchant() != after.shown_merchant()
        || before.note() != after.note()
        || before.tags() != after.tags()
        || before.is_hidden() != after.is_hidden()
}

impl Rules {
    /// Shows what would be decided if the rules were applied to all transactions with this rule among them, which is switched
    /// on for that: how many transactions it takes, and some that would show something else. At most
    /// [`RulePreview::MOST`] of the newest are looked at, and fewer where there is much to ask about each.
    pub async fn preview(&self, call: &Call, request: PreviewRule) -> Result<RulePreview, RulesError> {
        let owner = authorize::<PreviewRule>(call)?.user;
        let (rules, rule) = self.with_draft(call, owner, request).await?;
        let institutions = match RuleBook::asks_for_institutions(&rules) {
            true => self.queries.institutions(owner).await?,
            false => Vec::new(),
        };
        let book = RuleBook::new(rules, &institutions);
        let (mut preview, mut after, mut steps) = (RulePreview::default(), None, RulePreview::STEPS);
        let limit = Limit::new(Limit::MAX).unwrap_or_default();
        while preview.examined < RulePreview::MOST {
            let filter = TransactionFilter { hidden: Hidden::With, ..TransactionFilter::default() };
            let page = self.ledger.transactions(owner, filter, after, limit).await?;
            if !preview.take(&book, rule, page.items, &mut steps).await {
                break;
            }
            after = page.next;
            if after.is_none() {
                preview.is_complete = true;
                break;
            }
        }
        Ok(preview)
    }

    /// The owner's rules with the one that is looked at among them, and which it is.
    async fn with_draft(
        &self,
        call: &Call,
        owner: UserId,
        request: PreviewRule,
    ) -> Result<(Vec<Rule>, RuleId), RulesError> {
        let PreviewRule { rule, terms, name, position } = request;
        let mut all = self.queries.rules(owner).await?;
        let saved = match rule {
            Some(id) => Some(all.iter().find(|other| other.id == id).cloned().ok_or(RulesError::NotFound)?),
            None => None,
        };
        let terms = match (terms, &saved) {
            (Some(terms), _) => terms,
            (None, Some(saved)) => saved.terms.clone(),
            (None, None) => return Err(RulesError::NotFound),
        };
        terms.check()?;
        let position = position.or_else(|| saved.as_ref().map(|saved| saved.position));
        let draft = Rule {
            id: saved.map_or_else(|| RuleId(self.sources.ids.next()), |saved| saved.id),
            owner,
            name,
            position: 0,
            is_enabled: true,
            terms,
            created_at: call.now,
            updated_at: call.now,
        };
        let id = draft.id;
        all.retain(|other| other.id != id);
        let moved = Rule::arrange(all.clone(), draft, position.unwrap_or(i32::MAX), call.now);
        all.retain(|other| moved.iter().all(|moved| moved.id != other.id));
        all.extend(moved);
        Rule::fit(&all)?;
        Ok((all, id))
    }
}
