//! Positions.

use dashtam_domain::ledger::{Holding, OptionTerms};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment};

/// A position held in an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Holding)]
pub(crate) struct HoldingView<'a> {
    id: Id,
    account_id: Id,
    /// The source's key of the position.
    provider_holding_id: &'a str,
    /// The security that is held; null where nothing names one.
    security_id: Option<Id>,
    symbol: Option<&'a str>,
    security_name: Option<&'a str>,
    asset_type: &'static str,
    /// Signed units.
    quantity: Amount,
    unit_price: Option<Amount>,
    market_value: Option<Amount>,
    /// What it cost in total.
    cost_basis: Option<Amount>,
    /// What an option gives a right to; null for what is none.
    option: Option<OptionView<'a>>,
    /// ISO 4217.
    currency: &'a str,
    as_of: Option<Moment>,
    updated_at: Moment,
}

impl<'a> From<&'a Holding> for HoldingView<'a> {
    fn from(holding: &'a Holding) -> Self {
        Self {
            id: Id(holding.id.0),
            account_id: Id(holding.account.0),
            provider_holding_id: &holding.external_id,
            security_id: holding.security.map(|id| Id(id.0)),
            symbol: holding.symbol.as_deref(),
            security_name: holding.name.as_deref(),
            asset_type: holding.asset_class.as_str(),
            quantity: Amount(holding.quantity),
            unit_price: holding.price.map(Amount),
            market_value: holding.market_value.map(Amount),
            cost_basis: holding.cost_basis.map(Amount),
            option: holding.option.as_ref().map(OptionView::from),
            currency: holding.currency.as_str(),
            as_of: holding.as_of.map(Moment),
            updated_at: Moment(holding.updated_at),
        }
    }
}

/// The terms of an option, as far as they are known.
#[derive(Serialize, ToSchema)]
#[schema(as = OptionTerms)]
pub(crate) struct OptionView<'a> {
    /// Ticker of what it is an option on.
    underlying: Option<&'a str>,
    strike: Option<Amount>,
    expiry: Option<Date>,
    /// `call` or `put`.
    right: Option<&'static str>,
    /// Units of the underlying that one contract stands for.
    multiplier: Option<Amount>,
}

impl<'a> From<&'a OptionTerms> for OptionView<'a> {
    fn from(terms: &'a OptionTerms) -> Self {
        Self {
            underlying: terms.underlying.as_deref(),
            strike: terms.strike.map(Amount),
            expiry: terms.expiry.map(Date),
            right: terms.right.map(|right| right.as_str()),
            multiplier: terms.multiplier.map(Amount),
        }
    }
}
