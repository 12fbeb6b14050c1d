//! What the tables hold: entities, with what is stored of them beside themselves, and what each is found by.

use dashtam_domain::{
    connections::{
        Connection, ConnectionState, PendingAuthorization, SealedCredentials, SyncRun, SyncState, next_notice,
    },
    delivery::{
        MailRequest, OutboxItem,
        idempotency::{Fingerprint, StoredAnswer},
    },
    event::DomainEvent,
    id::{
        AccountId, AuditId, ChallengeId, ConnectionId, DenialId, ImportId, MailRequestId, OutboxId,
        SecurityId, SessionId, SyncRunId, TransactionId, UserId,
    },
    identity::{
        ApiKeyTerms, AuditEntry, AuditRecord, ChainHead, Challenge, MailKind, OneTimeToken, PublishedKey,
        RefreshGeneration, SecondFactor, SecondFactorReset, SecurityConfig, Session, SignInBudget,
        SigningKey, SigningKeyId, User, network_of,
    },
    ledger::worth::{FxRate, RateSource},
    ledger::{
        Alias, HoldingSnapshot, Import, ImportedBalance, KeptPayload, RejectedPair, RemapPlace, ToldAccount,
        ToldFate, ToldRow,
    },
    money::Currency,
    rate_limit::DenialCount,
    secret::SecretHash,
    time::{Day, Timestamp},
};
use uuid::Uuid;

use crate::{
    mark::{HashKey, Mark, hash_key},
    table::Row,
};

/// Says of a row what names it and what it is found by.
macro_rules! row {
    ($row:ty, $key:ty, |$this:ident| $id:expr, [$($mark:expr),* $(,)?]) => {
        impl Row for $row {
            type Key = $key;

            fn key(&self) -> $key {
                let $this = self;
                $id
            }

            fn marks(&self) -> Vec<Mark> {
                let $this = self;
                let _ = $this;
                let marks: Vec<Option<Mark>> = vec![$($mark.into()),*];
                marks.into_iter().flatten().collect()
            }
        }
    };
}

pub(crate) use row;

/// A user, and until when somebody erases the account.
#[derive(Clone)]
pub(crate) struct StoredUser {
    pub(crate) user: User,
    pub(crate) erasing_until: Option<Timestamp>,
}

row!(
    StoredUser,
    UserId,
    |row| row.user.id,
    [
        Mark::Email(row.user.email.canonical().to_owned()),
        row.user.login.as_ref().map(|login| Mark::Login(login.as_str().to_owned())),
        row.user.managed_by.map(Mark::ManagedBy),
        row.user.administrator.then_some(Mark::Administrator),
        row.user.deletion_due_at.map(|_| Mark::GivenUp),
    ]
);

/// A session, the last client that refreshed it and was another, and when its end is told.
#[derive(Clone)]
pub(crate) struct StoredSession {
    pub(crate) session: Session,
    pub(crate) other_client: Option<SecretHash>,
    pub(crate) notice_due_at: Option<Timestamp>,
}

impl StoredSession {
    /// A session that is new here.
    pub(crate) fn new(session: &Session) -> Self {
        let told = |_: &ApiKeyTerms| ApiKeyTerms::next_notice(session.expires_at, session.created_at);
        Self {
            session: session.clone(),
            other_client: None,
            notice_due_at: session.key.as_ref().and_then(told),
        }
    }

    /// Whether it began on such a device in this network.
    pub(crate) fn began_in(&self, device: &str, network: &str) -> bool {
        self.session.device == device && network_of(self.session.address) == network
    }
}

row!(
    StoredSession,
    SessionId,
    |row| row.session.id,
    [
        Mark::Owner(row.session.user),
        row.session.credential.map(|hash| Mark::Hash(hash_key(&hash))),
        row.notice_due_at.map(|_| Mark::Notice),
    ]
);

