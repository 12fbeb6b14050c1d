//! Rules that are applied to what is stored, or would be.

use dashtam_application::rules::RulePreview;
use dashtam_domain::{
    ledger::meaning::rule::RuleRun,
    ledger::{Tag, Transaction},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment};

/// A run of the rules over stored transactions.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleRun)]
pub(crate) struct RuleRunView {
    id: Id,
    /// `running`, `completed`, `undoing`, `undone`, or `failed` after it could not go on several times.
    status: &'static str,
    /// How many transactions it looked at.
    examined: i64,
    /// Of how many something else was decided.
    changed: i64,
    /// Of how many that was taken back.
    undone: i64,
    /// How many were left as they were when it was taken back, because something else was decided meanwhile.
    skipped: i64,
    created_at: Moment,
    updated_at: Moment,
}

impl RuleRunView {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 240;
}

impl From<&RuleRun> for RuleRunView {
    fn from(run: &RuleRun) -> Self {
        Self {
            id: Id(run.id.0),
            status: run.state.as_str(),
            examined: run.examined,
            changed: run.changed,
            undone: run.undone,
            skipped: run.skipped,
            created_at: Moment(run.created_at),
            updated_at: Moment(run.updated_at),
        }
    }
}

/// What a transaction shows of what rules can decide.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleShown)]
pub(crate) struct RuleShownView<'a> {
    category: Option<String>,
    category_by: Option<&'static str>,
    merchant: Option<&'a str>,
    note: Option<&'a str>,
    tags: Vec<&'a str>,
    hidden: bool,
}

impl<'a> From<&'a Transaction> for RuleShownView<'a> {
    fn from(row: &'a Transaction) -> Self {
        let category = row.category();
        Self {
            category: category.map(|(category, _)| category.to_string()),
            category_by: category.map(|(_, by)| by.as_str()),
            merchant: row.shown_merchant(),
            note: row.note(),
            tags: row.tags().into_iter().map(Tag::as_str).collect(),
            hidden: row.is_hidden(),
        }
    }
}

/// A transaction that would show something else.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSample)]
pub(crate) struct RuleSampleView<'a> {
    transaction_id: Id,
    date: Date,
    /// Signed, positive is money in.
    amount: Amount,
    /// ISO 4217.
    currency: &'a str,
    description: &'a str,
    before: RuleShownView<'a>,
    after: RuleShownView<'a>,
}

/// What a rule would decide.
#[derive(Serialize, ToSchema)]
#[schema(as = RulePreview)]
pub(crate) struct RulePreviewView<'a> {
    /// How many transactions were looked at, the newest first.
    examined: usize,
    /// Whether these are all there are.
    complete: bool,
    /// How many the rule takes.
    matched: usize,
    /// How many of these would show something else.
    changed: usize,
    /// Up to 50 of these.
    samples: Vec<RuleSampleView<'a>>,
}

impl<'a> From<&'a RulePreview> for RulePreviewView<'a> {
    fn from(preview: &'a RulePreview) -> Self {
        let sample = |(before, after): &'a (Transaction, Transaction)| RuleSampleView {
            transaction_id: Id(before.id.0),
            date: Date(before.shown_day()),
            amount: Amount(before.shown_amount()),
            currency: before.currency.as_str(),
            description: before.shown_description(),
            before: before.into(),
            after: after.into(),
        };
        Self {
            examined: preview.examined,
            complete: preview.is_complete,
            matched: preview.matched,
            changed: preview.changed,
            samples: preview.samples.iter().map(sample).collect(),
        }
    }
}
