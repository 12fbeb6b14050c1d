//! The storage ports on SQLite and Postgres.
//!
//! [`connect`] opens a [`Database`], whose [`storage`](Database::storage) is what the rest of the program uses.
//! Writing builds its statements with SeaORM and runs them inside one transaction per unit of work, on a connection that
//! is watched from begin to end; reading goes straight to the driver, with
//! constant statements and one decoding per kind of row for both engines.

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
mod pool;
mod pulse;
mod queries;
mod rows;
mod sealed_rows;
mod sealed_values;
mod server_problem;
mod store;
mod unit_of_work;
mod unreadable;

pub use claim::{Claim, ClaimError, Rival};
pub use condition::Damage;
pub use connect::{ConnectError, Database, Engine, Options, PoolUse, connect};
pub use copy::{CopyError, sqlite_file};
pub use dashtam_migrations::MigrateError;
pub use server_problem::ServerProblem;
pub use unit_of_work::SeaUnitOfWork;
pub use unreadable::Unreadable;
