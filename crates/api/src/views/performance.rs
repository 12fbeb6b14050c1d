//! What a portfolio returned.

use dashtam_application::portfolio::{
    Benchmark, BenchmarkPrice, ConvertedAmount, Elsewhere, Moved, NoPerformance, NotElsewhere, Performance,
};
use dashtam_domain::{
    ledger::portfolio::{ANNUAL_FROM, MoneyWeighted, NoBenchmark, PriceSource, TimeWeighted},
    money::{Currency, Decimal},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id};

/// A rate of return: 0.05 is five percent.
#[derive(Serialize, ToSchema)]
#[schema(as = RateOfReturn)]
pub(crate) struct RateOfReturnView {
    /// Over the whole time. Null where there is none.
    rate: Option<Amount>,
    /// For 365 days. Null for less than that, and where there is none.
    annual_rate: Option<Amount>,
    /// Whether flows between two valued days count by their days only.
    is_approximate: bool,
    /// Whether everything was lost.
    is_total_loss: bool,
    /// Why there is none: `no_values` (nobody told what everything was worth, or much flowed meanwhile), `no_sign_change` (money
    /// only went one way), `no_root` or `ambiguous` (no rate makes the flows even, or several do), `capital_not_positive`,
    /// `several_currencies`, `units_moved` (units came or went without money), `too_much` (more transactions than are reckoned
    /// from at once) or `too_large`.
    unavailable_because: Option<&'static str>,
}

impl RateOfReturnView {
    fn of_time(found: Result<TimeWeighted, NoPerformance>, annual: Option<Decimal>) -> Self {
        match found {
            Ok(of) => Self {
                rate: Some(shown(of.rate)),
                annual_rate: annual.map(shown),
                is_approximate: of.is_approximate,
                is_total_loss: of.is_total_loss,
                unavailable_because: None,
            },
            Err(why) => Self::none(why),
        }
    }

    fn of_money(found: Result<MoneyWeighted, NoPerformance>) -> Self {
        match found {
            Ok(of) => Self {
                rate: Some(shown(of.period)),
                annual_rate: of.annual.filter(|_| of.days >= ANNUAL_FROM).map(shown),
                is_approximate: false,
                is_total_loss: of.is_total_loss,
                unavailable_because: None,
            },
            Err(why) => Self::none(why),
        }
    }

    fn none(why: NoPerformance) -> Self {
        Self {
            rate: None,
            annual_rate: None,
            is_approximate: false,
            is_total_loss: false,
            unavailable_because: Some(why.as_str()),
        }
    }
}

/// Twelve places are more than any of it is exact to.
fn shown(rate: Decimal) -> Amount {
    Amount(rate.round_dp(12).normalize())
}

/// Money from outside, or to it.
#[derive(Serialize, ToSchema)]
#[schema(as = PortfolioFlow)]
pub(crate) struct PortfolioFlowView {
    date: Date,
    account_id: Id,
    /// Positive was paid in.
    amount: Amount,
    transaction_id: Id,
}

impl From<&Moved> for PortfolioFlowView {
    fn from(of: &Moved) -> Self {
        Self {
            date: Date(of.day),
            account_id: Id(of.account.0),
            amount: Amount(of.amount),
            transaction_id: Id(of.transaction.0),
        }
    }
}

/// A price that the return of a benchmark goes by.
#[derive(Serialize, ToSchema)]
#[schema(as = BenchmarkPrice)]
pub(crate) struct BenchmarkPriceView<'a> {
    /// The day for which it was told.
    date: Date,
    /// Of one unit.
    price: Amount,
    /// ISO 4217.
    currency: &'a str,
    /// The same in the currency of the portfolio's return. Null where no rate was told.
    converted_price: Option<Amount>,
    /// The day of the rate. Null where none was needed or told.
    rate_date: Option<Date>,
}

impl<'a> From<&'a BenchmarkPrice> for BenchmarkPriceView<'a> {
    fn from(of: &'a BenchmarkPrice) -> Self {
        Self {
            date: Date(of.day),
            price: Amount(of.price),
            currency: of.currency.as_str(),
            converted_price: of.converted.map(Amount),
            rate_date: of.rate_day.map(Date),
        }
    }
}