row!(RefreshGeneration, HashKey, |row| hash_key(&row.hash), [Mark::Session(row.session)]);
row!(
    OneTimeToken,
    HashKey,
    |row| hash_key(&row.hash),
    [Mark::Owner(row.user), Mark::Purpose(row.user, row.purpose.as_str()),]
);
row!(Challenge, ChallengeId, |row| row.id, [Mark::Owner(row.user), Mark::Hash(hash_key(&row.hash))]);
row!(SignInBudget, HashKey, |row| hash_key(&row.subject), [row.owner.map(Mark::Owner)]);
row!(SecondFactor, UserId, |row| row.user, []);
row!(SecondFactorReset, UserId, |row| row.user, []);
row!(SecurityConfig, (), |_row| (), []);
row!(ChainHead, Uuid, |row| row.chain, []);
row!(SigningKey, (), |_row| (), []);
row!(PublishedKey, SigningKeyId, |row| row.id.clone(), []);
row!(DenialCount, DenialId, |row| row.id, []);

/// A key that leads to a security.
#[derive(Clone)]
pub(crate) struct SecurityKey {
    pub(crate) owner: UserId,
    pub(crate) key: String,
    pub(crate) security: SecurityId,
}

row!(SecurityKey, (UserId, String), |row| (row.owner, row.key.clone()), [Mark::Owner(row.owner)]);

/// What was told of an account's positions for a day.
#[derive(Clone)]
pub(crate) struct StoredSnapshot(pub(crate) HoldingSnapshot);

row!(
    StoredSnapshot,
    (AccountId, Day, Option<ImportId>),
    |row| (row.0.account, row.0.day, row.0.import),
    [Mark::Owner(row.0.owner), Mark::Account(row.0.account)]
);

/// How many mails of a kind an address got in a day.
#[derive(Clone)]
pub(crate) struct MailBudget {
    pub(crate) subject: SecretHash,
    pub(crate) kind: MailKind,
    pub(crate) sent: i32,
    pub(crate) began_at: Timestamp,
    pub(crate) last_at: Timestamp,
}

