//! Securities, what is held of them over time, and what they cost, brought and returned.

mod allocation;
mod benchmark;
mod elsewhere;
mod forecast;
mod gains;
mod history;
mod import_prices;
mod income;
mod investing;
mod lots;
mod named_security;
mod not_known;
mod performance;
mod period;
mod price_on;
mod prices;
mod reckoned;
mod reckoning;
mod sale;
mod securities;
mod targets;

use std::sync::Arc;

use dashtam_domain::{
    fault::FieldError,
    ledger::portfolio::{self, PriceFileError, PriceReader, TargetProblem},
    sources::Ids,
    store::{Queries, Store},
};

use crate::errors::{CommonError, faults};

pub use allocation::{Allocated, ShowAllocation};
pub use benchmark::{Benchmark, BenchmarkPrice};
pub use elsewhere::{ConvertedAmount, Elsewhere, FoundElsewhere, NotElsewhere};
pub use forecast::{Forecast, ForecastIncome, MonthAhead, PositionYield};
pub use gains::{GainsAsked, ListClosings, ShowGains, ShownClosing, Within, YearGains};
pub use history::{ListHoldingDays, ShowHoldingsOn};
pub use import_prices::{ImportPrices, ImportedPrice, PriceFate, PricesReport};
pub use income::{MonthIncome, ShowPortfolioIncome};
pub use investing::{Investing, ListInvesting};
pub use lots::{Agreement, ListLots, ListPositions, Position, ValuedLot};
pub use not_known::NotKnown;
pub use performance::{NoPerformance, Performance, ShowPerformance};
pub use period::Period;
pub use price_on::{PriceFrom, PriceOn, ShowPrice, ShownPrice};
pub use prices::{ListPriceSeries, ListPriced, ListPrices, RemovePrices};
pub use reckoned::{Chosen, ReckonPortfolio, Reckoning};
pub use reckoning::{Moved, ToldNow};
pub use sale::{SaleLot, SaleLots, ShowSaleLots};
pub use securities::{GetSecurity, ListSecurities};
pub use targets::{ListTargets, SetTargets};

/// Securities, and what is held of them over time.
pub struct Portfolio {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) price_readers: Vec<Arc<dyn PriceReader>>,
}

impl From<portfolio::TooLarge> for PortfolioError {
    fn from(_: portfolio::TooLarge) -> Self {
        Self::TooLarge
    }
}

/// Why something about securities could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortfolioError {
    /// Not there, or somebody else's.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// A time that ends before it begins.
    #[error("The time must not end before it begins, and a performance is of ten years at most.")]
    UnsuitableTime,
    /// A figure is larger than the largest that is kept.
    #[error("A figure of the portfolio is larger than the largest that can be reckoned with.")]
    TooLarge,
    /// More transactions than are reckoned from at once.
    #[error("These are more transactions than a portfolio is reckoned from at once.")]
    TooMuch,
    /// A portfolio cannot be made of these parts.
    #[error(transparent)]
    Targets(#[from] TargetProblem),
    /// The file of prices as a whole cannot be used.
    #[error(transparent)]
    Prices(#[from] PriceFileError),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    PortfolioError {
        Self::NotFound(_) => NotFound: "not-found",
        Self::UnsuitableTime | Self::TooLarge | Self::TooMuch | Self::Targets(_) | Self::Prices(_) => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::UnsuitableTime => vec![FieldError::new("from", "out_of_range", error.to_string())],
        Self::Prices(_) => vec![FieldError::new("file", "unusable", error.to_string())],
        Self::Targets(problem) => vec![FieldError::new(problem.field(), problem.code(), problem.to_string())],
        _ => Vec::new(),
    };
}
