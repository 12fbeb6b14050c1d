//! One account that several sources tell of: one of them is the primary account, the others are linked to it.

use std::collections::BTreeMap;

use crate::{
    id::AccountId,
    money::Decimal,
    time::{Day, Timestamp},
};

use super::{Account, DaySum};

/// So many accounts are linked to one at most.
pub const MOST_LINKED: usize = 16;

/// Why two accounts cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// The primary account is not there, or somebody else's.
    #[error("There is no such account.")]
    Unknown,
    /// An account is always the same as itself.
    #[error("An account cannot be linked to itself.")]
    Itself,
    /// They are in different currencies.
    #[error("The accounts are in different currencies.")]
    OtherCurrency,
    /// The primary account is linked to another one.
    #[error("That account is linked to another one itself; name that other one.")]
    Chain,
    /// Other accounts are linked to this one.
    #[error("Other accounts are linked to this one, so that it cannot be linked itself.")]
    HasLinked,
    /// There are too many already.
    #[error("No more than {MOST_LINKED} accounts can be linked to one.")]
    TooMany,
}

impl LinkProblem {
    /// Short code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Itself => "itself",
            Self::OtherCurrency => "other-currency",
            Self::Chain => "chain",
            Self::HasLinked => "has-linked",
            Self::TooMany => "too-many",
        }
    }
}

/// What moved several accounts that are one on each day, in the order of the days.
pub fn join_sums(sums: impl IntoIterator<Item = DaySum>) -> Vec<DaySum> {
    let mut days: BTreeMap<Day, DaySum> = BTreeMap::new();
    for DaySum { day, sum, count } in sums {
        let none = || DaySum { day, sum: Decimal::ZERO, count: 0 };
        let joined = days.entry(day).or_insert_with(none);
        joined.sum = joined.sum.saturating_add(sum);
        joined.count = joined.count.saturating_add(count);
    }
    days.into_values().collect()
}

/// The accounts that are one with the others.
impl Account {
    /// The account that a person says this one is, too.
    pub fn same_as(&self) -> Option<AccountId> {
        Some(self.corrections.as_deref()?.same_as.as_ref()?.value)
    }

    /// The accounts that are linked to this one.
    pub fn linked(&self) -> &[AccountId] {
        self.corrections.as_deref().map_or(&[], |corrections| &corrections.linked)
    }

    /// Whether there are other accounts that this one is, too.
    pub fn is_linked(&self) -> bool {
        self.same_as().is_some() || !self.linked().is_empty()
    }

    /// Whether a person says that these are two.
    pub fn is_distinct_from(&self, other: &Self) -> bool {
        let denies = |one: &Self, other: AccountId| {
            let of = one.corrections.as_deref().and_then(|corrections| corrections.distinct_from.as_ref());
            of.is_some_and(|distinct| distinct.value.contains(&other))
        };
        denies(self, other.id) || denies(other, self.id)
    }

    /// Why this account cannot be linked to that one, if it cannot.
    pub fn unlinkable(&self, to: &Self) -> Option<LinkProblem> {
        if self.id == to.id {
            Some(LinkProblem::Itself)
        } else if self.currency != to.currency {
            Some(LinkProblem::OtherCurrency)
        } else if to.same_as().is_some() {
            Some(LinkProblem::Chain)
        } else if !self.linked().is_empty() {
            Some(LinkProblem::HasLinked)
        } else if to.linked().len() >= MOST_LINKED && !to.linked().contains(&self.id) {
            Some(LinkProblem::TooMany)
        } else {
            None
        }
    }

    /// Notes at the primary account that another one is linked to it, or is so no longer.
    pub fn note_link(&mut self, other: AccountId, is_linked: bool, now: Timestamp) {
        let mut corrections = self.corrections.take().unwrap_or_default();
        corrections.linked.retain(|linked| *linked != other);
        if is_linked {
            corrections.linked.push(other);
        }
        self.corrections = (!corrections.is_empty()).then_some(corrections);
        self.updated_at = now;
    }

    /// The account with the latest balance that any of these, which are one with it, tells.
    #[must_use]
    pub fn with_latest_balance(mut self, others: &[Self]) -> Self {
        let told = |account: &&Self| account.balance.is_some() && account.balance_as_of > self.balance_as_of;
        if let Some(latest) = others.iter().filter(told).max_by_key(|account| account.balance_as_of) {
            self.balance = latest.balance;
            self.available = latest.available;
            self.parts = latest.parts;
            self.balance_as_of = latest.balance_as_of;
        }
        self
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
