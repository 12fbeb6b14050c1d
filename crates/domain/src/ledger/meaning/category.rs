//! Names of categories, and the category of a transaction.

use std::{fmt, str::FromStr};

use super::DefaultCategory;
use crate::{
    id::CategoryId,
    ledger::{Sign, Transaction, TransactionKind, stored_enum, transfer::TransferKind},
    money::Decimal,
};

stored_enum! {
    /// Which way the money of a category goes.
    Flow {
        /// It is earned.
        Income = "income",
        /// It is spent.
        Expense = "expense",
        /// It only changes its place: it is neither earned nor spent.
        Transfer = "transfer",
    }
}

/// The name of a category: the key of one that everybody has, or the id of a user's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryKey {
    /// One that everybody has.
    Default(&'static DefaultCategory),
    /// A user's own.
    Own(CategoryId),
}

/// The text is neither the key of a category nor an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the key of a category such as food.coffee, or the id of one of your own")]
pub struct CategoryKeyError;

impl CategoryKey {
    /// The category of everybody's with this key, of which the program knows that there is one.
    pub(crate) fn known(key: &str) -> Option<Self> {
        DefaultCategory::by_key(key).map(Self::Default)
    }
}

impl FromStr for CategoryKey {
    type Err = CategoryKeyError;

    fn from_str(text: &str) -> Result<Self, CategoryKeyError> {
        let own = || text.parse().map(Self::Own).map_err(|_| CategoryKeyError);
        Self::known(text).map_or_else(own, Ok)
    }
}

impl fmt::Display for CategoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default(category) => f.write_str(category.key),
            Self::Own(id) => id.fmt(f),
        }
    }
}

/// What a person chose for a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryChoice {
    /// None at all, whatever the institution says.
    Uncategorized,
    /// This one.
    Category(CategoryKey),
}

impl CategoryChoice {
    /// How no category is written.
    pub const NONE: &'static str = "none";

    /// The category, if it is one.
    pub fn category(self) -> Option<CategoryKey> {
        match self {
            Self::Uncategorized => None,
            Self::Category(category) => Some(category),
        }
    }
}

impl FromStr for CategoryChoice {
    type Err = CategoryKeyError;

    fn from_str(text: &str) -> Result<Self, CategoryKeyError> {
        if text == Self::NONE { Ok(Self::Uncategorized) } else { text.parse().map(Self::Category) }
    }
}

impl fmt::Display for CategoryChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uncategorized => f.write_str(Self::NONE),
            Self::Category(category) => category.fmt(f),
        }
    }
}

/// Which categories a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CategoryFilter {
    /// Whatever there is.
    #[default]
    Any,
    /// None at all.
    Uncategorized,
    /// One of these.
    Among(Vec<CategoryKey>),
}

impl CategoryFilter {
    /// Whether what has this category is shown.
    pub fn shows(&self, category: Option<CategoryKey>) -> bool {
        match self {
            Self::Any => true,
            Self::Uncategorized => category.is_none(),
            Self::Among(wanted) => category.is_some_and(|category| wanted.contains(&category)),
        }
    }
}

stored_enum! {
    /// Who decided a transaction's category. The first that says something does.
    CategorizedBy {
        /// The user.
        User = "user",
        /// A rule of the user's.
        Rule = "rule",
        /// A transfer between the user's own accounts that it is one side of.
        Transfer = "transfer",
        /// What was learned from what the user chose for the same payee.
        Payee = "payee",
        /// The institution, in words that we know.
        Institution = "institution",
        /// Nobody: it follows from what sort of transaction it is.
        Kind = "kind",
    }
}

