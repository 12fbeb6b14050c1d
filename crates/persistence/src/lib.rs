#![doc = include_str!("../README.md")]

mod cells;
mod claim;
mod condition;
mod connect;
mod connections;
mod copy;
mod delivery;
mod fault;
mod guarded;
mod held;
mod identity;
mod imported_rows;
mod ledger;
mod live;
mod pool;
mod pulse;
mod queries;
mod rows;
mod sealed_columns;
mod sealed_rows;
mod sealed_values;
mod server_problem;
mod store;
mod tables;
mod unit_of_work;
mod unreadable;

pub use claim::{Claim, ClaimError, Rival};
pub use condition::Damage;
pub use connect::{ConnectError, Database, Engine, Options, PoolUse, connect};
pub use copy::{CopyError, sqlite_file};
pub use dashtam_migrations::MigrateError;
pub use live::LiveWire;
pub use sealed_columns::SealedColumn;
pub use server_problem::ServerProblem;
pub use unit_of_work::SeaUnitOfWork;
pub use unreadable::Unreadable;
