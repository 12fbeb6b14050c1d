//! What a rule asks of a transaction.

use chrono::Datelike;
use regex::Regex;

use super::expression;
use crate::{
    id::AccountId,
    ledger::meaning::{CategoryChoice, CategoryKey},
    ledger::{Sign, Transaction, TransactionKind, stored_enum},
    money::{Currency, Decimal, exact_decimal},
    text::fold,
    time::Day,
};

stored_enum! {
    /// What of a transaction is looked at, as its institution tells it: what people corrected makes no difference.
    RuleField {
        /// Every text: description, merchant and memo.
        Text = "text",
        /// The description.
        Description = "description",
        /// The other side.
        Merchant = "merchant",
        /// The further text.
        Memo = "memo",
        /// The amount, below zero where money went out.
        Amount = "amount",
        /// The amount without its sign.
        AbsoluteAmount = "absolute_amount",
        /// Which way the money went: `in` or `out`.
        Direction = "direction",
        /// The account, by its id.
        Account = "account",
        /// The name of the account's institution.
        Institution = "institution",
        /// What sort of transaction.
        Kind = "transaction_type",
        /// The currency.
        Currency = "currency",
        /// The day.
        Day = "date",
        /// The day of the month, 1 to 31.
        DayOfMonth = "day_of_month",
        /// The category by what the institution tells alone, without rules, people and transfers, or `none`.
        Category = "category",
    }
}

stored_enum! {
    /// How it is compared. Case makes no difference in texts, accents do.
    RuleOperator {
        /// One of the values is somewhere in the text.
        Contains = "contains",
        /// It is one of the values: a text, or a figure.
        Equals = "equals",
        /// The text begins with one of the values.
        StartsWith = "starts_with",
        /// A regular expression finds something in the text.
        Matches = "matches",
        /// It is less than the value.
        LessThan = "less_than",
        /// It is not more than the value.
        AtMost = "at_most",
        /// It is more than the value.
        MoreThan = "more_than",
        /// It is not less than the value.
        AtLeast = "at_least",
        /// It is one of two values or between them.
        Between = "between",
        /// It is one of the values.
        Is = "is",
    }
}

/// Why something cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleTestError {
    /// The field is not compared like this.
    #[error("this operator does not suit the field")]
    Operator,
    /// There are too few values or too many.
    #[error("between takes two values, matches and other comparisons one, and everything else 1 to {most}", most = RuleTest::MOST_VALUES)]
    Count,
    /// A value is not one of the field.
    #[error("each value must be {0}")]
    Value(&'static str),
}

/// One thing that is asked. One that somebody makes was tried. One that was stored may have been tried by another program: a
/// [`RuleBook`](super::RuleBook) leaves its rule out if it cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTest {
    field: RuleField,
    operator: RuleOperator,
    values: Vec<String>,
}

impl RuleTest {
    /// Most values of one test.
    pub const MOST_VALUES: usize = 10;
    /// Most characters of one value.
    pub const MOST_CHARACTERS: usize = 256;
    /// So many characters of each text are looked at, its first ones.
    pub const MOST_LOOKED_AT: usize = 500;

    /// The test, or why it cannot be asked.
    pub fn new(field: RuleField, operator: RuleOperator, values: Vec<String>) -> Result<Self, RuleTestError> {
        let test = Self { field, operator, values };
        test.asked().map(|_| test.clone())
    }

    /// A test as it was stored, which nobody tries: to make all regular expressions of a user ready takes a while.
    pub fn stored(field: RuleField, operator: RuleOperator, values: Vec<String>) -> Self {
        Self { field, operator, values }
    }

    /// What is looked at.
    pub fn field(&self) -> RuleField {
        self.field
    }

    /// How it is compared.
    pub fn operator(&self) -> RuleOperator {
        self.operator
    }

    /// With what, as it was written.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The categories that are asked for.
    pub fn categories(&self) -> Vec<CategoryKey> {
        if self.field != RuleField::Category {
            return Vec::new();
        }
        let choices = self.values.iter().filter_map(|value| value.parse::<CategoryChoice>().ok());
        choices.filter_map(CategoryChoice::category).collect()
    }

    /// How much it costs to look for a regular expression; 0 for other tests.
    pub(super) fn weight(&self) -> usize {
        let patterns = self.values.iter().filter(|_| self.operator == RuleOperator::Matches);
        patterns.filter_map(|pattern| expression::weight(pattern)).fold(0, usize::saturating_add)
    }

