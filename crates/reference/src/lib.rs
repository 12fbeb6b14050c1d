//! Reads the Postgres database of the reference system, and writes nothing there.
//!
//! [`PostgresReference::open`] begins a transaction that is read only and sees one moment of the database, whatever
//! its program goes on doing. Rows come over as JSON, one text per row: the reference system's schema differs a
//! little from version to version, JSON names what is there, and no odd value can fail in the driver and take a
//! page of rows with it.

mod source;
mod wire;

pub use source::{OpenError, PostgresReference};
