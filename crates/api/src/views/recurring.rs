//! Recurring streams.

use dashtam_application::recurring::MarkedStream;
use dashtam_domain::ledger::{Line, Sign, Transaction, recurring::StreamMark};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment, TransactionView};

/// Transactions with one other side that come back at regular times.
#[derive(Serialize, ToSchema)]
#[schema(as = RecurringStream)]
pub(crate) struct RecurringView<'a> {
    /// The same whenever it is found.
    id: Id,
    account_id: Id,
    /// What you call it, else the other side or the text of its last transaction.
    name: &'a str,
    /// The other side of its last transaction, where somebody names it.
    merchant: Option<&'a str>,
    /// The text of its last transaction.
    description: &'a str,
    /// The category of its last transaction.
    category: Option<&'a str>,
    /// `in` or `out`.
    direction: &'static str,
    /// `weekly`, `biweekly`, `semi_monthly`, `monthly`, `quarterly`, `semi_annually` or `annually`.
    cadence: &'static str,
    /// `fixed` or `varying`.
    amount_type: &'static str,
    /// Signed, positive is money in.
    average_amount: Amount,
    /// Signed, positive is money in.
    last_amount: Amount,
    /// ISO 4217.
    currency: &'a str,
    /// How many thousandths the last amount is above those before, by the sign of the amounts; null where it is the same.
    price_change: Option<i64>,
    first_date: Date,
    last_date: Date,
    /// When it comes the next time.
    next_date: Option<Date>,
    /// `mature`, `early_detection` (it came too few times to be certain) or `tombstoned` (and not when it was due).
    status: &'static str,
    /// How certain it is, from 0 to 1000.
    confidence: i64,
    /// How many times it was left out in between.
    missed: u32,
    /// How many transactions it is made of.
    count: usize,
    /// Whether it came lately.
    active: bool,
    /// What you should know: `late`, `price_changed`, `ended`, `new`.
    events: Vec<&'static str>,
    /// What you said of it: `confirmed` or `dismissed`; null where you said nothing.
    verdict: Option<&'static str>,
}

impl RecurringView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 700;
}

impl<'a> From<&'a MarkedStream> for RecurringView<'a> {
    fn from(MarkedStream { stream, mark }: &'a MarkedStream) -> Self {
        let mark: Option<&StreamMark> = mark.as_ref();
        let named = mark.and_then(|mark| mark.name.as_ref()).map(Line::as_str);
        let direction = match Sign::of(stream.last_amount) {
            Sign::Positive => "in",
            Sign::Negative => "out",
        };
        Self {
            id: Id(stream.id.0),
            account_id: Id(stream.account.0),
            name: named.or(stream.merchant.as_deref()).unwrap_or(&stream.description),
            merchant: stream.merchant.as_deref(),
            description: &stream.description,
            category: stream.category.as_deref(),
            direction,
            cadence: stream.cadence.as_str(),
            amount_type: stream.amount.as_str(),
            average_amount: Amount(stream.average),
            last_amount: Amount(stream.last_amount),
            currency: stream.currency.as_str(),
            price_change: stream.price_change,
            first_date: Date(stream.first),
            last_date: Date(stream.last),
            next_date: stream.next.map(Date),
            status: stream.status.as_str(),
            confidence: stream.confidence,
            missed: stream.missed,
            count: stream.transactions.len(),
            active: stream.is_active,
            events: stream.events.iter().map(|event| event.as_str()).collect(),
            verdict: mark.and_then(|mark| mark.verdict).map(|verdict| verdict.as_str()),
        }
    }
}

/// A recurring stream with its transactions.
#[derive(Serialize, ToSchema)]
#[schema(as = RecurringStreamDetail)]
pub(crate) struct RecurringDetailView<'a> {
    #[serde(flatten)]
    stream: RecurringView<'a>,
    /// The latest first.
    transactions: Vec<TransactionView<'a>>,
}

impl<'a> RecurringDetailView<'a> {
    pub(crate) fn new(stream: &'a MarkedStream, transactions: &'a [Transaction]) -> Self {
        Self {
            stream: RecurringView::from(stream),
            transactions: transactions.iter().map(TransactionView::from).collect(),
        }
    }
}

/// What the user said of a recurring stream, as a line of an archive.
#[derive(Serialize)]
pub(crate) struct RecurringMarkLine<'a> {
    id: Id,
    account_id: Id,
    verdict: Option<&'static str>,
    name: Option<&'a str>,
    created_at: Moment,
    updated_at: Moment,
}

impl<'a> From<&'a StreamMark> for RecurringMarkLine<'a> {
    fn from(mark: &'a StreamMark) -> Self {
        Self {
            id: Id(mark.id.0),
            account_id: Id(mark.account.0),
            verdict: mark.verdict.map(|verdict| verdict.as_str()),
            name: mark.name.as_ref().map(Line::as_str),
            created_at: Moment(mark.created_at),
            updated_at: Moment(mark.updated_at),
        }
    }
}
