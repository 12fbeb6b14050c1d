//! Positions.

use dashtam_domain::ledger::Holding;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Id, Moment};

/// A position held in an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Holding)]
pub(crate) struct HoldingView<'a> {
    id: Id,
    account_id: Id,
    /// The source's key of the position.
    provider_holding_id: &'a str,
    symbol: Option<&'a str>,
    security_name: Option<&'a str>,
    asset_type: &'static str,
    /// Signed units.
    quantity: Amount,
    unit_price: Option<Amount>,
    market_value: Option<Amount>,
    /// What it cost in total.
    cost_basis: Option<Amount>,
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
            symbol: holding.symbol.as_deref(),
            security_name: holding.name.as_deref(),
            asset_type: holding.asset_class.as_str(),
            quantity: Amount(holding.quantity),
            unit_price: holding.price.map(Amount),
            market_value: holding.market_value.map(Amount),
            cost_basis: holding.cost_basis.map(Amount),
            currency: holding.currency.as_str(),
            as_of: holding.as_of.map(Moment),
            updated_at: Moment(holding.updated_at),
        }
    }
}
