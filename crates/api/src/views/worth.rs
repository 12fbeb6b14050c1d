//! The net worth over time, and exchange rates.

use std::collections::BTreeMap;

use dashtam_application::worth::{NetWorthOver, UsedRate};
use dashtam_domain::{
    id::AccountId,
    ledger::worth::{Conversion, MissingReason, WorthPoint},
    money::{Currency, Decimal},
    time::Day,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id};

/// An amount of a currency.
#[derive(Serialize, ToSchema)]
#[schema(as = CurrencyAmount)]
pub(crate) struct CurrencyAmountView<'a> {
    /// ISO 4217.
    currency: &'a str,
    amount: Amount,
}

impl<'a> From<&'a (Currency, Decimal)> for CurrencyAmountView<'a> {
    fn from((currency, amount): &'a (Currency, Decimal)) -> Self {
        Self { currency: currency.as_str(), amount: Amount(*amount) }
    }
}

/// An account that is not in a total.
#[derive(Serialize, ToSchema)]
#[schema(as = MissingAccount)]
pub(crate) struct MissingAccountView {
    account_id: Id,
    /// `no_balance` (nobody told one), `stale_value` (the value of securities was not told within a week), `no_rate` (its
    /// currency cannot be converted) or `too_large`.
    reason: &'static str,
}

impl From<&(AccountId, MissingReason)> for MissingAccountView {
    fn from((account, reason): &(AccountId, MissingReason)) -> Self {
        Self { account_id: Id(account.0), reason: reason.as_str() }
    }
}

/// How a currency was converted.
#[derive(Serialize, ToSchema)]
#[schema(as = AppliedRate)]
pub(crate) struct AppliedRateView<'a> {
    /// ISO 4217.
    currency: &'a str,
    /// What one unit of it is, rounded to ten places; amounts are converted by the whole rate. Null where it is too large
    /// to tell.
    rate: Option<Amount>,
    /// The day of the rate; of two the earlier one.
    rate_date: Option<Date>,
    /// `direct`, `inverse` or `pivot` (through the euro).
    path: &'static str,
    /// `ecb_csv`, `user_csv` or `provider`; of two rates that of the older one.
    source: Option<&'static str>,
}

impl<'a> From<&'a (Currency, Conversion)> for AppliedRateView<'a> {
    fn from((currency, conversion): &'a (Currency, Conversion)) -> Self {
        Self {
            currency: currency.as_str(),
            rate: conversion.rate().map(Amount),
            rate_date: conversion.rate_day.map(Date),
            path: conversion.path.as_str(),
            source: conversion.source.map(|source| source.as_str()),
        }
    }
}

/// The net worth at the end of a day.
#[derive(Serialize, ToSchema)]
#[schema(as = NetWorthPoint)]
pub(crate) struct NetWorthPointView<'a> {
    date: Date,
    /// All balances together in the currency of the answer, to the last digit. Null with `strict`, where an account is
    /// missing.
    total: Option<Amount>,
    /// The same with the places of its currency, half to even, to be shown.
    total_rounded: Option<Amount>,
    /// Whether a balance of it lies within a gap.
    is_estimated: bool,
    /// The total by `account_type`: exact decimals as text.
    #[schema(value_type = Object)]
    by_kind: BTreeMap<&'static str, Amount>,
    /// The balances by currency, not converted: exact decimals as text.
    #[schema(value_type = Object)]
    by_currency: BTreeMap<&'a str, Amount>,
    missing: Vec<MissingAccountView>,
    /// What is not in the total because it cannot be converted.
    unconverted: Vec<CurrencyAmountView<'a>>,
    /// How each other currency was converted.
    rates: Vec<AppliedRateView<'a>>,
}

impl<'a> NetWorthPointView<'a> {
    fn of(point: &'a WorthPoint, currency: Currency) -> Self {
        Self {
            date: Date(point.day),
            total: point.total.map(Amount),
            total_rounded: point.total.map(|total| Amount(currency.shown(total))),
            is_estimated: point.is_estimated,
            by_kind: point.by_kind.iter().map(|(kind, sum)| (kind.as_str(), Amount(*sum))).collect(),
            by_currency: point.by_currency.iter().map(|(of, sum)| (of.as_str(), Amount(*sum))).collect(),
            missing: point.missing.iter().map(MissingAccountView::from).collect(),
            unconverted: point.unconverted.iter().map(CurrencyAmountView::from).collect(),
            rates: point.conversions.iter().map(AppliedRateView::from).collect(),
        }
    }
}

/// A day of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountDate)]
pub(crate) struct AccountDateView {
    account_id: Id,
    date: Date,
}

impl From<&(AccountId, Day)> for AccountDateView {
    fn from((account, day): &(AccountId, Day)) -> Self {
        Self { account_id: Id(account.0), date: Date(*day) }
    }
}

/// The net worth over time.
#[derive(Serialize, ToSchema)]
#[schema(as = NetWorth)]
pub(crate) struct NetWorthView<'a> {
    /// Of the totals; ISO 4217.
    currency: &'a str,
    from: Date,
    to: Date,
    /// The earliest first.
    items: Vec<NetWorthPointView<'a>>,
    /// Accounts that begin after the first item: the first day of each, before which it adds nothing.
    starts: Vec<AccountDateView>,
    /// Accounts that their source stopped showing before the last item: the last day of each, after which it adds
    /// nothing.
    ends: Vec<AccountDateView>,
}

impl<'a> From<&'a NetWorthOver> for NetWorthView<'a> {
    fn from(over: &'a NetWorthOver) -> Self {
        let worth = &over.worth;
        Self {
            currency: worth.currency.as_str(),
            from: Date(over.from),
            to: Date(over.to),
            items: worth.points.iter().map(|point| NetWorthPointView::of(point, worth.currency)).collect(),
            starts: worth.starts.iter().map(AccountDateView::from).collect(),
            ends: worth.ends.iter().map(AccountDateView::from).collect(),
        }
    }
}

/// An exchange rate.
#[derive(Serialize, ToSchema)]
#[schema(as = Rate)]
pub(crate) struct RateView<'a> {
    /// ISO 4217.
    base: &'a str,
    /// ISO 4217.
    quote: &'a str,
    /// The day it is used for.
    date: Date,
    /// What one unit of `base` is in `quote`, rounded to ten places.
    rate: Amount,
    /// The day of the rate; of two the earlier one. Null where both currencies are one.
    rate_date: Option<Date>,
    /// `same`, `direct`, `inverse` or `pivot` (through the euro).
    path: &'static str,
    /// `ecb_csv`, `user_csv` or `provider`; of two rates that of the older one. Null where both currencies are one.
    source: Option<&'static str>,
}

impl<'a> From<&'a UsedRate> for RateView<'a> {
    fn from(used: &'a UsedRate) -> Self {
        Self {
            base: used.base.as_str(),
            quote: used.quote.as_str(),
            date: Date(used.day),
            rate: Amount(used.rate),
            rate_date: used.conversion.rate_day.map(Date),
            path: used.conversion.path.as_str(),
            source: used.conversion.source.map(|source| source.as_str()),
        }
    }
}
