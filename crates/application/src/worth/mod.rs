//! Exchange rates, and what somebody is worth.

mod import_rates;
mod net_worth;
mod rate;
mod rate_file;

use std::sync::Arc;

use dashtam_domain::{fault::FieldError, ledger::worth::WorthQueries, store::Store};

use crate::errors::{CommonError, faults};

pub use import_rates::{ImportRates, RatesReport};
pub use net_worth::{NetWorthOver, ShowNetWorth};
pub use rate::{GetRate, UsedRate};
pub use rate_file::{RateFile, RateFileError, RateLayout, RefusedRate, read_rates};

/// Exchange rates, and what somebody is worth.
pub struct Worth {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn WorthQueries>,
}

/// Why something about rates or the net worth did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorthError {
    /// A time that ends before it begins, or is too long.
    #[error("The time must not end before it begins, and must not be longer than ten years.")]
    UnsuitableTime,
    /// There is no rate.
    #[error("There is no exchange rate of these two currencies for this day or the week before it.")]
    NoRate,
    /// The file as a whole cannot be used.
    #[error(transparent)]
    File(#[from] RateFileError),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    WorthError {
        Self::UnsuitableTime | Self::File(_) => Invalid: "invalid-request",
        Self::NoRate => NotFound: "not-found",
    }
    fields: |error| match error {
        Self::UnsuitableTime => vec![FieldError::new("from", "out_of_range", error.to_string())],
        Self::File(_) => vec![FieldError::new("file", "unusable", error.to_string())],
        _ => Vec::new(),
    };
}
