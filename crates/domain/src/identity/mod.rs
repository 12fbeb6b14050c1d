//! People: accounts, passwords, sessions, refresh tokens, one-time tokens and the audit trail.

mod audit;
mod email;
mod keystore;
mod name;
mod one_time_token;
mod password;
mod ports;
mod refresh;
mod session;
mod user;

pub use audit::{AuditAction, AuditEntry};
pub use email::{EmailAddress, EmailError};
pub use keystore::{
    KeyId, KeyIdError, KeyPair, KeyState, Keystore, KeystoreQueries, KeystoreRepository, OpenKeys, PublicJwk,
    PublishedKey, SigningKey, SigningKeys, UnusableKey,
};
#[cfg(feature = "mocks")]
pub use keystore::{MockKeystoreQueries, MockKeystoreRepository, MockSigningKeys};
pub use name::{NameError, PersonName};
pub use one_time_token::{OneTimeToken, Purpose};
pub use password::{MAX_PASSWORD, MIN_PASSWORD, PasswordHash, PasswordRejection, PlainPassword};
pub use ports::*;
pub use refresh::{RefreshGeneration, RefreshVerdict};
pub use session::{EndReason, Session, SessionSnapshot, Transport};
pub use user::User;
