//! What was spent and earned, added up.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use super::{
    CategoryKey, Flow, OwnCategory,
    converting::{Converting, RatesUsed},
};
use crate::{
    id::{AccountId, CategoryId},
    ledger::worth::FxRate,
    ledger::{Sign, Transaction},
    money::{Currency, Decimal},
    time::Day,
};

/// By what something is added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Grouping {
    /// By category.
    #[default]
    Category,
    /// By the group of the category.
    Group,
    /// By the other side.
    Merchant,
    /// By calendar month.
    Month,
    /// By account.
    Account,
}

impl Grouping {
    /// Reads the shown form.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "category" => Self::Category,
            "group" => Self::Group,
            "merchant" => Self::Merchant,
            "month" => Self::Month,
            "account" => Self::Account,
            _ => return None,
        })
    }
}

/// What a sum is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TotalOf {
    /// A category, or a group.
    Category(String),
    /// What has no category.
    Uncategorized,
    /// The other side, or the description where nobody names it.
    Merchant(String),
    /// The month that begins on this day.
    Month(Day),
    /// An account.
    Account(AccountId),
}

/// A sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Of what; `None`: of everything.
    pub of: Option<TotalOf>,
    /// In which currency.
    pub currency: Currency,
    /// What was spent, or earned; below zero where more came back.
    pub amount: Decimal,
    /// How many transactions, or parts of split ones, it is the sum of.
    pub count: u64,
}

/// Adds up what was spent, or what was earned: whatever has a category that is for it, and of what has none that whose
/// sign is. What only changes its place is neither.
#[derive(Debug)]
pub struct Totals<'c> {
    flow: Flow,
    by: Grouping,
    own: HashMap<CategoryId, &'c OwnCategory>,
    converting: Option<Converting>,
    sums: BTreeMap<(TotalOf, Currency), (Decimal, u64)>,
}

/// What everything came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summed {
    /// The sums of everything, one for each currency.
    pub all: Vec<Total>,
    /// The sums of each thing, the greatest of each currency first, months in their order.
    pub each: Vec<Total>,
    /// The rates by which amounts were converted.
    pub rates: Vec<RatesUsed>,
}

impl<'c> Totals<'c> {
    /// Adds up this flow, with the categories of the owner's own.
    pub fn new(flow: Flow, by: Grouping, own: &'c [OwnCategory]) -> Self {
        let own = own.iter().map(|category| (category.id, category)).collect();
        Self { flow, by, own, converting: None, sums: BTreeMap::new() }
    }

    /// Adds up in this currency whatever a rate of its day is told of; the rest stays in its own.
    #[must_use]
    pub fn converted_into(mut self, currency: Option<Currency>) -> Self {
        self.converting = currency.map(Converting::new);
        self
    }

    /// The currencies among which [rates](Self::learn) are needed before these transactions can be added; none where all
    /// are there, or nothing is converted.
    pub fn lacking(&self, transactions: &[Transaction]) -> Vec<Currency> {
        self.converting.as_ref().map(|converting| converting.lacking(transactions)).unwrap_or_default()
    }

    /// Takes the rates among these currencies: none of them is asked for again.
    pub fn learn(&mut self, among: &[Currency], rates: Vec<FxRate>) {
        if let Some(converting) = &mut self.converting {
            converting.learn(among, rates);
        }
    }

    /// Adds a transaction, each part of a split one by itself.
    pub fn add(&mut self, transaction: &Transaction) {
        let whole = transaction.category().map(|(category, _)| category);
        match transaction.split() {
            Some(parts) if transaction.split_adds_up() => {
                for part in parts {
                    self.add_part(transaction, part.amount, part.category.or(whole));
                }
            }
            _ => self.add_part(transaction, transaction.shown_amount(), whole),
        }
    }

    fn add_part(&mut self, transaction: &Transaction, amount: Decimal, category: Option<CategoryKey>) {
        let by_sign = match Sign::of(amount) {
            Sign::Positive => Flow::Income,
            Sign::Negative => Flow::Expense,
        };
        let flow = match transaction.transfer {
            // Whatever a person calls it, the money is still theirs.
            Some(_) => Flow::Transfer,
            None => category.map_or(by_sign, |category| self.flow_of(category, by_sign)),
        };
        if flow != self.flow {
            return;
        }
        let signed = if self.flow == Flow::Expense { -amount } else { amount };
        let (signed, currency) = match &mut self.converting {
            Some(converting) => converting.convert(signed, transaction.currency, transaction.shown_day()),
            None => (signed, transaction.currency),
        };
        let (sum, count) = self.sums.entry((self.of(transaction, category), currency)).or_default();
        *sum = sum.saturating_add(signed);
        *count += 1;
    }

    /// Which way the money of a category goes; of one that is there no more the sign says it.
    fn flow_of(&self, category: CategoryKey, by_sign: Flow) -> Flow {
        match category {
            CategoryKey::Default(category) => category.flow,
            CategoryKey::Own(id) => self.own.get(&id).map_or(by_sign, |category| category.flow),
        }
    }

    fn of(&self, transaction: &Transaction, category: Option<CategoryKey>) -> TotalOf {
        let name = |category: Option<CategoryKey>| {
            category.map_or(TotalOf::Uncategorized, |category| TotalOf::Category(category.to_string()))
        };
        match self.by {
            Grouping::Category => name(category),
            Grouping::Group => name(category.map(|category| self.group_of(category))),
            Grouping::Merchant => {
                let other = transaction.shown_merchant().unwrap_or(transaction.shown_description());
                TotalOf::Merchant(other.to_owned())
            }
            Grouping::Month => TotalOf::Month(transaction.shown_day().first_of_month()),
            Grouping::Account => TotalOf::Account(transaction.account),
        }
    }

    /// The group of a category; a group is its own.
    fn group_of(&self, category: CategoryKey) -> CategoryKey {
        let group = match category {
            CategoryKey::Default(category) => category.group.and_then(CategoryKey::known),
            CategoryKey::Own(id) => self.own.get(&id).and_then(|category| category.group),
        };
        group.unwrap_or(category)
    }

    /// What it all came to.
    pub fn finish(self) -> Summed {
        let mut all: BTreeMap<Currency, (Decimal, u64)> = BTreeMap::new();
        let mut totals = Vec::with_capacity(self.sums.len());
        for ((of, currency), (amount, count)) in self.sums {
            let (sum, number) = all.entry(currency).or_default();
            *sum = sum.saturating_add(amount);
            *number += count;
            totals.push(Total { of: Some(of), currency, amount, count });
        }
        if self.by == Grouping::Month {
            totals.sort_by_key(|total| total.currency);
        } else {
            totals.sort_by_key(|total| (total.currency, Reverse(total.amount)));
        }
        let total = |(currency, (amount, count))| Total { of: None, currency, amount, count };
        Summed {
            all: all.into_iter().map(total).collect(),
            each: totals,
            rates: self.converting.map(Converting::used).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
#[path = "totals_tests.rs"]
mod tests;
