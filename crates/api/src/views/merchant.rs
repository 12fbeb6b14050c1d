//! The other sides of transactions, and what is learned of them.

use dashtam_domain::ledger::meaning::Payee;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// A merchant for whose transactions the user chose categories.
#[derive(Serialize, ToSchema)]
#[schema(as = Merchant)]
pub(crate) struct MerchantView<'a> {
    id: Id,
    /// The name, without what differs from one transaction to the next.
    name: &'a str,
    /// How many of its transactions the user chose a category for.
    choices: u32,
    /// `learned`, `proposed`, `open` where the choices are too few or too different, or `refused`.
    status: &'static str,
    /// The category that is learned or proposed.
    category: Option<String>,
    /// How many of the choices were this one.
    agreed: Option<u32>,
    /// Whether the user wants nothing to be learned of it.
    refused: bool,
    created_at: Moment,
    updated_at: Moment,
}

impl MerchantView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 300;
}

impl<'a> From<&'a Payee> for MerchantView<'a> {
    fn from(payee: &'a Payee) -> Self {
        let learned = payee.learned();
        Self {
            id: Id(payee.id.0),
            name: payee.name.as_str(),
            choices: payee.count(),
            status: match learned {
                _ if payee.is_refused => "refused",
                None => "open",
                Some(learned) if learned.is_given => "learned",
                Some(_) => "proposed",
            },
            category: learned.map(|learned| learned.category.to_string()),
            agreed: learned.map(|learned| learned.agreed),
            refused: payee.is_refused,
            created_at: Moment(payee.created_at),
            updated_at: Moment(payee.updated_at),
        }
    }
}
