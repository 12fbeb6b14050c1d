//! The audit trail: who did what, from where. Append-only; it outlives what it describes.

use std::net::IpAddr;

use crate::{
    call::Call,
    id::{AuditId, ConnectionId, UserId},
    time::Timestamp,
    words::words,
};

words! {
/// What was done. The stored names are stable.
AuditAction {
    /// An account was registered.
    UserRegistered = "user_registered",
    /// An address was proved.
    EmailVerified = "email_verified",
    /// A sign-in succeeded.
    LoginSucceeded = "login_succeeded",
    /// Too many wrong passwords: clients that are not known are refused for a while.
    SignInsRefused = "sign_ins_refused",
    /// A link for a new password was asked for.
    PasswordResetRequested = "password_reset_requested",
    /// A new password was chosen by a mailed link.
    PasswordReset = "password_reset",
    /// A new password was chosen by somebody who knew the old one.
    PasswordChanged = "password_changed",
    /// The name was changed.
    ProfileUpdated = "profile_updated",
    /// Another address was asked for.
    EmailChangeRequested = "email_change_requested",
    /// The address was changed.
    EmailChanged = "email_changed",
    /// The owner of the earlier address took a change back.
    EmailChangeUndone = "email_change_undone",
    /// The account was given up; it is erased later.
    DeletionScheduled = "deletion_scheduled",
    /// The account is kept after all.
    DeletionCancelled = "deletion_cancelled",
    /// The account was erased.
    AccountErased = "account_erased",
    /// The setting up of a second factor began.
    SecondFactorEnrolled = "second_factor_enrolled",
    /// The account has another second factor.
    SecondFactorEnabled = "second_factor_enabled",
    /// The second factor was given up.
    SecondFactorDisabled = "second_factor_disabled",
    /// A second factor was not accepted.
    SecondFactorFailed = "second_factor_failed",
    /// A backup code was used.
    BackupCodeUsed = "backup_code_used",
    /// The backup codes were replaced.
    BackupCodesReplaced = "backup_codes_replaced",
    /// Everything the account holds was handed out.
    DataExported = "data_exported",
    /// A prepared file of what the account holds was fetched.
    ExportDownloaded = "export_downloaded",
    /// A sign-in failed; for an unknown address the details name it by a pseudonym.
    LoginFailed = "login_failed",
    /// Within a session, the password was asked for again and a wrong one was given.
    PasswordCheckFailed = "password_check_failed",
    /// A link that signs in was asked for.
    LoginLinkRequested = "login_link_requested",
    /// A first factor was right, and the second one is asked for.
    SecondFactorAsked = "second_factor_asked",
    /// The holder of a session proved again who it is.
    SteppedUp = "stepped_up",
    /// A client unknown to the account signed in.
    NewClient = "new_client",
    /// Another client than the one a session began on refreshes it.
    OtherClient = "other_client",
    /// A session was ended by its owner.
    SessionEnded = "session_ended",
    /// A spent refresh token came back and its session was ended.
    RefreshReused = "refresh_reused",
    /// Somebody said of a session that it was not theirs, and ended it.
    SessionDisowned = "session_disowned",
    /// A session got another name, or was trusted or distrusted.
    SessionUpdated = "session_updated",
    /// An API key was made.
    ApiKeyCreated = "api_key_created",
    /// An API key was replaced by another with the same terms.
    ApiKeyRotated = "api_key_rotated",
    /// An API key was ended by its owner.
    ApiKeyRevoked = "api_key_revoked",
    /// An endpoint for events was made.
    WebhookCreated = "webhook_created",
    /// An endpoint for events was changed by its owner.
    WebhookUpdated = "webhook_updated",
    /// An endpoint for events got another secret.
    WebhookSecretRotated = "webhook_secret_rotated",
    /// An endpoint for events was removed.
    WebhookRemoved = "webhook_removed",
    /// An endpoint for events was switched off, because it took nothing or its secret is lost.
    WebhookDisabled = "webhook_disabled",
    /// All tokens of a user were made void.
    UserTokensRotated = "user_tokens_rotated",
    /// All tokens of everybody were made void.
    GlobalTokensRotated = "global_tokens_rotated",
    /// A user became an administrator.
    AdministratorGranted = "administrator_granted",
    /// A user is an administrator no longer.
    AdministratorRevoked = "administrator_revoked",
    /// An account was made by an administrator or a manager.
    AccountCreated = "account_created",
    /// An administrator or a manager changed what an account is kept from, or what is stored of it.
    AccountFlagsChanged = "account_flags_changed",
    /// An account was switched off.
    AccountDisabled = "account_disabled",
    /// An account was switched on again.
    AccountEnabled = "account_enabled",
    /// Locks that wrong passwords or codes had put on an account were lifted.
    LockLifted = "lock_lifted",
    /// The reset of a second factor was begun.
    SecondFactorResetRequested = "second_factor_reset_requested",
    /// The reset of a second factor was stopped by its owner.
    SecondFactorResetCancelled = "second_factor_reset_cancelled",
    /// A second factor was taken away because its owner had lost it.
    SecondFactorReset = "second_factor_reset",
    /// A connection was made.
    ProviderCreated = "provider_created",
    /// A connection was changed by its owner.
    ProviderUpdated = "provider_updated",
    /// An authorization at a provider was begun.
    ConnectionInitiated = "connection_initiated",
    /// A provider's tokens were stored for the first time.
    TokenCreated = "token_created",
    /// A provider's tokens were replaced by a new authorization.
    TokenUpdated = "token_updated",
    /// A provider's tokens were refreshed.
    TokenRefreshed = "token_refreshed",
    /// A refresh at the provider failed.
    TokenRefreshFailed = "token_refresh_failed",
    /// A connection was given up.
    ConnectionRevoked = "connection_revoked",
    /// A connection went into error.
    ConnectionError = "connection_error",
    /// A synchronisation began.
    SyncStarted = "sync_started",
    /// A synchronisation ended well.
    SyncCompleted = "sync_completed",
    /// A synchronisation failed.
    SyncFailed = "sync_failed",
    /// A transaction was corrected by its owner, or a correction taken back.
    TransactionCorrected = "transaction_corrected",
    /// An account was corrected by its owner, or a correction taken back.
    AccountCorrected = "account_corrected",
    /// A statement file was imported.
    StatementImported = "statement_imported",
    /// What a statement file had brought was taken back.
    StatementImportUndone = "statement_import_undone",
    /// The owner said of two transactions that they are one.
    TransactionsMerged = "transactions_merged",
    /// The owner said of transactions that they are a transfer between two accounts.
    TransferLinked = "transfer_linked",
    /// The owner said of two transactions that they are two.
    MatchRejected = "match_rejected",
    /// What made one transaction of two was taken back by the owner.
    MatchUndone = "match_undone",
    /// A step of the rotation of the key that signs access tokens.
    SigningKeyRotated = "signing_key_rotated",
    /// A mail that was given up was made due again.
    MailRetried = "mail_retried",
    /// A mail that was given up was removed.
    MailDropped = "mail_dropped",
    /// A stored secret that no key opens was removed.
    SecretForgotten = "secret_forgotten",
    /// The server runs with another secret key than before.
    SecretKeyChanged = "master_secret_changed",
    /// An account, or more of it, was copied from another system.
    AccountImported = "account_imported",
    /// An account was brought back from an archive that another server had made.
    AccountRestored = "account_restored",
}
}

