//! What parts a portfolio shall be made of.

use dashtam_domain::ledger::portfolio::Target;
use serde::Serialize;
use utoipa::ToSchema;

use super::Amount;

/// What part of everything in a currency something shall be.
#[derive(Serialize, ToSchema)]
#[schema(as = AllocationTarget)]
pub(crate) struct TargetView<'a> {
    /// The side that it is on: `class`, `security` or `account`.
    by: &'static str,
    /// The sort of asset, or the id of the security or account.
    key: String,
    /// ISO 4217.
    currency: &'a str,
    /// In percent.
    percent: Amount,
}

impl TargetView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 120;
}

impl<'a> From<&'a Target> for TargetView<'a> {
    fn from(target: &'a Target) -> Self {
        Self {
            by: target.of.by().as_str(),
            key: target.of.to_string(),
            currency: target.currency.as_str(),
            percent: Amount(target.percent),
        }
    }
}
