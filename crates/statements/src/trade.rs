//! The security side of a row whose format tells it leg by leg.

use dashtam_domain::ledger::{AssetClass, LegKind, Trade, TransactionDetails};

/// What the first leg of a security says; `None` where no units moved.
pub(crate) fn trade(details: &TransactionDetails) -> Option<Trade> {
    let leg = details.legs.iter().find(|leg| leg.kind == LegKind::Security)?;
    Some(Trade {
        security: None,
        symbol: leg.symbol.clone(),
        name: leg.name.clone(),
        asset_class: leg.asset_class.unwrap_or(AssetClass::Other),
        quantity: leg.quantity?,
        price: leg.price,
        fees: details.fee,
    })
}
