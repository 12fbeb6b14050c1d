#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod camt;
mod csv;
mod ofx;
mod qif;
mod summary;
mod trade;

use std::sync::Arc;

use dashtam_domain::ledger::{portfolio::PriceReader, statement::StatementReader};

pub use camt::CamtReader;
pub use csv::{CsvReader, PriceTableReader};
pub use ofx::OfxReader;
pub use qif::QifReader;
pub use summary::{AccountSummary, RowCounts, Summary, inspect, inspect_with};

/// The readers of all formats of prices.
pub fn price_readers() -> Vec<Arc<dyn PriceReader>> {
    vec![Arc::new(PriceTableReader)]
}

/// The readers of all formats that Dashtam knows. Nearly any text may be a table, so that its reader comes last.
pub fn readers() -> Vec<Arc<dyn StatementReader>> {
    vec![Arc::new(OfxReader), Arc::new(CamtReader), Arc::new(QifReader), Arc::new(CsvReader)]
}
