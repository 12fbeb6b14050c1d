//! Accounts of people: who they are, what they may, how an administrator changes them and how they end.

mod administration;
mod contact;
mod email;
mod erasure;
mod flags;
mod name;
mod repository;
mod user;

pub use administration::*;
pub use contact::{ContactError, Identifier, LoginName, Phone};
pub use email::{EmailAddress, EmailError};
pub use erasure::*;
pub use flags::{
    AccountFlags, Assurance, Attributes, AttributesError, Degrees, MapView, Quota, SecondFactorKind,
};
pub use name::PersonName;
pub use repository::*;
pub use user::{DELETION_GRACE, EMAIL_UNDO, User};
