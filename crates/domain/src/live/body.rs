//! What an event tells.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    id::{AccountId, ConnectionId, ImportId, SessionId, SyncRunId},
    words::words,
};

words! {
/// A kind of event.
LiveKind {
    /// Rows of the ledger changed: the feed has something new.
    TransactionsChanged = "transactions.changed",
    /// A synchronisation began.
    SyncStarted = "sync.started",
    /// A synchronisation ended well.
    SyncCompleted = "sync.completed",
    /// A synchronisation failed.
    SyncFailed = "sync.failed",
    /// A connection works only after its owner has done something.
    ConnectionNeedsAction = "connection.needs_action",
    /// A statement file was read.
    ImportFinished = "import.finished",
    /// Two transactions may be one, and the owner is asked.
    ReconciliationSuggested = "reconciliation.suggested",
    /// An address that was told of events is told of no more.
    WebhookDisabled = "webhook.disabled",
    /// A session was ended.
    SessionEnded = "session.ended",
}
}

impl LiveKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::TransactionsChanged,
        Self::SyncStarted,
        Self::SyncCompleted,
        Self::SyncFailed,
        Self::ConnectionNeedsAction,
        Self::ImportFinished,
        Self::ReconciliationSuggested,
        Self::WebhookDisabled,
        Self::SessionEnded,
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Some kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveKinds(u16);

impl LiveKinds {
    /// Whether this kind is among them.
    pub const fn has(self, kind: LiveKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// All of them.
    pub fn all() -> Self {
        LiveKind::ALL.into_iter().collect()
    }
}

impl FromIterator<LiveKind> for LiveKinds {
    fn from_iter<T: IntoIterator<Item = LiveKind>>(kinds: T) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | kind.bit()))
    }
}

/// What happened: ids only, so that nobody learns an amount from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveBody {
    /// Rows of the ledger changed.
    TransactionsChanged {
        /// The accounts that rows of changed, in order of their ids. None if only a security changed.
        accounts: Vec<AccountId>,
    },
    /// A synchronisation began.
    SyncStarted {
        /// Of which connection.
        connection: ConnectionId,
        /// The run.
        run: SyncRunId,
    },
    /// A synchronisation ended well.
    SyncCompleted {
        /// Of which connection.
        connection: ConnectionId,
        /// The run.
        run: SyncRunId,
    },
    /// A synchronisation failed.
    SyncFailed {
        /// Of which connection.
        connection: ConnectionId,
        /// The run.
        run: SyncRunId,
    },
    /// A connection works only after its owner has done something.
    ConnectionNeedsAction {
        /// Which one.
        connection: ConnectionId,
    },
    /// A statement file was read.
    ImportFinished {
        /// Its import.
        import: ImportId,
    },
    /// Two transactions may be one, and the owner is asked.
    ReconciliationSuggested,
    /// An address that was told of events is told of no more.
    WebhookDisabled {
        /// Id of the webhook.
        webhook: Uuid,
    },
    /// A session was ended.
    SessionEnded {
        /// Which one.
        session: SessionId,
    },
}

impl LiveBody {
    /// Its kind.
    pub fn kind(&self) -> LiveKind {
        match self {
            Self::TransactionsChanged { .. } => LiveKind::TransactionsChanged,
            Self::SyncStarted { .. } => LiveKind::SyncStarted,
            Self::SyncCompleted { .. } => LiveKind::SyncCompleted,
            Self::SyncFailed { .. } => LiveKind::SyncFailed,
            Self::ConnectionNeedsAction { .. } => LiveKind::ConnectionNeedsAction,
            Self::ImportFinished { .. } => LiveKind::ImportFinished,
            Self::ReconciliationSuggested => LiveKind::ReconciliationSuggested,
            Self::WebhookDisabled { .. } => LiveKind::WebhookDisabled,
            Self::SessionEnded { .. } => LiveKind::SessionEnded,
        }
    }