impl Transaction {
    /// The category that is shown, and who decided it; `None` where nobody did, or the user wants none.
    pub fn category(&self) -> Option<(CategoryKey, CategorizedBy)> {
        if let Some(chosen) = self.chosen_category() {
            return chosen.category().map(|category| (category, CategorizedBy::User));
        }
        if let Some(by) = self.decided.as_ref().and_then(|decided| decided.category.as_ref()) {
            return Some((by.value, CategorizedBy::Rule));
        }
        let told = self.details.category.as_deref().and_then(DefaultCategory::by_code);
        if let Some(link) = self.transfer {
            let exact = told.filter(|told| told.flow == Flow::Transfer).map(CategoryKey::Default);
            return Some((exact.or_else(|| of_transfer(self, link.kind))?, CategorizedBy::Transfer));
        }
        let learned = self.decided.as_ref().and_then(|decided| decided.learned);
        if let Some(learned) = learned.filter(|learned| learned.is_given) {
            return Some((learned.category, CategorizedBy::Payee));
        }
        told.map(|category| (CategoryKey::Default(category), CategorizedBy::Institution))
            .or_else(|| Some((of_kind(self.kind, self.shown_amount())?, CategorizedBy::Kind)))
    }

    /// The category by what the institution tells alone: what it says, else what follows from the sort. It is what rules ask
    /// for, so that the same row is decided in the same way whatever people correct and whatever it is linked with.
    pub(crate) fn institution_category(&self) -> Option<CategoryKey> {
        let told = self.details.category.as_deref().and_then(DefaultCategory::by_code);
        told.map(CategoryKey::Default).or_else(|| of_kind(self.kind, self.amount))
    }
}

/// What a side of a transfer is, where its institution does not say it more exactly.
fn of_transfer(transaction: &Transaction, kind: TransferKind) -> Option<CategoryKey> {
    let is_in = Sign::of(transaction.shown_amount()) == Sign::Positive;
    CategoryKey::known(match (kind, is_in) {
        (_, true) => "transfer_in.account",
        (TransferKind::InvestmentContribution, false) => "transfer_out.investment",
        (TransferKind::LiabilityPayment | TransferKind::Internal, false) => "transfer_out.account",
    })
}

/// What a sort of transaction means wherever it occurs. Most sorts say how money moved and not what for.
fn of_kind(kind: TransactionKind, amount: Decimal) -> Option<CategoryKey> {
    let is_in = Sign::of(amount) == Sign::Positive;
    CategoryKey::known(match (kind, is_in) {
        (TransactionKind::Interest, true) => "income.interest",
        (TransactionKind::Interest, false) => "bank_fees.interest",
        (TransactionKind::Dividend, true) => "income.dividends",
        (TransactionKind::Fee, false) => "bank_fees",
        (TransactionKind::Cash, false) => "transfer_out.cash",
        (TransactionKind::DirectDeposit, true) => "income",
        (TransactionKind::Transfer, true) => "transfer_in",
        (TransactionKind::Transfer, false) => "transfer_out",
        (TransactionKind::Trade, true) => "transfer_in.investment",
        (TransactionKind::Trade, false) => "transfer_out.investment",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for text in ["food", "food.coffee", "01890a5d-ac96-774b-bcce-b302099a8057"] {
            assert_eq!(text.parse::<CategoryKey>().unwrap().to_string(), text);
            assert_eq!(text.parse::<CategoryChoice>().unwrap().to_string(), text);
        }
        assert_eq!("none".parse::<CategoryChoice>().unwrap().to_string(), "none");
        for text in ["", "none", "Food", "food.", "food.nothing", "01890a5dac96774bbcceb302099a8057"] {
            assert_eq!(text.parse::<CategoryKey>(), Err(CategoryKeyError), "{text}");
        }
    }

    #[test]
    fn every_sort_that_means_something_means_a_category_there_is() {
        for key in [
            "income.interest",
            "bank_fees.interest",
            "income.dividends",
            "bank_fees",
            "transfer_out.cash",
            "income",
            "transfer_in",
            "transfer_out",
            "transfer_in.investment",
            "transfer_out.investment",
            "transfer_in.account",
            "transfer_out.account",
        ] {
            assert!(CategoryKey::known(key).is_some(), "{key}");
        }
    }
}
