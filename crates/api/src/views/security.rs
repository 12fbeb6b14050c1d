//! Securities.

use dashtam_domain::{
    ledger::{Cusip, Figi, Isin, Security},
    money::Currency,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Id, Moment};

/// A security, as your sources tell it.
#[derive(Serialize, ToSchema)]
#[schema(as = Security)]
pub(crate) struct SecurityView<'a> {
    id: Id,
    symbol: Option<&'a str>,
    /// The exchange of the symbol, as the source writes it.
    exchange: Option<&'a str>,
    isin: Option<&'a str>,
    cusip: Option<&'a str>,
    figi: Option<&'a str>,
    name: Option<&'a str>,
    asset_type: &'static str,
    /// ISO 4217, of its quotes.
    currency: Option<&'a str>,
    /// Units of the underlying that one contract stands for.
    multiplier: Option<Amount>,
    created_at: Moment,
    updated_at: Moment,
}

impl SecurityView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 400;
}

impl<'a> From<&'a Security> for SecurityView<'a> {
    fn from(security: &'a Security) -> Self {
        Self {
            id: Id(security.id.0),
            symbol: security.symbol.as_deref(),
            exchange: security.exchange.as_deref(),
            isin: security.isin.as_ref().map(Isin::as_str),
            cusip: security.cusip.as_ref().map(Cusip::as_str),
            figi: security.figi.as_ref().map(Figi::as_str),
            name: security.name.as_deref(),
            asset_type: security.asset_class.as_str(),
            currency: security.currency.as_ref().map(Currency::as_str),
            multiplier: security.multiplier.map(Amount),
            created_at: Moment(security.created_at),
            updated_at: Moment(security.updated_at),
        }
    }
}
