//! What securities cost and brought, and what they returned: lots, gains and returns. Pure, and in whole numbers and exact
//! decimals only: the callers read and write.

mod lots;
mod parts;
mod ports;
mod reading;
mod returns;
mod targets;

pub use lots::*;
pub use parts::TooLarge;
pub use ports::*;
pub use reading::{external_flow, happenings};
pub use returns::*;
pub use targets::{AllocationBy, Target, TargetOf, TargetProblem, Targets};
