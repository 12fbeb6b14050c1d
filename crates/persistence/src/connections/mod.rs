//! Writing side of the connections area.

mod authorizations;
mod credentials;
mod providers;
mod sync_runs;