    /// What is stored and told beside the kind. The names are those of the HTTP API.
    pub fn data(&self) -> Value {
        match self {
            Self::TransactionsChanged { accounts } => {
                json!({ "account_ids": accounts.iter().map(ToString::to_string).collect::<Vec<_>>() })
            }
            Self::SyncStarted { connection, run }
            | Self::SyncCompleted { connection, run }
            | Self::SyncFailed { connection, run } => {
                json!({ "provider_id": connection.to_string(), "sync_id": run.to_string() })
            }
            Self::ConnectionNeedsAction { connection } => json!({ "provider_id": connection.to_string() }),
            Self::ImportFinished { import } => json!({ "import_id": import.to_string() }),
            Self::ReconciliationSuggested => json!({}),
            Self::WebhookDisabled { webhook } => json!({ "webhook_id": webhook.to_string() }),
            Self::SessionEnded { session } => json!({ "session_id": session.to_string() }),
        }
    }

    /// Reads the stored form; `None` for what is none.
    pub fn from_stored(kind: &str, data: &Value) -> Option<Self> {
        let text = |field: &str| data.get(field).and_then(Value::as_str);
        let connection = || text("provider_id")?.parse().ok();
        let run = || text("sync_id")?.parse().ok();
        Some(match LiveKind::parse(kind)? {
            LiveKind::TransactionsChanged => {
                let ids = data.get("account_ids")?.as_array()?;
                let accounts = ids.iter().map(|id| id.as_str()?.parse().ok()).collect::<Option<_>>()?;
                Self::TransactionsChanged { accounts }
            }
            LiveKind::SyncStarted => Self::SyncStarted { connection: connection()?, run: run()? },
            LiveKind::SyncCompleted => Self::SyncCompleted { connection: connection()?, run: run()? },
            LiveKind::SyncFailed => Self::SyncFailed { connection: connection()?, run: run()? },
            LiveKind::ConnectionNeedsAction => Self::ConnectionNeedsAction { connection: connection()? },
            LiveKind::ImportFinished => Self::ImportFinished { import: text("import_id")?.parse().ok()? },
            LiveKind::ReconciliationSuggested => Self::ReconciliationSuggested,
            LiveKind::WebhookDisabled => Self::WebhookDisabled { webhook: text("webhook_id")?.parse().ok()? },
            LiveKind::SessionEnded => Self::SessionEnded { session: text("session_id")?.parse().ok()? },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> [LiveBody; 9] {
        let id = Uuid::from_u128;
        let (connection, run) = (ConnectionId(id(1)), SyncRunId(id(2)));
        [
            LiveBody::TransactionsChanged { accounts: vec![AccountId(id(3)), AccountId(id(4))] },
            LiveBody::SyncStarted { connection, run },
            LiveBody::SyncCompleted { connection, run },
            LiveBody::SyncFailed { connection, run },
            LiveBody::ConnectionNeedsAction { connection },
            LiveBody::ImportFinished { import: ImportId(id(5)) },
            LiveBody::ReconciliationSuggested,
            LiveBody::WebhookDisabled { webhook: id(6) },
            LiveBody::SessionEnded { session: SessionId(id(7)) },
        ]
    }

    #[test]
    fn an_event_comes_back_as_it_was_stored() {
        let bodies = one_of_each();
        assert_eq!(bodies.each_ref().map(LiveBody::kind), LiveKind::ALL);
        for body in bodies {
            let kind = body.kind().as_str();
            assert_eq!(LiveKind::parse(kind), Some(body.kind()));
            assert_eq!(LiveBody::from_stored(kind, &body.data()), Some(body));
        }
        assert_eq!(LiveBody::from_stored("sync.paused", &json!({})), None);
        assert_eq!(LiveBody::from_stored("sync.started", &json!({ "provider_id": "x" })), None);
    }

    #[test]
    fn an_event_tells_ids_and_nothing_else() {
        for body in one_of_each() {
            let data = body.data();
            for value in data.as_object().into_iter().flat_map(|told| told.values()) {
                let ids = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                assert!(ids.iter().all(|id| id.as_str().is_some_and(|id| Uuid::try_parse(id).is_ok())));
            }
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let some: LiveKinds = [LiveKind::SyncFailed, LiveKind::SessionEnded].into_iter().collect();
        let held: Vec<_> = LiveKind::ALL.into_iter().filter(|kind| some.has(*kind)).collect();
        assert_eq!(held, [LiveKind::SyncFailed, LiveKind::SessionEnded]);
        assert!(LiveKind::ALL.into_iter().all(|kind| LiveKinds::all().has(kind)));
    }
}
