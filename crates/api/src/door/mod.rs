//! Who may come in and how long they may take: connections are counted, and slow requests end.

mod admission;
mod body;
mod connection;
mod reserved;
#[cfg(test)]
mod tests;

pub use admission::{Admission, ClientLimits, ConnectionStanding, Occupied, Place};
pub use body::BodyDeadlines;
pub use connection::Connection;

pub(crate) use body::{TimedBody, is_timeout};
pub(crate) use connection::UnderWay;
pub(crate) use reserved::{is_reserved, reserve};
