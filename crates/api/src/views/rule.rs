//! Rules, and what they decided.

use dashtam_domain::{
    id::RuleId,
    ledger::meaning::rule::{ByRule, Rule, RuleCondition, RuleTest},
    ledger::{Line, Note, Tag, Transaction},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// One thing that is asked of a transaction, as its institution tells it.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleTest)]
pub(crate) struct RuleTestView<'a> {
    field: &'static str,
    operator: &'static str,
    values: &'a [String],
}

impl<'a> From<&'a RuleTest> for RuleTestView<'a> {
    fn from(test: &'a RuleTest) -> Self {
        Self { field: test.field().as_str(), operator: test.operator().as_str(), values: test.values() }
    }
}

/// Tests of which one is enough.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleAny)]
pub(crate) struct RuleAnyView<'a> {
    any: Vec<RuleTestView<'a>>,
}

/// A condition: one test, or several of which one is enough.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleCondition)]
#[serde(untagged)]
pub(crate) enum RuleConditionView<'a> {
    Test(RuleTestView<'a>),
    Any(RuleAnyView<'a>),
}

impl<'a> From<&'a RuleCondition> for RuleConditionView<'a> {
    fn from(condition: &'a RuleCondition) -> Self {
        match condition {
            RuleCondition::One(test) => Self::Test(test.into()),
            RuleCondition::AnyOf(tests) => {
                Self::Any(RuleAnyView { any: tests.iter().map(RuleTestView::from).collect() })
            }
        }
    }
}

/// What a rule does.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleActions)]
pub(crate) struct RuleActionsView<'a> {
    category: Option<String>,
    merchant: Option<&'a str>,
    note: Option<&'a str>,
    /// These tags are added.
    add_tags: Vec<&'a str>,
    hide: bool,
    transfer: bool,
}

/// A rule.
#[derive(Serialize, ToSchema)]
#[schema(as = Rule)]
pub(crate) struct RuleView<'a> {
    id: Id,
    name: &'a str,
    /// Its place among the rules, from 1 on.
    position: i32,
    /// Whether it is asked at all.
    enabled: bool,
    /// Whether it wants `all` of its conditions or `any` of them.
    #[serde(rename = "match")]
    matching: &'static str,
    /// None of a rule that this version of the program cannot read: it takes nothing until conditions and actions are given anew.
    conditions: Vec<RuleConditionView<'a>>,
    actions: RuleActionsView<'a>,
    /// Whether no later rule is asked about a transaction that this one takes.
    stop: bool,
    created_at: Moment,
    updated_at: Moment,
}

impl RuleView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 500;
}

impl<'a> From<&'a Rule> for RuleView<'a> {
    fn from(rule: &'a Rule) -> Self {
        let (terms, actions) = (&rule.terms, &rule.terms.actions);
        Self {
            id: Id(rule.id.0),
            name: rule.name.as_str(),
            position: rule.position,
            enabled: rule.is_enabled,
            matching: terms.matching.as_str(),
            conditions: terms.conditions.iter().map(RuleConditionView::from).collect(),
            actions: RuleActionsView {
                category: actions.category.map(|category| category.to_string()),
                merchant: actions.merchant.as_ref().map(Line::as_str),
                note: actions.note.as_ref().map(Note::as_str),
                add_tags: actions.tags.as_slice().iter().map(Tag::as_str).collect(),
                hide: actions.hides,
                transfer: actions.is_transfer,
            },
            stop: terms.stops,
            created_at: Moment(rule.created_at),
            updated_at: Moment(rule.updated_at),
        }
    }
}

/// A text that a rule decided.
#[derive(Serialize, ToSchema)]
#[schema(as = DecidedText)]
pub(crate) struct DecidedTextView<'a> {
    value: String,
    /// What the institution says; null when it says nothing of the kind.
    institution_value: Option<&'a str>,
    /// Which rule.
    rule_id: Id,
}

impl<'a> DecidedTextView<'a> {
    fn of<T>(
        decided: &Option<ByRule<T>>,
        told: Option<&'a str>,
        text: impl FnOnce(&T) -> String,
    ) -> Option<Self> {
        let ByRule { value, rule: RuleId(rule) } = decided.as_ref()?;
        Some(Self { value: text(value), institution_value: told, rule_id: Id(*rule) })
    }
}

/// A tag that a rule added.
#[derive(Serialize, ToSchema)]
#[schema(as = DecidedTag)]
pub(crate) struct DecidedTagView<'a> {
    value: &'a str,
    /// Which rule.
    rule_id: Id,
}

/// That a rule left a transaction out of lists.
#[derive(Serialize, ToSchema)]
#[schema(as = DecidedFlag)]
pub(crate) struct DecidedFlagView {
    value: bool,
    /// Which rule.
    rule_id: Id,
}

/// What rules decided about a transaction; null where none did. It is shown unless a person corrected the same.
#[derive(Serialize, ToSchema)]
#[schema(as = TransactionDecided)]
pub(crate) struct DecidedView<'a> {
    category: Option<DecidedTextView<'a>>,
    merchant: Option<DecidedTextView<'a>>,
    note: Option<DecidedTextView<'a>>,
    hidden: Option<DecidedFlagView>,
    tags: Vec<DecidedTagView<'a>>,
    /// What was learned of the other side from what the user chose before, or is proposed.
    learned: Option<LearnedView>,
}

/// A category that was learned: so many of so many earlier choices for the same merchant were this one.
#[derive(Serialize, ToSchema)]
#[schema(as = DecidedLearned)]
pub(crate) struct LearnedView {
    category: String,
    merchant_id: Id,
    agreed: u32,
    of: u32,
    /// Whether it is given to transactions, unless a person or a rule gives another one; else it is only proposed.
    given: bool,
}

impl<'a> DecidedView<'a> {
    pub(crate) fn of(transaction: &'a Transaction) -> Option<Self> {
        let of = transaction.decided.as_deref()?;
        let details = &transaction.details;
        Some(Self {
            category: DecidedTextView::of(&of.category, details.category.as_deref(), ToString::to_string),
            merchant: DecidedTextView::of(&of.merchant, details.payee.as_deref(), |line| {
                line.as_str().to_owned()
            }),
            note: DecidedTextView::of(&of.note, None, |note| note.as_str().to_owned()),
            hidden: of.hidden.as_ref().map(|by| DecidedFlagView { value: true, rule_id: Id(by.rule.0) }),
            tags: of
                .tags
                .iter()
                .map(|by| DecidedTagView { value: by.value.as_str(), rule_id: Id(by.rule.0) })
                .collect(),
            learned: of.learned.map(|learned| LearnedView {
                category: learned.category.to_string(),
                merchant_id: Id(learned.payee.0),
                agreed: learned.agreed,
                of: learned.of,
                given: learned.is_given,
            }),
        })
    }
}
