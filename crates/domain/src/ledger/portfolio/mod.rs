//! What securities cost and brought, and what they returned: lots, gains and returns. Pure, and in whole numbers and exact
//! decimals only: the callers read and write.

mod benchmark;
mod lots;
mod parts;
mod ports;
mod price_reader;
mod prices;
mod reading;
mod returns;
mod targets;

pub use benchmark::{NoBenchmark, PRICE_LASTS, ToldPrice, price_return, split_factor};
pub use lots::*;
pub use parts::TooLarge;
pub use ports::*;
pub use price_reader::{MOST_PRICE_ROWS, PriceFileError, PriceReader, PriceRow, PriceRows};
pub use prices::{
    PriceError, PriceKey, PriceSeries, PriceSource, SecurityPrice, last_of_each, series_factor,
    splits_between,
};
pub use reading::{external_flow, happenings};
pub use returns::*;
pub use targets::{AllocationBy, Target, TargetOf, TargetProblem, Targets};
