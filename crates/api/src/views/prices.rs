//! Prices of a person's own.

use dashtam_application::portfolio::{
    ImportedPrice, PriceFate, PriceFrom, PriceOn, PricesReport, ShownPrice,
};
use dashtam_domain::{
    ledger::portfolio::SecurityPrice,
    money::{Currency, Decimal},
    time::Day,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment};

/// What one unit of a security was worth on a day, as a file says.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityPrice)]
pub(crate) struct SecurityPriceView<'a> {
    security_id: Id,
    date: Date,
    /// The series that it is of.
    source: &'a str,
    /// Of one unit.
    price: Amount,
    /// ISO 4217.
    currency: &'a str,
    /// Whether the series was adjusted for splits. Else it is the price of one unit of its day.
    is_adjusted: bool,
    /// When it was told, or last told otherwise.
    told_at: Moment,
}

impl SecurityPriceView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 220;
}

impl<'a> From<&'a SecurityPrice> for SecurityPriceView<'a> {
    fn from(of: &'a SecurityPrice) -> Self {
        Self {
            security_id: Id(of.key.security.0),
            date: Date(of.key.day),
            source: of.key.source.as_str(),
            price: Amount(of.price),
            currency: of.currency.as_str(),
            is_adjusted: of.is_adjusted,
            told_at: Moment(of.told_at),
        }
    }
}

/// A row of a table of prices, and what becomes of it.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportedPrice)]
struct ImportedPriceView<'a> {
    /// The line of the file, from 1 on.
    line: u64,
    /// `new`, `changed` (another price was there), `known` (the same was there) or `refused`.
    fate: &'static str,
    /// Why it is refused. Null where it is not.
    reason: Option<&'a str>,
    /// Null where no security is known by what the row says, and where a dry run would make it.
    security_id: Option<Id>,
    /// Null where the row cannot be read.
    date: Option<Date>,
    /// Null where the row cannot be read.
    price: Option<Amount>,
    /// ISO 4217. Null where the row cannot be read, or neither it nor its security tells a currency.
    currency: Option<String>,
}

impl<'a> From<&'a ImportedPrice> for ImportedPriceView<'a> {
    fn from(of: &'a ImportedPrice) -> Self {
        let told: Option<(Day, Decimal, Option<Currency>)> = of.told;
        Self {
            line: of.line,
            fate: of.fate.as_str(),
            reason: match &of.fate {
                PriceFate::Refused(reason) => Some(reason.as_str()),
                _ => None,
            },
            security_id: of.security.map(|id| Id(id.0)),
            date: told.map(|(day, ..)| Date(day)),
            price: told.map(|(_, price, _)| Amount(price)),
            currency: told.and_then(|(.., currency)| currency).map(|currency| currency.to_string()),
        }
    }
}

/// What became of a table of prices, or would.
#[derive(Serialize, ToSchema)]
#[schema(as = PricesReport)]
pub(crate) struct PricesReportView<'a> {
    /// The series.
    source: &'a str,
    /// Whether nothing was stored.
    dry_run: bool,
    /// How many rows there are.
    rows: usize,
    /// How many of them had no price of their security and day in the series.
    new: usize,
    /// How many had another one.
    changed: usize,
    /// How many were there already.
    known: usize,
    /// How many could not be used.
    refused: usize,
    /// How many securities were made.
    securities_added: usize,
    /// The rows that were refused, the first 500 of them; of a dry run a page of all rows.
    items: Vec<ImportedPriceView<'a>>,
    /// For the next page of a dry run; null on the last.
    next_cursor: Option<String>,
}

impl<'a> PricesReportView<'a> {
    pub(crate) fn new(
        report: &'a PricesReport,
        page: &[&'a ImportedPrice],
        next_cursor: Option<String>,
    ) -> Self {
        Self {
            source: report.source.as_str(),
            dry_run: report.is_dry,
            rows: report.rows.len(),
            new: report.count("new"),
            changed: report.count("changed"),
            known: report.count("known"),
            refused: report.count("refused"),
            securities_added: report.securities,
            items: page.iter().map(|row| ImportedPriceView::from(*row)).collect(),
            next_cursor,
        }
    }
}

/// How many prices went.
#[derive(Serialize, ToSchema)]
#[schema(as = PricesRemoved)]
pub(crate) struct PricesRemovedView {
    /// So many.
    pub(crate) removed: u64,
}

/// The price that counts for a security on a day. Where there is none, its `source` is `none`.
#[derive(Serialize, ToSchema)]
#[schema(as = PriceOnDay)]
pub(crate) struct PriceOnView<'a> {
    security_id: Id,
    /// The day that is asked for.
    date: Date,
    /// `institution`, `trade`, `series`, or `none` where no price is known of the day and the year before it.
    source: &'static str,
    /// Of one unit of its day.
    price: Option<Amount>,
    /// ISO 4217.
    currency: Option<String>,
    /// For which day it was told.
    price_date: Option<Date>,
    /// How many days it is older than the day that is asked for.
    age_days: Option<i64>,
    /// Whether that is more than seven.
    is_stale: bool,
    /// The account that was told it, of an institution.
    account_id: Option<Id>,
    /// The transaction, of a trade.
    transaction_id: Option<Id>,
    /// The series, of one of your own.
    series: Option<&'a str>,
    /// How many units one became since by splits. Null where that is not sure.
    split_factor: Option<Amount>,
    /// Of one unit of the day that is asked for. Null where splits are not sure.
    adjusted_price: Option<Amount>,
}

impl<'a> From<&'a ShownPrice> for PriceOnView<'a> {
    fn from(of: &'a ShownPrice) -> Self {
        let found = of.found.as_ref();
        let from = found.map(|found| &found.from);
        Self {
            security_id: Id(of.security.id.0),
            date: Date(of.day),
            source: match from {
                Some(PriceFrom::Institution(_)) => "institution",
                Some(PriceFrom::Trade(_)) => "trade",
                Some(PriceFrom::Series(_)) => "series",
                None => "none",
            },
            price: found.map(|found| Amount(found.price)),
            currency: found.map(|found| found.currency.to_string()),
            price_date: found.map(|found| Date(found.day)),
            age_days: found.map(|found| found.age),
            is_stale: found.is_some_and(PriceOn::is_stale),
            account_id: match from {
                Some(PriceFrom::Institution(account)) => Some(Id(account.0)),
                _ => None,
            },
            transaction_id: match from {
                Some(PriceFrom::Trade(transaction)) => Some(Id(transaction.0)),
                _ => None,
            },
            series: match from {
                Some(PriceFrom::Series(source)) => Some(source.as_str()),
                _ => None,
            },
            split_factor: found.and_then(|found| found.split_factor).map(|of| Amount(of.normalize())),
            adjusted_price: found.and_then(|found| found.adjusted).map(Amount),
        }
    }
}
