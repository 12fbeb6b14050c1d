//! A user account.

use std::net::IpAddr;

use crate::{id::UserId, time::Timestamp};

use super::{EmailAddress, PasswordHash, PersonName};

/// A user account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its address, unique by canonical form.
    pub email: EmailAddress,
    /// The person's name.
    pub name: PersonName,
    /// `None`: no password sign-in.
    pub password: Option<PasswordHash>,
    /// When the address was proved.
    pub email_verified_at: Option<Timestamp>,
    /// Switched off by an administrator when false.
    pub is_active: bool,
    /// May do what concerns everybody.
    pub administrator: bool,
    /// Tokens issued under a lower version are refused.
    pub token_version: i32,
    /// Last sign-in.
    pub last_login_at: Option<Timestamp>,
    /// Where it came from.
    pub last_login_address: Option<IpAddr>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the writes; an update of an outdated copy is refused.
    pub revision: i32,
}

impl User {
    /// A new, unverified account.
    pub fn register(
        id: UserId,
        email: EmailAddress,
        name: PersonName,
        password: PasswordHash,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            email,
            name,
            password: Some(password),
            email_verified_at: None,
            is_active: true,
            administrator: false,
            token_version: 1,
            last_login_at: None,
            last_login_address: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        }
    }

    /// Whether the address was proved.
    pub fn is_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }

    /// Starts an unverified registration over: whoever registers last and proves the mailbox owns the account.
    pub fn register_again(&mut self, name: PersonName, password: PasswordHash, now: Timestamp) {
        self.name = name;
        self.password = Some(password);
        self.updated_at = now;
    }

    /// Notes that the address was proved.
    pub fn verified(&mut self, now: Timestamp) {
        self.email_verified_at.get_or_insert(now);
        self.updated_at = now;
    }

    /// Notes a sign-in.
    pub fn signed_in(&mut self, from: Option<IpAddr>, now: Timestamp) {
        self.last_login_at = Some(now);
        self.last_login_address = from;
        self.updated_at = now;
    }
}
