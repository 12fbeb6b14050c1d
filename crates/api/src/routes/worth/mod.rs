//! The net worth, and the exchange rates it is reckoned by.

mod net_worth;
mod rate;

use dashtam_domain::money::Currency;

use crate::{endpoint::Endpoint, extract::Params};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[net_worth::ENDPOINT, rate::ENDPOINT];

/// Reads a currency.
pub(super) fn currency(params: &mut Params<'_>, name: &str) -> Option<Currency> {
    let message = "This parameter must be a three-letter ISO 4217 currency code such as EUR.";
    params.read(name, "currency", message, |text| (text.len() == 3).then(|| text.parse().ok()).flatten())
}
