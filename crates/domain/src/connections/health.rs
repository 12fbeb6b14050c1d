//! How a connection is: whether its data are fresh, and if not, why and what to do.

use chrono::TimeDelta;

use crate::time::Timestamp;

use super::{ConnectionOverview, ConnectionState, Remedy, SyncState};

/// How a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionHealth<'a> {
    /// When all data last came in.
    pub last_success_at: Option<Timestamp>,
    /// When they should next come in.
    pub next_sync_at: Option<Timestamp>,
    /// Since when the data are older than they should be; `None` while they are fresh, and while nobody wants new ones.
    pub stale_since: Option<Timestamp>,
    /// What is wrong, a sentence.
    pub why: Option<&'a str>,
    /// What a person can do.
    pub what_to_do: Remedy,
}

impl<'a> ConnectionHealth<'a> {
    /// How the connection is at this instant. Data are stale after twice the planned time.
    pub fn of(overview: &'a ConnectionOverview, now: Timestamp) -> Self {
        let connection = &overview.connection;
        let wanted = connection.is_active
            && !matches!(connection.state, ConnectionState::Pending | ConnectionState::Revoked);
        let last = connection.last_sync_at.or(connection.connected_at).filter(|_| wanted);
        let twice = TimeDelta::minutes(i64::from(connection.sync_frequency_minutes).saturating_mul(2));
        let stale_since = last.map(|last| last.plus(twice)).filter(|since| *since < now);
        let (why, what_to_do) = trouble(overview, stale_since.is_some());
        Self {
            last_success_at: connection.last_sync_at,
            next_sync_at: connection.next_sync_at,
            stale_since,
            why,
            what_to_do,
        }
    }
}

fn trouble(overview: &ConnectionOverview, is_stale: bool) -> (Option<&str>, Remedy) {
    let connection = &overview.connection;
    if !connection.is_active {
        return (Some("It is switched off."), Remedy::None);
    }
    let told = connection.error_message.as_deref();
    match connection.state {
        ConnectionState::Pending => return (Some("It was never linked."), Remedy::Reauthorize),
        ConnectionState::Expired | ConnectionState::Revoked => return (told, Remedy::Reauthorize),
        ConnectionState::Active | ConnectionState::Error => {}
    }
    let failed = overview.latest_run.as_ref().filter(|run| run.state == SyncState::Failed);
    // What the owner did is no trouble.
    let reason = failed.and_then(|run| run.failure).map(super::SyncFailure::remedy);
    match (failed, reason) {
        (Some(run), Some(remedy)) if remedy != Remedy::None => (run.error.as_deref(), remedy),
        _ if connection.error_count > 0 => (told, Remedy::Wait),
        _ if is_stale => (Some("Nothing has been fetched for longer than planned."), Remedy::Wait),
        _ => (None, Remedy::None),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        connections::{Connection, ProviderError, SyncFailure, SyncRun},
        id::{ConnectionId, SyncRunId, UserId},
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::parse("2026-11-25T12:00:00Z").unwrap().plus(TimeDelta::minutes(minute))
    }

    fn pending() -> ConnectionOverview {
        let nil = Uuid::nil();
        let (key, alias) = ("sandbox".parse().unwrap(), "Mine".parse().unwrap());
        let connection = Connection::new(ConnectionId(nil), UserId(nil), key, alias, at(0));
        ConnectionOverview { connection, latest_run: None, grant_expires_at: None }
    }

    fn shown(overview: &ConnectionOverview, minute: i64) -> (Option<Timestamp>, Option<&str>, Remedy) {
        let health = ConnectionHealth::of(overview, at(minute));
        (health.stale_since, health.why, health.what_to_do)
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        let mut one = pending();
        assert_eq!(shown(&one, 999), (None, Some("It was never linked."), Remedy::Reauthorize));
        one.connection.linked(at(0));
        assert_eq!(shown(&one, 120), (None, None, Remedy::None));
        let (stale, why, remedy) = shown(&one, 121);
        assert_eq!((stale, why.is_some(), remedy), (Some(at(120)), true, Remedy::Wait));
        one.connection.synced(1, at(100));
        assert_eq!(shown(&one, 220), (None, None, Remedy::None));

        let nil = Uuid::nil();
        let run = SyncRun::queued(SyncRunId(nil), ConnectionId(nil), UserId(nil), at(100));
        for (error, remedy) in [
            (ProviderError::Unavailable, Remedy::Wait),
            (ProviderError::Rejected { code: "x".to_owned() }, Remedy::CheckBank),
            (ProviderError::Misconfigured, Remedy::RaiseIssue),
        ] {
            let message = error.to_string();
            one.connection.sync_failed(&message, at(200));
            one.latest_run = Some(run.failed((&error).into(), &message, at(200)));
            assert_eq!(shown(&one, 210), (None, Some(message.as_str()), remedy));
        }
        one.latest_run = Some(run.failed(SyncFailure::Cancelled, "stopped", at(210)));
        assert_eq!(shown(&one, 210).2, Remedy::Wait, "it still fails");
        one.connection.expired("consent withdrawn", at(300));
        assert_eq!(shown(&one, 400), (Some(at(220)), Some("consent withdrawn"), Remedy::Reauthorize));
        one.connection.switch(false, at(400));
        assert_eq!(shown(&one, 999), (None, Some("It is switched off."), Remedy::None));
    }
}
