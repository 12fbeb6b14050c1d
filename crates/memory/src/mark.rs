//! What rows are found by beside their keys. A mark is the value of an index: unique where the rule says so.

use dashtam_domain::{
    id::{AccountId, ConnectionId, ImportId, SessionId, TransactionId, UserId, WebhookId},
    secret::SecretHash,
    time::{Day, Timestamp},
};
use uuid::Uuid;

/// The bytes of a hash, which have an order.
pub(crate) type HashKey = [u8; 32];

/// The key of a row that is named by a hash.
pub(crate) fn hash_key(hash: &SecretHash) -> HashKey {
    *hash.as_bytes()
}

/// One mark.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Belongs to this user.
    Owner(UserId),
    /// Belongs to this connection.
    Connection(ConnectionId),
    /// Belongs to this account.
    Account(AccountId),
    /// Belongs to this session.
    Session(SessionId),
    /// Is found by this hash; unique.
    Hash(HashKey),
    /// Has this canonical address; unique.
    Email(String),
    /// Is signed in to by this name; unique.
    Login(String),
    /// Is looked after by this manager.
    ManagedBy(UserId),
    /// Does what concerns everybody.
    Administrator,
    /// Is going to be erased.
    GivenUp,
    /// The user's token for this purpose.
    Purpose(UserId, &'static str),
    /// The user's connection, or payee, of this name; unique.
    Alias(UserId, String),
    /// The connections to this institution whose grant it calls so.
    Grant(String, String),
    /// Waits or is under way.
    Open,
    /// Waits or is under way, of this connection; unique.
    OpenOf(ConnectionId),
    /// Is due at some time.
    Due,
    /// Has something to be told at some time.
    Notice,
    /// Was given up.
    Dead,
    /// The user's account with this source and external id; unique.
    External(UserId, String, String),
    /// The account's balance of this source and instant; unique.
    Point(AccountId, &'static str, Timestamp),
    /// The account's position with this external id; unique.
    Position(AccountId, String),
    /// The account's transactions with this source id.
    Source(AccountId, String),
    /// The account's transactions of this day.
    Day(AccountId, Day),
    /// Was brought or told by this import.
    Import(ImportId),
    /// Tells of this transaction.
    Row(TransactionId),
    /// A rule with this id decided something about it.
    DecidedBy(Uuid),
    /// Is about this transaction.
    About(TransactionId),
    /// Was a row of this sort in the user's ledger.
    Removed(UserId, &'static str),
    /// Goes to this endpoint.
    Webhook(WebhookId),
    /// A line of this chain.
    Chain(Uuid),
}
