//! People: accounts, passwords, sessions, refresh tokens, one-time tokens and the audit trail.

mod account_flags;
mod activity;
mod administration;
mod api_key;
mod audit;
mod audit_chain;
mod backup_codes;
mod challenge;
mod client;
mod common_passwords;
mod contact;
mod email;
mod email_code;
mod erasure;
mod keystore;
mod mail_budget;
mod name;
mod one_time_token;
mod password;
mod password_hasher;
mod password_service;
mod ports;
mod refresh;
mod scope;
mod second_factor;
mod session;
mod sign_in_budget;
mod token_floor;
mod totp;
mod user;

pub use account_flags::{
    AccountFlags, Assurance, Attributes, AttributesError, Degrees, MapView, Quota, TwoFactorType,
};
pub use activity::*;
pub use administration::*;
pub use api_key::{KeyInserted, KeyName, KeyNameError, KeyNotice, parse_network};
pub use audit::{AuditAction, AuditEntry};
pub use audit_chain::*;
pub use backup_codes::{BackupCode, BackupCodes};
pub use challenge::*;
pub use client::*;
pub use contact::{ContactError, Identifier, LoginName, Phone};
pub use email::{EmailAddress, EmailError};
pub use email_code::*;
pub use erasure::*;
pub use ipnet::IpNet;
pub use keystore::{
    KeyId, KeyIdError, KeyPair, KeyState, Keystore, KeystoreQueries, KeystoreRepository, OpenKeys, PublicJwk,
    PublishedKey, SigningKey, SigningKeys, UnusableKey,
};
#[cfg(feature = "mocks")]
pub use keystore::{MockKeystoreQueries, MockKeystoreRepository, MockSigningKeys};
pub use mail_budget::*;
pub use name::{NameError, PersonName};
pub use one_time_token::{OneTimeToken, Purpose};
pub use password::{MAX_PASSWORD, MIN_PASSWORD, PasswordHash, PasswordRejection, PlainPassword};
pub use password_hasher::*;
pub use password_service::{
    PasswordStrength, RANDOM_PASSWORD, RandomPasswordLength, generate_random_password, password_requirements,
};
pub use ports::*;
pub use refresh::{RefreshGeneration, RefreshVerdict};
pub use scope::{Scope, Scopes};
pub use second_factor::*;
pub use session::{
    EndReason, KeyTerms, LabelError, Reauthentication, Session, SessionKey, SessionLabel, SessionNote,
    SessionSnapshot, Transport,
};
pub use sign_in_budget::*;
pub use token_floor::{GlobalRotation, SecurityConfig, TokenFloor};
pub use totp::{OneTimeCode, TotpKey, TotpStep};
pub use user::{DELETION_GRACE, EMAIL_UNDO, User};
