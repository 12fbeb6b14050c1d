//! Tokens that work once: mailed to prove control of a mailbox.

use async_trait::async_trait;

use crate::{
    id::UserId,
    identity::{EmailAddress, User},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
    words::words,
};

words! {
/// What a one-time token proves.
Purpose {
    /// Control of the account's e-mail address.
    EmailVerification = "email_verification",
    /// Control of the account's e-mail address, to choose a new password.
    PasswordReset = "password_reset",
    /// Control of another address; the subject is that address.
    EmailChange = "email_change",
    /// Control of the earlier address; the subject is that address.
    EmailChangeUndo = "email_change_undo",
    /// Control of the account's e-mail address, to keep an account that is going to be deleted.
    DeletionCancel = "deletion_cancel",
    /// That the owner of the mailbox did not begin the session in the subject.
    NotMe = "not_me",
    /// Control of the account's e-mail address, to keep a second factor that is going to be reset.
    SecondFactorKeep = "second_factor_keep",
    /// Control of the account's e-mail address, to sign in; the subject is the hash of the client that asked.
    LoginLink = "login_link",
}
}

impl Purpose {
    /// Whether earlier tokens go on working until one of them is used. So it is where a mail is sent again without its
    /// owner asking for it: a link that is in somebody's hands must not die without a word. Where a newer link was
    /// asked for, it takes the place of the earlier ones.
    pub const fn earlier_stay_good(self) -> bool {
        matches!(self, Self::EmailVerification | Self::DeletionCancel)
    }
}

/// A one-time token, known by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// SHA-256 of the token.
    pub hash: SecretHash,
    /// The user it is about.
    pub user: UserId,
    /// What it proves.
    pub purpose: Purpose,
    /// What it is about, where the purpose alone does not say, e.g. the address to be confirmed. For what proves the
    /// account's own address, the address it was mailed to.
    pub subject: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last instant it works (inclusive).
    pub expires_at: Timestamp,
}

impl OneTimeToken {
    /// Whether this token, which proves the account's own address, was mailed to the address the account has now: a mail
    /// may have been on its way to an earlier one while the account moved. Tokens that do not say are taken to be.
    pub fn proves_address_of(&self, user: &User) -> bool {
        let mailed_to = self.subject.as_deref().map(str::parse::<EmailAddress>);
        mailed_to.is_none_or(|mailed_to| mailed_to.is_ok_and(|mailed_to| mailed_to == user.email))
    }
}

/// One-time tokens, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OneTimeTokenRepository: Send {
    /// Adds a token unless the user has one for the purpose that was asked for later; older ones stop working, unless
    /// they [stay good](Purpose::earlier_stay_good), and the same token again gets the new end. Whether it works now.
    async fn issue(&mut self, token: &OneTimeToken) -> Result<bool, StoreError>;
    /// Moves the end of a token that is still there; whether it was. One that was used or replaced stays gone.
    async fn prolong(&mut self, token: &OneTimeToken) -> Result<bool, StoreError>;
    /// Removes the user's tokens of these purposes.
    async fn revoke(&mut self, user: UserId, purposes: &[Purpose]) -> Result<(), StoreError>;
    /// Uses up a live token, in one guarded statement: the token for exactly one caller, `None` for the rest. With it
    /// go all others its user has for the purpose.
    async fn redeem(
        &mut self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::PasswordHash;

    #[test]
    fn a_token_proves_the_address_it_was_mailed_to() {
        let now = Timestamp::from_micros(0).unwrap();
        let email = "Ada@Example.com".parse().unwrap();
        let id = UserId(uuid::Uuid::nil());
        let mut user = User::register(id, email, "Ada".parse().unwrap(), PasswordHash::new("x"), now);
        let token = |subject: Option<&str>| OneTimeToken {
            hash: SecretHash::of("x"),
            user: id,
            purpose: Purpose::PasswordReset,
            subject: subject.map(str::to_owned),
            created_at: now,
            expires_at: now,
        };
        for (subject, proves) in [
            (None, true),
            (Some("ada@example.com"), true),
            (Some("eve@example.com"), false),
            (Some(""), false),
        ] {
            assert_eq!(token(subject).proves_address_of(&user), proves, "{subject:?}");
        }
        user.change_email("eve@example.com".parse().unwrap(), now);
        assert!(!token(Some("ada@example.com")).proves_address_of(&user));
    }
}
