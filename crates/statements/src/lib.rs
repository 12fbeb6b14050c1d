#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod ofx;
mod summary;

use std::sync::Arc;

use dashtam_domain::ledger::statement::StatementReader;

pub use ofx::OfxReader;
pub use summary::{AccountSummary, RowCounts, Summary, inspect};

/// The readers of all formats that Dashtam knows.
pub fn readers() -> Vec<Arc<dyn StatementReader>> {
    vec![Arc::new(OfxReader)]
}
