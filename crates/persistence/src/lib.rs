//! The storage ports on SQLite and Postgres.
//!
//! [`connect`] opens a [`Database`], whose [`storage`](Database::storage) is what the rest of the program uses.
//! Writing goes through SeaORM inside one transaction per unit of work; reading goes straight to the driver, with
//! constant statements and one decoding per kind of row for both engines.

mod cells;
mod connect;
mod connections;
mod delivery;
mod fault;
mod guarded;
mod identity;
mod ledger;
mod pool;
mod queries;
mod reference;
mod rows;
mod sealed_values;
mod server_problem;
mod store;
mod unit_of_work;

pub use connect::{ConnectError, Database, Engine, Options, connect};
pub use dashtam_migrations::MigrateError;
pub use server_problem::ServerProblem;