/// What a line of the trail says, before it is known who did it and when.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLine {
    action: AuditAction,
    user: Option<UserId>,
    connection: Option<ConnectionId>,
    details: serde_json::Value,
}

impl AuditLine {
    /// A line about something that was done to this user's account.
    pub fn new(action: AuditAction, user: UserId) -> Self {
        Self { user: Some(user), ..Self::of_nobody(action) }
    }

    /// A line about something that concerns nobody's account.
    pub fn of_nobody(action: AuditAction) -> Self {
        let details = serde_json::Value::Object(serde_json::Map::new());
        Self { action, user: None, connection: None, details }
    }

    /// The same line about a connection.
    pub fn about(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }

    /// The same line with further facts; never a secret.
    pub fn with(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When it happened.
    pub at: Timestamp,
    /// What was done.
    pub action: AuditAction,
    /// Whose account it concerns; `None` when nobody's.
    pub user: Option<UserId>,
    /// The connection it concerns.
    pub connection: Option<ConnectionId>,
    /// Address of the client.
    pub address: Option<IpAddr>,
    /// Software of the client.
    pub user_agent: Option<String>,
    /// Further facts; never a secret.
    pub details: serde_json::Value,
}

impl AuditEntry {
    /// The line about something that `call` did.
    pub fn of(id: AuditId, call: &Call, line: AuditLine) -> Self {
        let AuditLine { action, user, connection, details } = line;
        Self {
            id,
            at: call.now,
            action,
            user,
            connection,
            address: call.client.address,
            user_agent: call.client.user_agent.clone(),
            details,
        }
    }
}