/// What a security returned by its price, beside a portfolio: without its dividends.
#[derive(Serialize, ToSchema)]
#[schema(as = Benchmark)]
pub(crate) struct BenchmarkView<'a> {
    security_id: Id,
    symbol: Option<&'a str>,
    name: Option<&'a str>,
    /// The account that was told both prices. Null where there is none.
    account_id: Option<Id>,
    /// The series of your own prices (`POST /portfolio/prices`) that has both, where no account was told both. Else null.
    price_source: Option<&'a str>,
    /// The last price that was told for the first day of the return, or for one of the seven before it.
    price_start: Option<BenchmarkPriceView<'a>>,
    /// The same of the last day, behind the first.
    price_end: Option<BenchmarkPriceView<'a>>,
    /// How many units one became in between by splits. Null where that is not sure.
    split_factor: Option<Amount>,
    /// The last price in the place of the first: 0.05 is five percent. Null where there is none.
    rate: Option<Amount>,
    /// For 365 days. Null for less than that, and where there is none.
    annual_rate: Option<Amount>,
    /// The time-weighted return of the portfolio without that of the benchmark. Null where one of them is not known.
    difference: Option<Amount>,
    /// Why there is none: `no_period` (the portfolio has no first and last day that it could stand beside), `no_price_at_start`,
    /// `no_price_at_end`, `no_common_account` (one account or series has the first price and another one the last),
    /// `units_unexplained` (the transactions of the account do not come to the units it was told to hold, or not to the ratio of a
    /// split, so that nobody knows of splits), `price_not_positive`, `no_rate` (of the currencies), `too_much` (more transactions
    /// than are reckoned from at once) or `too_large`.
    unavailable_because: Option<&'static str>,
}

impl<'a> From<&'a Benchmark> for BenchmarkView<'a> {
    fn from(of: &'a Benchmark) -> Self {
        Self {
            security_id: Id(of.security.id.0),
            symbol: of.security.symbol.as_deref(),
            name: of.security.name.as_deref(),
            account_id: of.account.map(|account| Id(account.0)),
            price_source: of.source.as_ref().map(PriceSource::as_str),
            price_start: of.start.as_ref().map(BenchmarkPriceView::from),
            price_end: of.end.as_ref().map(BenchmarkPriceView::from),
            split_factor: of.split_factor.map(shown),
            rate: of.rate.ok().map(shown),
            annual_rate: of.annual.map(shown),
            difference: of.difference.map(shown),
            unavailable_because: of.rate.err().map(NoBenchmark::as_str),
        }
    }
}

/// An amount of one day in another currency.
#[derive(Serialize, ToSchema)]
#[schema(as = ConvertedAmount)]
struct ConvertedAmountView {
    date: Date,
    /// The transaction that moved it. Null for a value.
    transaction_id: Option<Id>,
    amount: Amount,
    converted_amount: Amount,
    /// How many units of the other currency one was worth, rounded to ten places.
    rate: Amount,
    /// The day of the rate. Null where none was needed.
    rate_date: Option<Date>,
}

impl From<&ConvertedAmount> for ConvertedAmountView {
    fn from(of: &ConvertedAmount) -> Self {
        Self {
            date: Date(of.day),
            transaction_id: of.transaction.map(|id| Id(id.0)),
            amount: Amount(of.amount),
            converted_amount: Amount(of.converted),
            rate: Amount(of.rate),
            rate_date: of.rate_day.map(Date),
        }
    }
}

