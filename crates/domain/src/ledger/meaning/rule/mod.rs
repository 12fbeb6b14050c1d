//! Rules: what users want done with transactions that look like this or that.

mod book;
mod expression;
mod outcome;
mod ports;
mod run;
mod test;

pub use book::RuleBook;
pub use outcome::{ByRule, RuleOutcome};
pub use ports::*;
pub use run::{RuleRun, RuleRunChange, RuleRunState};
pub use test::{RuleField, RuleOperator, RuleTest, RuleTestError};

use super::CategoryKey;
use crate::{
    id::{CategoryId, RuleId, UserId},
    ledger::{Line, Note, Tags, stored_enum},
    time::Timestamp,
};

stored_enum! {
    /// How many of its conditions a rule wants.
    RuleMatch {
        /// All of them.
        All = "all",
        /// One of them.
        Any = "any",
    }
}

/// A condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleCondition {
    /// One test.
    One(RuleTest),
    /// One of these tests.
    AnyOf(Vec<RuleTest>),
}

impl RuleCondition {
    /// What is asked, one test or several.
    pub fn tests(&self) -> &[RuleTest] {
        match self {
            Self::One(test) => std::slice::from_ref(test),
            Self::AnyOf(tests) => tests,
        }
    }
}

/// What a rule does. Of several rules that take a transaction the first that sets a field sets it, and each adds its tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleActions {
    /// Gives it this category.
    pub category: Option<CategoryKey>,
    /// Names the other side.
    pub merchant: Option<Line>,
    /// Writes this note.
    pub note: Option<Note>,
    /// Adds these tags, beside those that other rules add.
    pub tags: Tags,
    /// Leaves it out of lists.
    pub hides: bool,
    /// Gives it the category of transfers, in or out by its sign, so that it is neither spent nor earned.
    pub is_transfer: bool,
}

/// What a rule asks and does: all of it but its place and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTerms {
    /// How many of its conditions it wants.
    pub matching: RuleMatch,
    /// Its conditions, at least one; none of a rule that this program cannot read, which takes nothing.
    pub conditions: Vec<RuleCondition>,
    /// What it does, at least one thing.
    pub actions: RuleActions,
    /// Whether no later rule is asked about a transaction that this one takes.
    pub stops: bool,
}

/// A rule of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Whose it is.
    pub owner: UserId,
    /// What the user calls it.
    pub name: Line,
    /// Its place among the user's rules, from 1 on.
    pub position: i32,
    /// Whether it is asked at all. What it decided before stays until rules are applied to those transactions again.
    pub is_enabled: bool,
    /// What it asks and does.
    pub terms: RuleTerms,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What shall be different of a rule; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleChange {
    /// Another name.
    pub name: Option<Line>,
    /// Another place among the rules; beyond the last is the last.
    pub position: Option<i32>,
    /// Whether it is asked at all.
    pub is_enabled: Option<bool>,
    /// How many of its conditions it wants.
    pub matching: Option<RuleMatch>,
    /// Other conditions.
    pub conditions: Option<Vec<RuleCondition>>,
    /// Other actions, in the place of all there were.
    pub actions: Option<RuleActions>,
    /// Whether no later rule is asked.
    pub stops: Option<bool>,
}

/// Why a rule cannot be as it shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Not one condition, or too many.
    #[error("There must be 1 to {most} tests in the conditions, those of an any-of included.", most = RuleTerms::MOST_TESTS)]
    Conditions,
    /// It does nothing.
    #[error("A rule must do something.")]
    Actions,
    /// Two actions contradict each other.
    #[error("A rule gives a category or makes a transfer, and not both.")]
    TwoCategories,
}

/// Why the rules of one user may not stand beside one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RulesTooLarge {
    /// There are as many as there may be.
    #[error("There may be at most {most} rules.", most = Rule::MOST)]
    Rules,
    /// All rules together look for too many regular expressions, or for too large ones.
    #[error(
        "All rules together may have at most {most} tests that match a regular expression, of at most {weight} characters \
         together, where what is repeated counts as often.",
        most = Rule::MOST_EXPRESSIONS, weight = Rule::MOST_WEIGHT
    )]
    Expressions,
    /// All rules together compare with too much.
    #[error("The values of all rules together may have at most {most} bytes.", most = Rule::MOST_BYTES)]
    Values,
}

impl RuleTerms {
    /// Most tests of one rule, those of an any-of included.
    pub const MOST_TESTS: usize = 20;

    /// Those of a stored rule that this program cannot read, because another one wrote it or it was damaged. It takes nothing, and
    /// stays as it is stored until its owner says anew what it asks and does.
    pub fn unreadable() -> Self {
        let (conditions, actions) = (Vec::new(), RuleActions::default());
        Self { matching: RuleMatch::All, conditions, actions, stops: false }
    }

