//! The lots of a sale.

use dashtam_application::portfolio::{SaleLot, SaleLots};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, Id, portfolio::SecurityOfAccountView};

/// A lot that a sale could take.
#[derive(Serialize, ToSchema)]
#[schema(as = SaleLot)]
pub(crate) struct SaleLotView {
    /// The transaction that it came with, by which it is named. Null for an opening lot.
    transaction_id: Option<Id>,
    /// Since when it is held. Null where nobody knows it.
    acquired: Option<Date>,
    /// What it has before the sale; below zero for what was sold short.
    units: Amount,
    /// What those cost with all fees, or what a short sale brought. Null where nobody knows it.
    basis: Option<Amount>,
    is_opening: bool,
    /// How many of its units were named of the sale. Null where it was not named.
    named_units: Option<Amount>,
    /// How many of its units the sale takes by the method of its account.
    taken_units: Amount,
}

impl From<&SaleLot> for SaleLotView {
    fn from(of: &SaleLot) -> Self {
        let SaleLot { lot, named, taken } = of;
        Self {
            transaction_id: lot.opened_by.map(|id| Id(id.0)),
            acquired: lot.acquired.map(Date),
            units: Amount(lot.units),
            basis: lot.basis.map(Amount),
            is_opening: lot.is_opening,
            named_units: named.map(Amount),
            taken_units: Amount(*taken),
        }
    }
}

/// A sale, or a purchase that ends a short position, with the lots that it could take.
#[derive(Serialize, ToSchema)]
#[schema(as = SaleLots)]
pub(crate) struct SaleLotsView<'a> {
    #[serde(flatten)]
    of: SecurityOfAccountView<'a>,
    date: Date,
    /// How many units it takes of lots, positive.
    units: Amount,
    /// ISO 4217.
    currency: &'a str,
    /// Which lots sales take first in the account: `fifo`, `lifo`, `hifo`, `lofo`, `average` or `specific`. Only the last asks for
    /// names.
    method: &'static str,
    /// Those of this page, by day.
    lots: Vec<SaleLotView>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

impl<'a> SaleLotsView<'a> {
    /// A page with these of its lots.
    pub(crate) fn new(
        of: &'a SaleLots,
        lots: impl Iterator<Item = &'a SaleLot>,
        next_cursor: Option<String>,
    ) -> Self {
        let SaleLots { sale, units, security, method, lots: _ } = of;
        Self {
            of: SecurityOfAccountView::new(sale.account, sale.security, security.as_ref()),
            date: Date(sale.day),
            units: Amount(*units),
            currency: sale.currency.as_str(),
            method: method.as_str(),
            lots: lots.map(SaleLotView::from).collect(),
            next_cursor,
        }
    }
}
