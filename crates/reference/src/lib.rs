#![doc = include_str!("../README.md")]

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
