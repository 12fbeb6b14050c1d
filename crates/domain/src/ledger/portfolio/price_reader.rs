//! The port of what tells prices: the reader of a file.

use crate::{ledger::SecurityFacts, money::Decimal, time::Day};

/// The most rows of one file of prices.
pub const MOST_PRICE_ROWS: usize = 50_000;

/// A price as a row tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// What the row calls the security; its currency is that of the price, where the row tells one.
    pub facts: SecurityFacts,
    /// For which day.
    pub day: Day,
    /// Of one unit, as it is told.
    pub price: Decimal,
}

/// The rows of a file, in their order: from which line each is, from 1 on, and its price, or why it is none in words that show nothing
/// of the file.
pub type PriceRows<'a> = Box<dyn Iterator<Item = (u64, Result<PriceRow, String>)> + Send + 'a>;

/// Why a file as a whole tells no prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceFileError {
    /// It is of no format that is known.
    #[error(
        "This is no table of prices: its first line must name the columns date, price and one of symbol, isin, cusip and figi."
    )]
    Unrecognised,
    /// It is more than is taken at once.
    #[error("A table of prices may have {most} rows and 8 MiB at most; split it.", most = MOST_PRICE_ROWS)]
    TooLong,
}

/// Reads one format of files that tell prices.
pub trait PriceReader: Send + Sync {
    /// The rows of a file. [`PriceFileError::Unrecognised`] says that it is not of this format; a bad row is an error of its own, and
    /// costs no other row.
    fn read<'a>(&self, file: &'a [u8]) -> Result<PriceRows<'a>, PriceFileError>;
}
