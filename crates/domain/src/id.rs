//! Typed identifiers: one UUIDv7 per row, so that an id of one thing cannot be passed for another's.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// The text is not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct IdError;

/// Reads a hyphenated UUID; other spellings (braces, urn, no hyphens) are refused.
fn parse(text: &str) -> Result<Uuid, IdError> {
    if text.len() != 36 {
        return Err(IdError);
    }
    Uuid::try_parse(text).map_err(|_| IdError)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A user account; also the JWT `sub`.
    UserId,
    /// One sign-in; also the JWT `jti`.
    SessionId,
    /// A connection of a user (`provider_id` on the wire).
    ConnectionId,
    /// One run of a synchronisation.
    SyncRunId,
    /// A financial account.
    AccountId,
    /// A financial transaction.
    TransactionId,
    /// A position held in an account.
    HoldingId,
    /// A security, as an owner's sources tell it.
    SecurityId,
    /// A recurring stream.
    StreamId,
    /// One recorded balance.
    BalanceId,
    /// One imported statement file.
    ImportId,
    /// One decision about two transactions that may be one.
    DecisionId,
    /// What a person asks of their transactions again and again.
    SavedViewId,
    /// A large export that a worker prepares.
    ExportId,
    /// A change of many transactions at once.
    BulkEditId,
    /// A category of a user's own.
    CategoryId,
    /// The other side of transactions, of which something is learned.
    PayeeId,
    /// A rule.
    RuleId,
    /// A run of rules over stored transactions.
    RuleRunId,
    /// One message waiting to be delivered.
    OutboxId,
    /// One mail that somebody asked for.
    MailRequestId,
    /// An endpoint that is told of events.
    WebhookId,
    /// One message to an endpoint.
    WebhookDeliveryId,
    /// One line of the audit trail.
    AuditId,
    /// One counted batch of refused requests.
    DenialId,
    /// A sign-in that waits for its second factor.
    ChallengeId,
}