    /// Whether this program can read what the rule asks and does: who makes a rule asks at least one thing.
    pub fn is_readable(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Every test that is asked.
    pub fn tests(&self) -> impl Iterator<Item = &RuleTest> + Clone {
        self.conditions.iter().flat_map(RuleCondition::tests)
    }

    /// An error unless a rule can be like this.
    pub fn check(&self) -> Result<(), RuleError> {
        let is_empty = self.conditions.iter().any(|condition| condition.tests().is_empty());
        if is_empty || !(1..=Self::MOST_TESTS).contains(&self.tests().count()) {
            return Err(RuleError::Conditions);
        }
        if self.actions == RuleActions::default() {
            return Err(RuleError::Actions);
        }
        if self.actions.category.is_some() && self.actions.is_transfer {
            return Err(RuleError::TwoCategories);
        }
        Ok(())
    }

    /// The categories of the user's own that are asked for or given.
    pub fn own_categories(&self) -> Vec<CategoryId> {
        let own = |key| match key {
            CategoryKey::Own(id) => Some(id),
            CategoryKey::Default(_) => None,
        };
        let asked = self.tests().flat_map(RuleTest::categories);
        asked.chain(self.actions.category).filter_map(own).collect()
    }
}

impl Rule {
    /// Most rules of one user.
    pub const MOST: usize = 200;
    /// Most tests by regular expressions in all rules of one user together.
    pub const MOST_EXPRESSIONS: usize = 50;
    /// Most characters of these together, where what is repeated counts as often, and classes of many characters more.
    pub const MOST_WEIGHT: usize = 1_000;
    /// Most bytes of all values that the rules of one user compare with.
    pub const MOST_BYTES: usize = 256 * 1024;

    /// An error unless these rules of one user may stand beside one another: they are asked about every transaction that is
    /// stored, while others wait to store theirs.
    pub fn fit(rules: &[Self]) -> Result<(), RulesTooLarge> {
        if rules.len() > Self::MOST {
            return Err(RulesTooLarge::Rules);
        }
        let tests = rules.iter().flat_map(|rule| rule.terms.tests());
        let bytes: usize = tests.clone().flat_map(RuleTest::values).map(String::len).sum();
        if bytes > Self::MOST_BYTES {
            return Err(RulesTooLarge::Values);
        }
        let expressions = tests.filter(|test| test.operator() == RuleOperator::Matches);
        let weight = expressions.clone().map(RuleTest::weight).fold(0, usize::saturating_add);
        if expressions.count() > Self::MOST_EXPRESSIONS || weight > Self::MOST_WEIGHT {
            return Err(RulesTooLarge::Expressions);
        }
        Ok(())
    }

    /// Applies a change of everything but its place, which depends on the other rules; whether it made a difference.
    pub fn change(&mut self, change: RuleChange, now: Timestamp) -> Result<bool, RuleError> {
        let before = self.clone();
        let RuleChange { name, position: _, is_enabled, matching, conditions, actions, stops } = change;
        self.name = name.unwrap_or_else(|| self.name.clone());
        self.is_enabled = is_enabled.unwrap_or(self.is_enabled);
        let terms = &mut self.terms;
        terms.matching = matching.unwrap_or(terms.matching);
        terms.stops = stops.unwrap_or(terms.stops);
        if let Some(conditions) = conditions {
            terms.conditions = conditions;
        }
        if let Some(actions) = actions {
            terms.actions = actions;
        }
        terms.check()?;
        let changed = *self != before;
        if changed {
            self.updated_at = now;
        }
        Ok(changed)
    }

    /// Puts a rule in its place among the others, from 1 on, and numbers them anew. Those whose place is another one now.
    pub fn arrange(mut others: Vec<Self>, rule: Self, position: i32, now: Timestamp) -> Vec<Self> {
        others.retain(|other| other.id != rule.id);
        others.sort_by_key(|other| (other.position, other.id));
        let place = usize::try_from(position.max(1) - 1).unwrap_or(0).min(others.len());
        others.insert(place, rule);
        Self::number(others, now)
    }

    /// Numbers rules anew that are in their order, from 1 on. Those whose place is another one now.
    pub fn number(rules: Vec<Self>, now: Timestamp) -> Vec<Self> {
        let numbered = rules.into_iter().zip(1..);
        let moved = numbered.filter(|(rule, place)| rule.position != *place);
        moved.map(|(rule, position)| Self { position, updated_at: now, ..rule }).collect()
    }
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
