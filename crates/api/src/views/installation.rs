//! How the installation is: its work, its health, and its mails that were given up.

use dashtam_application::upkeep::Work;
use dashtam_domain::{
    connections::ConnectionTally,
    delivery::{DeadLetter, Due},
    inspection::{Finding, FindingState},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// A mail that was given up. What it says, and to whom, is not told.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadMail)]
pub(crate) struct DeadMailView<'a> {
    id: Id,
    /// What happened that the mail is about, e.g. `identity.email_verified`.
    event: &'a str,
    /// Whose account it is about.
    user_id: Id,
    /// How often it was tried.
    attempts: i32,
    created_at: Moment,
    /// Why the last attempt failed.
    last_error: Option<&'a str>,
}

impl<'a> From<&'a DeadLetter> for DeadMailView<'a> {
    fn from(letter: &'a DeadLetter) -> Self {
        Self {
            id: Id(letter.id.0),
            event: &letter.event,
            user_id: Id(letter.user.0),
            attempts: letter.attempts,
            created_at: Moment(letter.created_at),
            last_error: letter.last_error.as_deref(),
        }
    }
}

/// Work whose time has come and that nobody does yet.
#[derive(Serialize, ToSchema)]
#[schema(as = DueWork)]
pub(crate) struct DueView {
    count: u64,
    /// Since when the oldest piece has been due; null when there is none.
    oldest_at: Option<Moment>,
}

impl From<Due> for DueView {
    fn from(due: Due) -> Self {
        Self { count: due.count, oldest_at: due.oldest.map(Moment) }
    }
}

/// How many connections of everybody there are to an institution, each counted once.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectionTally)]
pub(crate) struct ConnectionTallyView<'a> {
    provider_key: &'a str,
    /// Linked, switched on, and without a failure since data last came in.
    working: u64,
    /// Linked, switched on, and failing.
    failing: u64,
    /// Those whose owners have to sign in at the institution again.
    expired: u64,
    /// Never linked.
    pending: u64,
    /// Given up by their owners.
    revoked: u64,
    /// Switched off by their owners.
    inactive: u64,
    /// When data of any of them last came in.
    last_sync_at: Option<Moment>,
}

impl<'a> From<&'a ConnectionTally> for ConnectionTallyView<'a> {
    fn from(tally: &'a ConnectionTally) -> Self {
        Self {
            provider_key: tally.provider.as_str(),
            working: tally.working,
            failing: tally.failing,
            expired: tally.expired,
            pending: tally.pending,
            revoked: tally.given_up,
            inactive: tally.switched_off,
            last_sync_at: tally.last_sync_at.map(Moment),
        }
    }
}

/// How far the work for everybody is.
#[derive(Serialize, ToSchema)]
#[schema(as = Work)]
pub(crate) struct WorkView<'a> {
    /// Mails that are to be sent.
    mails: DueView,
    /// Mails that were given up.
    dead_mails: u64,
    /// Synchronisations that wait for a worker.
    syncs: DueView,
    /// Connections whose synchronisation is to be queued.
    connections_due: DueView,
    /// By the keys of the institutions; one that nobody connected to is left out.
    connections: Vec<ConnectionTallyView<'a>>,
}

impl<'a> From<&'a Work> for WorkView<'a> {
    fn from(work: &'a Work) -> Self {
        let backlog = work.backlog;
        Self {
            mails: backlog.mails.into(),
            dead_mails: backlog.dead_mails,
            syncs: backlog.syncs.into(),
            connections_due: backlog.connections.into(),
            connections: work.connections.iter().map(ConnectionTallyView::from).collect(),
        }
    }
}

/// What one check found.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingView<'a> {
    /// The name of the check, e.g. `disk`.
    check: &'static str,
    /// `ok`, `skipped`, `warning` or `failed`.
    state: &'static str,
    /// What was found, a sentence for people.
    found: &'a str,
    /// What to do about it, unless all is well.
    remedy: Option<&'a str>,
}

/// What was found of all that the server needs.
#[derive(Serialize, ToSchema)]
#[schema(as = Findings)]
pub(crate) struct FindingsView<'a> {
    /// Whether nothing failed.
    healthy: bool,
    checks: Vec<FindingView<'a>>,
}

impl<'a> FindingsView<'a> {
    /// These.
    pub(crate) fn of(findings: &'a [Finding]) -> Self {
        let view = |finding: &'a Finding| FindingView {
            check: finding.check,
            state: finding.state.as_str(),
            found: &finding.found,
            remedy: finding.remedy.as_deref(),
        };
        Self {
            healthy: findings.iter().all(|finding| finding.state != FindingState::Failed),
            checks: findings.iter().map(view).collect(),
        }
    }
}
