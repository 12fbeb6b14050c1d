//! Rules in words.

use std::collections::HashMap;

use dashtam_domain::{
    id::AccountId,
    ledger::{
        Tag, TransactionKind,
        meaning::{
            CategoryChoice, OwnCategory,
            rule::{RuleActions, RuleCondition, RuleField, RuleMatch, RuleOperator, RuleTerms, RuleTest},
        },
    },
};

use crate::pages::rows;

/// What things are called that rules know by their ids.
pub(super) struct Names {
    pub(super) own: Vec<OwnCategory>,
    pub(super) accounts: HashMap<AccountId, String>,
}

/// How the values of a condition are given in a form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// Texts, one a line.
    Lines,
    /// One figure, or two.
    Figures,
    /// One day, or two.
    Days,
    /// Some of what there is.
    Choose,
}

/// Everything that can be asked about, in the order of a form.
pub(super) const FIELDS: [RuleField; 14] = [
    RuleField::Text,
    RuleField::Description,
    RuleField::Merchant,
    RuleField::Memo,
    RuleField::AbsoluteAmount,
    RuleField::Amount,
    RuleField::Direction,
    RuleField::Account,
    RuleField::Institution,
    RuleField::Kind,
    RuleField::Currency,
    RuleField::Day,
    RuleField::DayOfMonth,
    RuleField::Category,
];

/// Every sort of transactions, as rules ask for it.
pub(super) const KINDS: [TransactionKind; 18] = [
    TransactionKind::Credit,
    TransactionKind::Debit,
    TransactionKind::Interest,
    TransactionKind::Dividend,
    TransactionKind::Fee,
    TransactionKind::Deposit,
    TransactionKind::Withdrawal,
    TransactionKind::Cash,
    TransactionKind::PointOfSale,
    TransactionKind::Transfer,
    TransactionKind::Check,
    TransactionKind::Payment,
    TransactionKind::DirectDeposit,
    TransactionKind::DirectDebit,
    TransactionKind::StandingOrder,
    TransactionKind::Hold,
    TransactionKind::Trade,
    TransactionKind::Other,
];

pub(super) fn control(field: RuleField) -> Control {
    match field {
        RuleField::Amount | RuleField::AbsoluteAmount | RuleField::DayOfMonth => Control::Figures,
        RuleField::Day => Control::Days,
        RuleField::Direction | RuleField::Account | RuleField::Kind | RuleField::Category => Control::Choose,
        _ => Control::Lines,
    }
}

/// How a field can be compared, the usual way first.
pub(super) fn operators(field: RuleField) -> &'static [RuleOperator] {
    use RuleOperator as O;
    match field {
        RuleField::Text | RuleField::Description | RuleField::Merchant | RuleField::Memo => {
            &[O::Contains, O::Equals, O::StartsWith, O::Matches]
        }
        RuleField::Amount | RuleField::AbsoluteAmount | RuleField::Day | RuleField::DayOfMonth => {
            &[O::Equals, O::LessThan, O::AtMost, O::MoreThan, O::AtLeast, O::Between]
        }
        _ => &[O::Is],
    }
}

pub(super) fn field(field: RuleField) -> &'static str {
    match field {
        RuleField::Text => "Any text",
        RuleField::Description => "Description",
        RuleField::Merchant => "Merchant",
        RuleField::Memo => "Memo",
        RuleField::Amount => "Amount with its sign",
        RuleField::AbsoluteAmount => "Amount",
        RuleField::Direction => "Direction",
        RuleField::Account => "Account",
        RuleField::Institution => "Institution",
        RuleField::Kind => "Type",
        RuleField::Currency => "Currency",
        RuleField::Day => "Day",
        RuleField::DayOfMonth => "Day of the month",
        RuleField::Category => "Category by the institution",
    }
}

