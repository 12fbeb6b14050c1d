//! Everything Dashtam has of its predecessor, the reference system: moving in from its database, and what people
//! bring along from there.
//!
//! - [`ReferenceImport`] copies users with their providers, the institutions' tokens and the audit trail, row by row as
//!   a [`ReferenceSource`] hands them out, into an [`ImportStore`]. [`PostgresReference`] reads the real database.
//! - [`ReferenceTokens`] lets access tokens in that the reference system signed, until they end.
//! - [`ReferencePasswords`] signs people in by the password hashes that came along.
//!
//! It stands outside: on the ports of the domain and the use cases' vocabulary, as any other embedder could. Nothing
//! further inside knows that there was another program, so that this crate can go when nobody moves in any more.
//!
//! [`PostgresReference::open`] begins a transaction that is read only and sees one moment of the database, whatever
//! its program goes on doing. Rows come over as JSON, one text per row: the reference system's schema differs a
//! little from version to version, JSON names what is there, and no odd value can fail in the driver and take a
//! page of rows with it.

mod import;
mod passwords;
mod ports;
mod rows;
mod source;
mod stored;
mod tokens;
mod wire;

pub use import::{CopyReference, ImportReport, ReferenceImport, ReferenceImportError, Refusal, Tally};
pub use passwords::ReferencePasswords;
pub use ports::{ImportStore, ImportWork, ImportedRows, ReferenceError, ReferenceSource};
pub use rows::{
    LeftBehind, ReferenceAccount, ReferenceAuditLine, ReferenceConnection, ReferenceLink, ReferenceProvider,
    ReferenceTable, ReferenceToken, ReferenceUser,
};
pub use source::{OpenError, PostgresReference};
pub use tokens::ReferenceTokens;
