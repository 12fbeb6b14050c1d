//! Live events in this process: the bell that wakes followers, and the store that rings it.

mod bell;
mod store;

pub use bell::LocalBell;
pub use store::ringing;
