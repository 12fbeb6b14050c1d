//! Connections, what they are used with, and their runs.

pub mod connection;
pub mod credentials;
pub mod planned_syncs;
pub mod races;
pub mod sync_runs;
