//! Writing side of the connections area.

mod connection;
mod credentials;
mod sync_runs;

pub(crate) use connection::due;
