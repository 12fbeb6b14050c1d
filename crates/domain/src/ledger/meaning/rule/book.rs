//! A user's rules, made ready to be asked about many transactions.

use super::{
    ByRule, Rule, RuleCondition, RuleField, RuleMatch, RuleOutcome,
    test::{Asked, Row, texts},
};
use crate::{
    id::{AccountId, RuleId},
    ledger::meaning::CategoryKey,
    ledger::{Sign, Transaction},
    text::fold,
};

/// A rule whose tests are ready.
struct Ready {
    rule: Rule,
    /// One list for each condition, of which one test is to hold.
    conditions: Vec<Vec<Asked>>,
}

impl Ready {
    fn takes(&self, row: &Row<'_>) -> bool {
        let mut conditions = self.conditions.iter();
        let holds = |tests: &Vec<Asked>| tests.iter().any(|test| row.passes(test));
        match self.rule.terms.matching {
            RuleMatch::All => conditions.all(holds),
            RuleMatch::Any => conditions.any(holds),
        }
    }
}

/// A user's rules in their order.
pub struct RuleBook {
    rules: Vec<Ready>,
    /// How many steps one character of a text takes at most, in sixteenths.
    steps: u64,
}

impl std::fmt::Debug for RuleBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuleBook").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

impl RuleBook {
    /// The rules that are enabled, by their places. `institutions` names those of the owner's accounts; without a rule that
    /// [asks for one](Self::asks_for_institutions) it may be empty.
    pub fn new(mut rules: Vec<Rule>, institutions: &[(AccountId, String)]) -> Self {
        rules.retain(|rule| rule.is_enabled);
        rules.sort_by_key(|rule| (rule.position, rule.id));
        let names: Vec<(AccountId, String)> =
            institutions.iter().map(|(account, name)| (*account, fold(name.trim()))).collect();
        let asked = |asked: Asked| match asked {
            Asked::Institution(wanted) => {
                let of = names.iter().filter(|(_, name)| wanted.contains(name));
                Asked::Account(of.map(|(account, _)| *account).collect())
            }
            other => other,
        };
        let ready = |rule: Rule| {
            // What was stored could be asked when it was made, maybe by another program.
            let tests = |condition: &RuleCondition| {
                condition.tests().iter().map(|test| test.asked().map(asked)).collect::<Result<Vec<_>, _>>()
            };
            let conditions = rule.terms.conditions.iter().map(tests).collect::<Result<Vec<_>, _>>().ok()?;
            (!conditions.is_empty()).then_some(Ready { rule, conditions })
        };
        let rules: Vec<Ready> = rules.into_iter().filter_map(ready).collect();
        let tests = rules.iter().flat_map(|ready| ready.rule.terms.tests());
        // What is looked for as it stands is found many characters at a time.
        let steps = tests.map(|test| 16 * test.weight() + test.values().len()).fold(0, usize::saturating_add);
        Self { rules, steps: u64::try_from(steps).unwrap_or(u64::MAX) }
    }

    /// How many steps it takes at most to ask about a transaction.
    pub fn work(&self, transaction: &Transaction) -> u64 {
        let bytes = texts(transaction).into_iter().flatten().map(str::len).fold(1, usize::saturating_add);
        u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(self.steps) / 16
    }

    /// The first of these transactions, so many that to ask about them takes about so many steps, and at least one.
    pub fn within<'t>(&self, rows: &'t [Transaction], steps: u64) -> &'t [Transaction] {
        let mut sum: u64 = 0;
        let is_within = |row: &&Transaction| {
            sum = sum.saturating_add(self.work(row));
            sum <= steps
        };
        let count = rows.iter().take_while(is_within).count().max(1);
        rows.get(..count).unwrap_or(rows)
    }

    /// Whether one of the rules asks for an account's institution.
    pub fn asks_for_institutions(rules: &[Rule]) -> bool {
        let mut tests = rules.iter().flat_map(|rule| rule.terms.tests());
        tests.any(|test| test.field() == RuleField::Institution)
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What the rules decide about a transaction: each field by the first rule that sets it. `None`: nothing.
    pub fn decide(&self, transaction: &Transaction) -> Option<Box<RuleOutcome>> {
        if self.rules.is_empty() {
            return None;
        }
        let row = Row::of(transaction);
        let mut outcome = RuleOutcome::default();
        for ready in self.rules.iter().filter(|ready| ready.takes(&row)) {
            let (actions, by) = (&ready.rule.terms.actions, ready.rule.id);
            let transfer = || transfer(transaction).filter(|_| actions.is_transfer);
            put(&mut outcome.category, actions.category.or_else(transfer), by);
            put(&mut outcome.merchant, actions.merchant.clone(), by);
            put(&mut outcome.note, actions.note.clone(), by);
            put(&mut outcome.hidden, actions.hides.then_some(()), by);
            outcome.tag(actions.tags.as_slice(), by);
            if ready.rule.terms.stops {
                break;
            }
        }
        (!outcome.is_empty()).then(|| Box::new(outcome))
    }

    /// Whether this rule takes the transaction, whatever other rules say.
    pub fn takes(&self, rule: RuleId, transaction: &Transaction) -> bool {
        let found = self.rules.iter().find(|ready| ready.rule.id == rule);
        found.is_some_and(|ready| ready.takes(&Row::of(transaction)))
    }
}

/// The category of a transfer that goes the way this transaction goes.
fn transfer(transaction: &Transaction) -> Option<CategoryKey> {
    CategoryKey::known(match Sign::of(transaction.amount) {
        Sign::Positive => "transfer_in",
        Sign::Negative => "transfer_out",
    })
}

fn put<T>(decided: &mut Option<ByRule<T>>, value: Option<T>, rule: RuleId) {
    if decided.is_none() {
        *decided = value.map(|value| ByRule { value, rule });
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
