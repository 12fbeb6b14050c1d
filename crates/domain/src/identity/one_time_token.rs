//! Tokens that work once: mailed to prove control of a mailbox.

use crate::{id::UserId, secret::SecretHash, time::Timestamp, words::words};

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

/// A one-time token, known by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// SHA-256 of the token.
    pub hash: SecretHash,
    /// Whose.
    pub user: UserId,
    /// What it proves.
    pub purpose: Purpose,
    /// What it is about, where the purpose alone does not say, e.g. the address to be confirmed.
    pub subject: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last instant it works (inclusive).
    pub expires_at: Timestamp,
}
