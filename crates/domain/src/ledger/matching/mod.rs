//! Which stored rows may be one transaction: pending rows and the posted ones they became, and rows that an institution
//! issued anew under other ids, and rows that two sources of an account told. Pure, and in whole numbers only: the callers read and write.

mod across;
mod choice;
mod engine;
mod pair;
mod score;
mod text;

pub use across::{ACROSS_DAYS, across, days_across, told_again};
pub use engine::{Decided, Matching, STALE_AFTER_DAYS, compare};
pub use pair::{Outcome, Pair, Standing};
pub use score::{Scores, Tier};
pub use text::Words;