row!(MailBudget, (HashKey, &'static str), |row| (hash_key(&row.subject), row.kind.as_str()), []);

/// A line of the audit trail, as it was written and as it is linked.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) entry: AuditEntry,
    pub(crate) record: AuditRecord,
}

row!(Line, AuditId, |row| row.entry.id, [row.entry.user.map(Mark::Owner), Mark::Chain(row.record.chain)]);

row!(
    Connection,
    ConnectionId,
    |row| row.id,
    [
        Mark::Owner(row.owner),
        Mark::Alias(row.owner, row.alias.as_str().to_owned()),
        is_scheduled(row).then_some(Mark::Due),
        row.grant
            .as_ref()
            .map(|grant| Mark::Grant(row.provider.as_str().to_owned(), grant.as_str().to_owned())),
    ]
);

/// Whether a connection is synchronised by itself: it is linked, switched on and not given up.
fn is_scheduled(connection: &Connection) -> bool {
    let lives = matches!(connection.state, ConnectionState::Active | ConnectionState::Error);
    connection.next_sync_at.is_some() && connection.is_active && lives
}

/// Credentials, who may refresh them, when they should be, and when the end of their grant is told.
#[derive(Clone)]
pub(crate) struct StoredCredentials {
    pub(crate) credentials: SealedCredentials,
    pub(crate) lease_until: Option<Timestamp>,
    pub(crate) refresh_due_at: Option<Timestamp>,
    pub(crate) notice_due_at: Option<Timestamp>,
}

impl StoredCredentials {
    /// Credentials that were just written: nobody refreshes them.
    pub(crate) fn new(credentials: &SealedCredentials) -> Self {
        let told = |end| next_notice(end, credentials.updated_at).unwrap_or(end);
        Self {
            lease_until: None,
            refresh_due_at: credentials.refresh_due_at(),
            notice_due_at: credentials.grant_expires_at.map(told),
            credentials: credentials.clone(),
        }
    }
}

row!(
    StoredCredentials,
    ConnectionId,
    |row| row.credentials.connection,
    [row.refresh_due_at.map(|_| Mark::Due), row.notice_due_at.map(|_| Mark::Notice),]
);
row!(
    PendingAuthorization,
    Uuid,
    |row| row.id,
    [Mark::Connection(row.connection), Mark::Hash(hash_key(&row.state)),]
);

/// Whether a run waits or is under way.
pub(crate) fn is_open(run: &SyncRun) -> bool {
    matches!(run.state, SyncState::Queued | SyncState::Running)
}

row!(
    SyncRun,
    SyncRunId,
    |row| row.id,
    [
        Mark::Owner(row.owner),
        Mark::Connection(row.connection),
        is_open(row).then_some(Mark::Open),
        is_open(row).then_some(Mark::OpenOf(row.connection)),
    ]
);
row!(
    Alias,
    (UserId, AccountId, String, i32),
    |row| (row.owner, row.account, row.source_id.clone(), row.ordinal),
    [
        Mark::Account(row.account),
        Mark::Source(row.account, row.source_id.clone()),
        Mark::About(row.transaction),
    ]
);
row!(
    RejectedPair,
    Self,
    |row| row.clone(),
    [Mark::Account(row.first.account), Mark::Account(row.second.account)]
);
row!(Import, ImportId, |row| row.id, [Mark::Owner(row.owner)]);
row!(
    ToldAccount,
    (ImportId, AccountId),
    |row| (row.import, row.account),
    [Mark::Owner(row.owner), Mark::Import(row.import), Mark::Account(row.account)]
);
row!(
    ImportedBalance,
    (ImportId, AccountId, Timestamp),
    |row| (row.import, row.point.account, row.point.as_of),
    [Mark::Owner(row.point.owner), Mark::Import(row.import), Mark::Account(row.point.account)]
);

/// What an import told of a row that it did not bring.
#[derive(Clone)]
pub(crate) struct StoredTold {
    pub(crate) owner: UserId,
    pub(crate) import: ImportId,
    pub(crate) account: AccountId,
    pub(crate) row: ToldRow,
}

impl StoredTold {
    /// Whether a correction takes the row back.
    pub(crate) fn removes(&self) -> bool {
        matches!(self.row.fate, ToldFate::Removed { .. })
    }
}

row!(
    StoredTold,
    (ImportId, TransactionId, bool),
    |row| (row.import, row.row.transaction, row.removes()),
    [
        Mark::Owner(row.owner),
        Mark::Import(row.import),
        Mark::Account(row.account),
        Mark::Row(row.row.transaction),
    ]
);

/// An event that waits for delivery.
#[derive(Clone)]
pub(crate) struct StoredEvent {
    pub(crate) id: OutboxId,
    pub(crate) event: DomainEvent,
    /// Attempts whose end is known.
    pub(crate) attempts: i32,
    /// Attempts that began and whose end nobody recorded.
    pub(crate) unsettled: i32,
    /// `None` once it was given up.
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_error: Option<String>,
}

impl StoredEvent {
    /// All attempts.
    pub(crate) fn all_attempts(&self) -> i32 {
        self.unsettled.saturating_add(self.attempts)
    }

    /// As whoever claimed it gets it.
    pub(crate) fn item(&self, held_until: Timestamp) -> OutboxItem {
        OutboxItem {
            id: self.id,
            event: self.event.clone(),
            attempts: self.all_attempts(),
            uncertain: self.unsettled > 0,
            held_until,
            created_at: self.created_at,
        }
    }
}

row!(
    StoredEvent,
    OutboxId,
    |row| row.id,
    [Mark::Owner(row.event.user()), if row.due_at.is_some() { Mark::Due } else { Mark::Dead },]
);

/// How far stored rows were read again.
#[derive(Clone)]
pub(crate) struct KeptPlace {
    pub(crate) scope: String,
    pub(crate) place: RemapPlace,
}

row!(KeptPlace, String, |row| row.scope.clone(), []);

/// An account or a position as it was sent.
#[derive(Clone)]
pub(crate) struct StoredPayload {
    pub(crate) account: AccountId,
    pub(crate) payload: KeptPayload,
}

row!(
    StoredPayload,
    (AccountId, Option<String>),
    |row| (row.account, row.payload.position.clone()),
    [Mark::Account(row.account)]
);

/// What is known of a key for requests that may be repeated.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) scope: String,
    pub(crate) key: String,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) created_at: Timestamp,
    pub(crate) answer: Option<StoredAnswer>,
}

row!(Answer, (String, String), |row| (row.scope.clone(), row.key.clone()), []);
row!(MailRequest, MailRequestId, |row| row.id, []);
row!(FxRate, (Currency, Currency, Day, RateSource), |row| (row.base, row.quote, row.day, row.source), []);

/// What the secret key is recognised by.
#[derive(Clone)]
pub(crate) struct SecretMark(pub(crate) String);

row!(SecretMark, (), |_row| (), []);
