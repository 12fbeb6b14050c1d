//! A user account.

use std::net::IpAddr;

use chrono::TimeDelta;

use crate::{
    id::UserId,
    identity::{
        AccountFlags, Attributes, EmailAddress, LoginName, MapView, PasswordHash, PersonName, Phone,
        SecondFactorKind,
    },
    secret::SecretHash,
    time::Timestamp,
};

/// How long a change of the address can be taken back.
pub const EMAIL_UNDO: TimeDelta = TimeDelta::days(7);
/// How long an account that was given up can still be kept.
pub const DELETION_GRACE: TimeDelta = TimeDelta::days(7);

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
    /// Last instant at which the account is usable (inclusive); `None`: for ever.
    pub expires_at: Option<Timestamp>,
    /// May do what concerns everybody.
    pub administrator: bool,
    /// What it is kept from.
    pub flags: AccountFlags,
    /// The manager who made it, for a sub-user.
    pub managed_by: Option<UserId>,
    /// What a sign-in asks for beside the first factor.
    pub second_factor: SecondFactorKind,
    /// Phone number, for people.
    pub phone: Option<Phone>,
    /// Another name to sign in by.
    pub login: Option<LoginName>,
    /// How the person likes to see a map.
    pub map: MapView,
    /// What programs keep here.
    pub attributes: Attributes,
    /// Tokens issued under a lower version are refused.
    pub token_version: i32,
    /// Last sign-in.
    pub last_login_at: Option<Timestamp>,
    /// Where it came from.
    pub last_login_address: Option<IpAddr>,
    /// When the address was last changed, unless that was taken back.
    pub email_changed_at: Option<Timestamp>,
    /// When the account is erased, if it was given up.
    pub deletion_due_at: Option<Timestamp>,
    /// Whether it is an administrator, or the host, that switched the account off: then its manager does not switch it on.
    pub off_by_administrator: bool,
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
        Self { password: Some(password), ..Self::without_password(id, email, name, now) }
    }

    /// A user whom another program signs in and knows the name and the address of. Here the user only has things.
    pub fn of_another_program(id: UserId, now: Timestamp) -> Self {
        Self::without_password(id, EmailAddress::of_nobody(id), PersonName::untold(), now)
    }

    /// A new, unverified account that nobody can sign in to by a password.
    pub fn without_password(id: UserId, email: EmailAddress, name: PersonName, now: Timestamp) -> Self {
        Self {
            id,
            email,
            name,
            password: None,
            email_verified_at: None,
            is_active: true,
            expires_at: None,
            administrator: false,
            flags: AccountFlags::default(),
            managed_by: None,
            second_factor: SecondFactorKind::None,
            phone: None,
            login: None,
            map: MapView::default(),
            attributes: Attributes::default(),
            token_version: 1,
            last_login_at: None,
            last_login_address: None,
            email_changed_at: None,
            deletion_due_at: None,
            off_by_administrator: false,
            created_at: now,
            updated_at: now,
            revision: 0,
        }
    }

    /// Whether the address was proved.
    pub fn is_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }

    /// Whether the account may be used at this instant. A proved address is no part of it.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.is_active && !self.is_expired(now)
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end < now)
    }

    /// What a link that signs in is tied to: the client that asked for it, and the address it was mailed to.
    pub fn login_link_subject(&self, binding: &SecretHash) -> SecretHash {
        SecretHash::of(&format!("{} {}", binding.to_hex(), self.email.canonical()))
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

    /// Takes another name.
    pub fn rename(&mut self, name: PersonName, now: Timestamp) {
        self.name = name;
        self.updated_at = now;
    }

    /// Takes a new password.
    pub fn change_password(&mut self, password: PasswordHash, now: Timestamp) {
        self.password = Some(password);
        self.updated_at = now;
    }

    /// Takes a new password from somebody who proved the mailbox, and with it the address.
    pub fn reset_password(&mut self, password: PasswordHash, now: Timestamp) {
        self.change_password(password, now);
        self.verified(now);
    }

    /// Begins anew for somebody who proved the mailbox of an account that nobody had proved: what a stranger may have
    /// set there before does not count.
    pub fn claim(&mut self, now: Timestamp) {
        self.password = None;
        self.second_factor = SecondFactorKind::None;
        self.verified(now);
    }

    /// Whether a link mailed to the account's address may begin a sign-in. Not where the second factor comes by the
    /// same mail, and not for those who may do what concerns everybody.
    pub fn takes_login_links(&self) -> bool {
        !self.administrator && self.second_factor != SecondFactorKind::Email
    }

    /// Until when the address stays as it is: while the owner of the earlier one may still take the last change back,
    /// nobody may cover it up with another.
    pub fn email_settled_at(&self) -> Option<Timestamp> {
        self.email_changed_at.map(|at| at.plus(EMAIL_UNDO))
    }

    /// Asks for this second factor from now on.
    pub fn change_second_factor(&mut self, kind: SecondFactorKind, now: Timestamp) {
        self.second_factor = kind;
        self.updated_at = now;
    }

    /// Moves to an address that was proved.
    pub fn change_email(&mut self, email: EmailAddress, now: Timestamp) {
        self.email = email;
        self.email_changed_at = Some(now);
        self.verified(now);
    }

    /// Moves back to the earlier address. Whoever changed it knew the password, so that it stops working; what else
    /// was set in motion stops too.
    pub fn undo_email_change(&mut self, email: EmailAddress, now: Timestamp) {
        self.email = email;
        self.email_changed_at = None;
        self.password = None;
        self.deletion_due_at = None;
        self.verified(now);
    }

    /// Gives the account up; when it will be erased.
    pub fn schedule_deletion(&mut self, now: Timestamp) -> Timestamp {
        self.updated_at = now;
        *self.deletion_due_at.get_or_insert(now.plus(DELETION_GRACE))
    }

    /// Keeps an account that was given up.
    pub fn keep(&mut self, now: Timestamp) {
        self.deletion_due_at = None;
        self.updated_at = now;
    }

    /// Notes a sign-in.
    pub fn signed_in(&mut self, from: Option<IpAddr>, now: Timestamp) {
        self.last_login_at = Some(now);
        self.last_login_address = from;
        self.updated_at = now;
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn usability_follows_the_table() {
        let t = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let after = |micros| t.plus(TimeDelta::microseconds(micros));
        let (email, name) = ("ada@example.com".parse().unwrap(), "Ada".parse().unwrap());
        let user = User::register(UserId(uuid::Uuid::nil()), email, name, PasswordHash::new("x"), t);
        for (is_active, expires_at, now, expected) in [
            (true, None, after(1), true),
            (true, Some(t), after(-1), true),
            (true, Some(t), t, true),
            (true, Some(t), after(1), false),
            (false, None, t, false),
            (false, Some(t), after(-1), false),
        ] {
            let user = User { is_active, expires_at, ..user.clone() };
            assert_eq!(user.is_usable(now), expected, "{is_active} {expires_at:?} at {now}");
        }
    }
}
