//! Writing side of the connections area.

mod authorizations;
mod connection;
mod credentials;
mod sync_runs;