    /// The test, ready to be asked.
    pub(super) fn asked(&self) -> Result<Asked, RuleTestError> {
        use RuleField as F;
        let is_in_bounds = |text: &String| (1..=Self::MOST_CHARACTERS).contains(&text.chars().count());
        if !self.values.iter().all(is_in_bounds) {
            return Err(RuleTestError::Value("1 to 256 characters long"));
        }
        match self.field {
            F::Text => self.text([true; 3]),
            F::Description => self.text([true, false, false]),
            F::Merchant => self.text([false, true, false]),
            F::Memo => self.text([false, false, true]),
            F::Amount => self.compared(DECIMAL, decimal).map(Asked::Amount),
            F::AbsoluteAmount => self.compared(DECIMAL, decimal).map(Asked::AbsoluteAmount),
            F::Day => self.compared("a day such as 2026-01-31", Day::parse).map(Asked::Day),
            F::DayOfMonth => self.compared("a day of the month, 1 to 31", of_month).map(Asked::DayOfMonth),
            F::Direction => {
                let sign = |text: &str| match text {
                    "in" => Some(Sign::Positive),
                    "out" => Some(Sign::Negative),
                    _ => None,
                };
                self.named("in or out", sign).map(Asked::Direction)
            }
            F::Account => self.named("the id of an account", |id| id.parse().ok()).map(Asked::Account),
            F::Institution => self.named("a name", |name| Some(fold(name.trim()))).map(Asked::Institution),
            F::Kind => self.named("a type of transactions", TransactionKind::parse).map(Asked::Kind),
            F::Currency => {
                self.named("a currency of ISO 4217", |code| code.parse().ok()).map(Asked::Currency)
            }
            F::Category => self
                .named("the key of a category, the id of one of your own, or none", |key| key.parse().ok())
                .map(Asked::Category),
        }
    }

    fn text(&self, texts: Texts) -> Result<Asked, RuleTestError> {
        let how = match self.operator {
            RuleOperator::Contains => TextTest::Contains,
            RuleOperator::Equals => TextTest::Equals,
            RuleOperator::StartsWith => TextTest::StartsWith,
            RuleOperator::Matches => {
                let [pattern] = self.values.as_slice() else { return Err(RuleTestError::Count) };
                let what = "a regular expression without look-around and without groups that are matched again, with few repetitions and classes of characters";
                return expression::build(pattern)
                    .map(|regex| Asked::Expression(texts, regex))
                    .ok_or(RuleTestError::Value(what));
            }
            _ => return Err(RuleTestError::Operator),
        };
        self.count(1..=Self::MOST_VALUES)?;
        Ok(Asked::Text(texts, how, self.values.iter().map(|text| fold(text)).collect()))
    }

