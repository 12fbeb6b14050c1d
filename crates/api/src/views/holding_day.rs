//! What accounts held on earlier days.

use dashtam_domain::{
    ledger::{HeldPosition, HoldingSnapshot},
    time::Day,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, Moment, OptionView};

/// A position as it was told for a day.
#[derive(Serialize, ToSchema)]
#[schema(as = HoldingOfDay)]
pub(crate) struct HoldingDayView<'a> {
    /// The day for which it was told.
    date: Date,
    /// The source's key of the position.
    provider_holding_id: &'a str,
    /// The security that was held; null where nothing names one.
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
}

impl<'a> HoldingDayView<'a> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 420;

    pub(crate) fn of(day: Day, held: &'a HeldPosition) -> Self {
        Self {
            date: Date(day),
            provider_holding_id: &held.external_id,
            security_id: held.security.map(|id| Id(id.0)),
            symbol: held.symbol.as_deref(),
            security_name: held.name.as_deref(),
            asset_type: held.asset_class.as_str(),
            quantity: Amount(held.quantity),
            unit_price: held.price.map(Amount),
            market_value: held.market_value.map(Amount),
            cost_basis: held.cost_basis.map(Amount),
            option: held.option.as_ref().map(OptionView::from),
            currency: held.currency.as_str(),
        }
    }
}

/// What an account held at the end of a day.
#[derive(Serialize, ToSchema)]
#[schema(as = HoldingsAsOf)]
pub(crate) struct HoldingsAsOfView<'a> {
    account_id: Id,
    /// The day that was asked for.
    date: Date,
    /// The day for which this was told, which may lie before; null where nothing was told until then.
    told_for: Option<Date>,
    /// When it was told.
    told_at: Option<Moment>,
    /// What the positions are worth together, in the account's currency; null where that is not told of each.
    market_value: Option<Amount>,
    items: Vec<HoldingDayView<'a>>,
}

impl<'a> HoldingsAsOfView<'a> {
    pub(crate) fn of(account: Id, day: Day, told: Option<&'a HoldingSnapshot>) -> Self {
        let items = |told: &'a HoldingSnapshot| -> Vec<HoldingDayView<'a>> {
            told.positions.iter().map(|held| HoldingDayView::of(told.day, held)).collect()
        };
        Self {
            account_id: account,
            date: Date(day),
            told_for: told.map(|told| Date(told.day)),
            told_at: told.map(|told| Moment(told.taken_at)),
            market_value: told.and_then(|told| told.value).map(Amount),
            items: told.map(items).unwrap_or_default(),
        }
    }
}
