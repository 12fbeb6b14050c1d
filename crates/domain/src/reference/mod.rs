//! Moving in from the reference system: what its database holds, and the ports that read it.
//!
//! The rows are as that system stored them. What fits into Dashtam, and what is refused, is for the use case to say.

mod ports;
mod rows;

pub use ports::*;
pub use rows::*;
