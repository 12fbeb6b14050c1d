//! Which stored rows may be one transaction: pending rows and the posted ones they became, and rows that an institution
//! issued anew under other ids. Pure, and in whole numbers only: the callers read and write.

mod choice;
mod engine;
mod pair;
mod score;
mod text;

pub use engine::{Decided, Matching, STALE_AFTER_DAYS, compare};
pub use pair::{Outcome, Pair, Standing};
pub use score::{Scores, Tier};
pub use text::Words;