/// What a portfolio gained in another currency, and what part of that exchange rates made.
#[derive(Serialize, ToSchema)]
#[schema(as = CurrencyEffect)]
pub(crate) struct CurrencyEffectView<'a> {
    /// ISO 4217: the other currency.
    currency: &'a str,
    /// The value at the beginning. Null where the gain is not known.
    value_start: Option<ConvertedAmountView>,
    /// The value at the end.
    value_end: Option<ConvertedAmountView>,
    /// What was paid in, each by the rate of its day.
    paid_in: Option<Amount>,
    /// Positive.
    taken_out: Option<Amount>,
    /// What was gained in the other currency.
    gain: Option<Amount>,
    /// The part of it that was gained in the own currency, by the rate of the last day.
    local_gain: Option<Amount>,
    /// The part of it that exchange rates made. With the other it adds up to the gain.
    currency_effect: Option<Amount>,
    /// What was paid in and taken out. Empty where the gain is not known.
    flows: Vec<ConvertedAmountView>,
    /// Why it is not known: `no_gain` (it is not known in the own currency), `no_rate` (nobody told a rate for `missing_rate_date` or
    /// the week before it) or `too_large`. Null where it is.
    unavailable_because: Option<&'static str>,
    /// The first day found for which a rate is missing.
    missing_rate_date: Option<Date>,
}

impl<'a> From<&'a Elsewhere> for CurrencyEffectView<'a> {
    fn from(of: &'a Elsewhere) -> Self {
        let (found, why) = (of.found.as_ref().ok(), of.found.as_ref().err().copied());
        Self {
            currency: of.currency.as_str(),
            value_start: found.map(|found| (&found.start).into()),
            value_end: found.map(|found| (&found.end).into()),
            paid_in: found.map(|found| Amount(found.stretch.paid_in)),
            taken_out: found.map(|found| Amount(found.stretch.taken_out)),
            gain: found.map(|found| Amount(found.gain.gain)),
            local_gain: found.map(|found| Amount(found.gain.local)),
            currency_effect: found.map(|found| Amount(found.gain.by_rates)),
            flows: found.map(|found| found.flows.iter().map(Into::into).collect()).unwrap_or_default(),
            unavailable_because: why.map(NotElsewhere::as_str),
            missing_rate_date: match why {
                Some(NotElsewhere::NoRate(day)) => Some(Date(day)),
                _ => None,
            },
        }
    }
}

/// What a portfolio returned, and what that is reckoned from.
#[derive(Serialize, ToSchema)]
#[schema(as = Performance)]
pub(crate) struct PerformanceView<'a> {
    /// ISO 4217. Null where there is no single one.
    currency: Option<&'a str>,
    /// It begins at the end of this day: the last until the one asked for on which everything was valued, else the first behind it.
    from: Option<Date>,
    /// The last day on which everything was valued.
    to: Option<Date>,
    value_start: Option<Amount>,
    value_end: Option<Amount>,
    paid_in: Amount,
    /// Positive.
    taken_out: Amount,
    /// What there is and was taken out, without what was there and was paid in.
    gain: Option<Amount>,
    /// Dividends and interest, which are a part of the gain.
    income: Amount,
    /// On how many days institutions told what everything was worth.
    valued_days: usize,
    /// What money would have brought that was there all the time.
    time_weighted: RateOfReturnView,
    /// The rate at which all flows come to nothing.
    money_weighted: RateOfReturnView,
    /// What was paid in and taken out.
    flows: Vec<PortfolioFlowView>,
    /// What the security returned that `benchmark` asks for. Null where it asks for none.
    benchmark: Option<BenchmarkView<'a>>,
    /// What was gained in the currency that `currency` asks for. Null where it asks for none.
    currency_effect: Option<CurrencyEffectView<'a>>,
}

impl<'a> From<&'a Performance> for PerformanceView<'a> {
    fn from(of: &'a Performance) -> Self {
        Self {
            currency: of.currency.as_ref().map(Currency::as_str),
            from: of.from.map(Date),
            to: of.to.map(Date),
            value_start: of.start.map(Amount),
            value_end: of.end.map(Amount),
            paid_in: Amount(of.paid_in),
            taken_out: Amount(of.taken_out),
            gain: of.gain.map(Amount),
            income: Amount(of.income),
            valued_days: of.values.len(),
            time_weighted: RateOfReturnView::of_time(of.time_weighted, of.time_weighted_annual),
            money_weighted: RateOfReturnView::of_money(of.money_weighted),
            flows: of.flows.iter().map(PortfolioFlowView::from).collect(),
            benchmark: of.benchmark.as_ref().map(BenchmarkView::from),
            currency_effect: of.elsewhere.as_ref().map(CurrencyEffectView::from),
        }
    }
}
