//! Recurring streams: transactions with one other side that come back at regular times, such as salaries and subscriptions.
//! Pure, and in whole numbers and exact decimals only: the callers read and write.

mod cadence;
mod engine;
mod known;
mod next;
mod ports;
mod stream;

pub use cadence::Cadence;
pub use engine::{HISTORY_DAYS, StreamRow, streams};
pub use known::marked;
pub use ports::*;
pub use stream::{Stream, StreamAmount, StreamEvent, StreamMark, StreamStatus, StreamVerdict};