pub(super) fn operator(field: RuleField, operator: RuleOperator) -> &'static str {
    let is_day = control(field) == Control::Days;
    match operator {
        RuleOperator::Contains => "contains",
        RuleOperator::StartsWith => "begins with",
        RuleOperator::Matches => "matches the pattern",
        RuleOperator::Equals if control(field) == Control::Lines => "is exactly",
        RuleOperator::Equals | RuleOperator::Is => "is",
        RuleOperator::LessThan if is_day => "is before",
        RuleOperator::AtMost if is_day => "is not after",
        RuleOperator::MoreThan if is_day => "is after",
        RuleOperator::AtLeast if is_day => "is not before",
        RuleOperator::LessThan => "is less than",
        RuleOperator::AtMost => "is at most",
        RuleOperator::MoreThan => "is more than",
        RuleOperator::AtLeast => "is at least",
        RuleOperator::Between => "is between",
    }
}

/// A word with blanks in the place of its lines below.
pub(super) fn kind(kind: TransactionKind) -> String {
    kind.as_str().replace('_', " ")
}

/// What people call a value of a condition.
fn value(of: RuleField, value: &str, names: &Names) -> String {
    match of {
        RuleField::Account => {
            let name = value.parse().ok().and_then(|id: AccountId| names.accounts.get(&id));
            name.cloned().unwrap_or_else(|| "an account that is gone".to_owned())
        }
        RuleField::Category => match value.parse::<CategoryChoice>().map(CategoryChoice::category) {
            Ok(Some(key)) => rows::label(key, &names.own).to_owned(),
            _ => "none".to_owned(),
        },
        RuleField::Direction if value == "in" => "money in".to_owned(),
        RuleField::Direction => "money out".to_owned(),
        RuleField::Kind => value.replace('_', " "),
        RuleField::Text | RuleField::Description | RuleField::Merchant | RuleField::Memo => {
            format!("\u{201c}{value}\u{201d}")
        }
        _ => value.to_owned(),
    }
}

fn test(test: &RuleTest, names: &Names) -> String {
    let values: Vec<String> = test.values().iter().map(|text| value(test.field(), text, names)).collect();
    let joint = if test.operator() == RuleOperator::Between { " and " } else { " or " };
    let what = field(test.field()).to_lowercase();
    format!("{what} {} {}", operator(test.field(), test.operator()), values.join(joint))
}

/// What a rule asks.
pub(super) fn conditions(terms: &RuleTerms, names: &Names) -> String {
    let one = |condition: &RuleCondition| {
        let tests: Vec<String> = condition.tests().iter().map(|of| test(of, names)).collect();
        match tests.as_slice() {
            [only] => only.clone(),
            _ => format!("({})", tests.join(" or ")),
        }
    };
    let all: Vec<String> = terms.conditions.iter().map(one).collect();
    all.join(if terms.matching == RuleMatch::All { " and " } else { " or " })
}

/// What a rule does.
fn actions(actions: &RuleActions, names: &Names) -> String {
    let RuleActions { category, merchant, note, tags, hides, is_transfer } = actions;
    let tags: Vec<&str> = tags.as_slice().iter().map(Tag::as_str).collect();
    let parts = [
        category.map(|key| format!("category {}", rows::label(key, &names.own))),
        is_transfer.then(|| "a transfer".to_owned()),
        merchant.as_ref().map(|name| format!("called \u{201c}{}\u{201d}", name.as_str())),
        (!tags.is_empty()).then(|| format!("tagged {}", tags.join(", "))),
        note.as_ref().map(|_| "with a note".to_owned()),
        hides.then(|| "hidden".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A rule as a sentence.
pub(super) fn sentence(terms: &RuleTerms, names: &Names) -> String {
    if !terms.is_readable() {
        return "This program cannot read what it asks, so it takes nothing.".to_owned();
    }
    let stops = if terms.stops { " No later rule is asked." } else { "" };
    format!("If {}: {}.{stops}", conditions(terms, names), actions(&terms.actions, names))
}
