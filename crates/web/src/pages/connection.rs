//! One connection: how it stands, what its synchronisations did, and its end.

use askama::Template;
use dashtam_application::{
    connections::{DeleteConnection, GetConnection},
    sync::{ListSyncs, RequestSync},
};
use dashtam_domain::{
    connections::{ConnectionState, SyncRun, SyncState},
    delivery::idempotency::StoredAnswer,
    id::ConnectionId,
    ledger::Account,
    page::Limit,
};

use super::{
    connections::{institution, last, linking},
    rows::{self, AccountGroup},
};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Standing},
};

/// A synchronisation.
struct Run {
    when: String,
    state: &'static str,
    what: String,
    error: Option<String>,
    notes: Vec<String>,
}

#[derive(Template)]
#[template(path = "connection.html")]
struct Page {
    frame: Frame,
    id: String,
    institution: String,
    standing: Standing,
    last: String,
    next: Option<String>,
    ends: Option<String>,
    /// What a synchronisation under way has done so far.
    progress: Option<Progress>,
    can_sync: bool,
    linking: String,
    can_link: bool,
    needs_linking: bool,
    once: String,
    groups: Vec<AccountGroup>,
    runs: Vec<Run>,
}

/// How far a synchronisation is.
struct Progress {
    words: String,
    done: i32,
    total: i32,
}

#[derive(Template)]
#[template(path = "remove.html")]
struct Removal {
    frame: Frame,
    id: String,
    name: String,
    accounts: String,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let id: ConnectionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let overview = dashtam.connections().get(call, GetConnection { connection: id }).await?;
    let limit = Limit::new(10).unwrap_or_default();
    let runs = dashtam.sync().list(call, ListSyncs { connection: id, after: None, limit }).await?;
    let all = rows::balances(&visit).await?;
    let own: Vec<Account> =
        all.into_iter().filter(|account| account.source.connection() == Some(id)).collect();
    let connection = &overview.connection;
    let under_way = overview.latest_run.as_ref().filter(|run| words::is_under_way(run));
    let is_linked = matches!(connection.state, ConnectionState::Active | ConnectionState::Error);
    // The first data of a connection that was just linked come by themselves.
    let expects = is_linked
        && connection.is_active
        && connection.last_sync_at.is_none()
        && overview.latest_run.is_none();
    let progress = match under_way {
        Some(run) => Some(progress(run)),
        None => expects.then(|| Progress { words: "Waiting for a worker.".to_owned(), done: 0, total: 0 }),
    };
    let renews = progress.is_some();
    let page = Page {
        frame: visit.frame(connection.alias.as_str(), "connections").renewing(renews),
        id: id.to_string(),
        institution: institution(&visit, connection),
        standing: Standing::of(&overview, visit.now()),
        last: last(connection, &visit),
        next: connection.next_sync_at.map(|at| words::until(at, visit.now())),
        ends: overview.grant_expires_at.map(|at| words::until(at, visit.now())),
        progress,
        can_sync: is_linked && connection.is_active && under_way.is_none(),
        can_link: dashtam.connections().way_of_linking(&connection.provider).is_some(),
        linking: linking(&visit, connection),
        needs_linking: connection.needs_reconnection(),
        once: visit.once(),
        groups: rows::groups(&visit, &own, std::slice::from_ref(&overview)),
        runs: runs.items.iter().map(|run| told(run, &visit)).collect(),
    };
    Reply::page(&page)
}

fn progress(run: &SyncRun) -> Progress {
    let done = run.progress;
    let words = match (run.state, done.accounts_total) {
        (SyncState::Queued, _) => "Waiting for a worker.".to_owned(),
        (_, 0) => "Asking the institution for its accounts.".to_owned(),
        (_, total) => format!(
            "{} of {} read, {} so far.",
            done.accounts_done,
            words::counted(total.into(), "account", "accounts"),
            words::counted(done.rows.into(), "row", "rows")
        ),
    };
    Progress { words, done: done.accounts_done, total: done.accounts_total }
}

fn told(run: &SyncRun, visit: &Visit) -> Run {
    let counts = run.counts;
    let mut parts = Vec::new();
    for (count, what) in [
        (counts.added, "new"),
        (counts.updated, "changed"),
        (counts.removed, "removed"),
        (counts.refused, "not readable"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let nothing = if run.state == SyncState::Completed { "nothing new" } else { "" };
    Run {
        when: words::ago(run.finished_at.unwrap_or(run.requested_at), visit.now()),
        state: match run.state {
            SyncState::Queued => "Waiting",
            SyncState::Running => "Under way",
            SyncState::Completed => "Done",
            SyncState::Failed if run.is_cancelled() => "Stopped",
            SyncState::Failed => "Failed",
        },
        what: if parts.is_empty() { nothing.to_owned() } else { parts.join(", ") },
        error: run.error.clone(),
        notes: run.notes.clone(),
    }
}

/// Asks for a synchronisation now.
pub(crate) async fn synchronise(visit: Visit) -> Outcome {
    let id: ConnectionId = visit.id()?;
    let present = |run: &SyncRun| StoredAnswer { status: 303, body: place(run.connection) };
    let run = visit.dashtam().sync().request(&visit.call, RequestSync { connection: id }, present).await?;
    Ok(Reply::to(place(run.connection)))
}

fn place(id: ConnectionId) -> String {
    format!("/connections/{id}?said=syncing")
}

/// Asks whether a connection shall be removed.
pub(crate) async fn ask_removal(visit: Visit) -> Outcome {
    let id: ConnectionId = visit.id()?;
    let overview = visit.dashtam().connections().get(&visit.call, GetConnection { connection: id }).await?;
    let connection = &overview.connection;
    Reply::page(&Removal {
        frame: visit.frame(format!("Remove {}?", connection.alias.as_str()), "connections"),
        id: id.to_string(),
        name: connection.alias.as_str().to_owned(),
        accounts: words::counted(connection.accounts_count.into(), "account", "accounts"),
    })
}

/// Removes a connection.
pub(crate) async fn remove(visit: Visit) -> Outcome {
    let id: ConnectionId = visit.id()?;
    visit.dashtam().connections().delete(&visit.call, DeleteConnection { connection: id }).await?;
    Ok(Reply::to("/connections?said=removed"))
}
