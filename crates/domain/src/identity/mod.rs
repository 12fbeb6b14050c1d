//! People: accounts, passwords, sessions, refresh tokens, one-time tokens and the audit trail.

mod activity;
mod audit;
mod audit_chain;
mod client;
mod email;
mod name;
mod one_time_token;
mod password;
mod ports;
mod refresh;
mod session;
mod token_floor;
mod user;

pub use activity::*;
pub use audit::{AuditAction, AuditEntry};
pub use audit_chain::*;
pub use client::*;
pub use email::{EmailAddress, EmailError};
pub use name::{NameError, PersonName};
pub use one_time_token::{OneTimeToken, Purpose};
pub use password::{MAX_PASSWORD, MIN_PASSWORD, PasswordHash, PasswordRejection, PlainPassword};
pub use ports::*;
pub use refresh::{RefreshGeneration, RefreshVerdict};
pub use session::{
    EndReason, LabelError, Session, SessionKey, SessionLabel, SessionNote, SessionSnapshot, Transport,
};
pub use token_floor::{GlobalRotation, SecurityConfig, TokenFloor};
pub use user::User;