    fn compared<T: Copy>(
        &self,
        what: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Compared<T>, RuleTestError> {
        use RuleOperator as O;
        let wanted = match self.operator {
            O::Between => 2,
            O::Equals | O::LessThan | O::AtMost | O::MoreThan | O::AtLeast => 1,
            _ => return Err(RuleTestError::Operator),
        };
        self.count(wanted..=wanted)?;
        let values: Option<Vec<T>> = self.values.iter().map(|text| read(text)).collect();
        let values = values.ok_or(RuleTestError::Value(what))?;
        Ok(match (self.operator, values.as_slice()) {
            (O::LessThan, [value]) => Compared::LessThan(*value),
            (O::AtMost, [value]) => Compared::AtMost(*value),
            (O::MoreThan, [value]) => Compared::MoreThan(*value),
            (O::AtLeast, [value]) => Compared::AtLeast(*value),
            (_, [value]) => Compared::Equals(*value),
            (_, [from, to]) => Compared::Between(*from, *to),
            _ => return Err(RuleTestError::Count),
        })
    }

    fn named<T>(
        &self,
        what: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, RuleTestError> {
        if self.operator != RuleOperator::Is {
            return Err(RuleTestError::Operator);
        }
        self.count(1..=Self::MOST_VALUES)?;
        self.values.iter().map(|text| read(text)).collect::<Option<_>>().ok_or(RuleTestError::Value(what))
    }

    fn count(&self, wanted: std::ops::RangeInclusive<usize>) -> Result<(), RuleTestError> {
        if wanted.contains(&self.values.len()) { Ok(()) } else { Err(RuleTestError::Count) }
    }
}

const DECIMAL: &str = "a decimal number such as -12.30";

fn decimal(text: &str) -> Option<Decimal> {
    exact_decimal(text).ok()
}

fn of_month(text: &str) -> Option<u32> {
    text.parse().ok().filter(|day| (1..=31).contains(day))
}

/// Which texts: description, merchant, memo.
pub(super) type Texts = [bool; 3];

#[derive(Debug, Clone, Copy)]
pub(super) enum TextTest {
    Contains,
    Equals,
    StartsWith,
}

#[derive(Debug)]
pub(super) enum Compared<T> {
    Equals(T),
    LessThan(T),
    AtMost(T),
    MoreThan(T),
    AtLeast(T),
    Between(T, T),
}

impl<T: PartialOrd> Compared<T> {
    fn takes(&self, value: &T) -> bool {
        match self {
            Self::Equals(other) => value == other,
            Self::LessThan(other) => value < other,
            Self::AtMost(other) => value <= other,
            Self::MoreThan(other) => value > other,
            Self::AtLeast(other) => value >= other,
            Self::Between(from, to) => from <= value && value <= to,
        }
    }
}

/// A test that is ready to be asked.
#[derive(Debug)]
pub(super) enum Asked {
    Text(Texts, TextTest, Vec<String>),
    Expression(Texts, Regex),
    Amount(Compared<Decimal>),
    AbsoluteAmount(Compared<Decimal>),
    Day(Compared<Day>),
    DayOfMonth(Compared<u32>),
    Direction(Vec<Sign>),
    Account(Vec<AccountId>),
    /// Folded names; [`Asked::Account`] in a book, which knows whose they are.
    Institution(Vec<String>),
    Kind(Vec<TransactionKind>),
    Currency(Vec<Currency>),
    Category(Vec<CategoryChoice>),
}

/// A transaction with its texts as they are compared.
pub(super) struct Row<'t> {
    row: &'t Transaction,
    /// Description, merchant and memo.
    folded: [Option<String>; 3],
}

impl<'t> Row<'t> {
    pub(super) fn of(row: &'t Transaction) -> Self {
        let folded = texts(row).map(|text| {
            let mut folded = fold(text?);
            // One character may become many.
            folded.truncate(head(&folded).len());
            Some(folded)
        });
        Self { row, folded }
    }

    pub(super) fn passes(&self, asked: &Asked) -> bool {
        let row = self.row;
        match asked {
            Asked::Text(of, how, values) => self.folded.iter().zip(of).any(|(text, is_asked)| {
                let Some(text) = text.as_ref().filter(|_| *is_asked) else { return false };
                values.iter().any(|value| match how {
                    TextTest::Contains => text.contains(value.as_str()),
                    TextTest::StartsWith => text.starts_with(value.as_str()),
                    TextTest::Equals => text == value,
                })
            }),
            // What changes with its case may be written either way in the pattern.
            Asked::Expression(of, regex) => {
                let both = self.folded.iter().zip(texts(row)).zip(of).filter(|(_, is_asked)| **is_asked);
                both.filter_map(|((folded, told), _)| folded.as_ref().zip(told)).any(|(folded, told)| {
                    regex.is_match(folded) || (!told.is_ascii() && regex.is_match(told))
                })
            }
            Asked::Amount(test) => test.takes(&row.amount),
            Asked::AbsoluteAmount(test) => test.takes(&row.amount.abs()),
            Asked::Day(test) => test.takes(&row.day),
            Asked::DayOfMonth(test) => test.takes(&row.day.0.day()),
            Asked::Direction(signs) => signs.contains(&Sign::of(row.amount)),
            Asked::Account(accounts) => accounts.contains(&row.account),
            Asked::Institution(_) => false,
            Asked::Kind(kinds) => kinds.contains(&row.kind),
            Asked::Currency(currencies) => currencies.contains(&row.currency),
            Asked::Category(choices) => {
                let told = row.institution_category();
                choices.iter().any(|choice| choice.category() == told)
            }
        }
    }
}

/// Description, merchant and memo, as the institution tells them, each as far as it is looked at.
pub(super) fn texts(row: &Transaction) -> [Option<&str>; 3] {
    [Some(&*row.description), row.details.payee.as_deref(), row.memo.as_deref()].map(|text| text.map(head))
}

/// The beginning of a text: all of what institutions print, and little of what somebody makes up to keep everybody waiting.
fn head(text: &str) -> &str {
    let end = text.char_indices().nth(RuleTest::MOST_LOOKED_AT);
    end.map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}
