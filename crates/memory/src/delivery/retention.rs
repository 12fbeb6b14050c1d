//! [`RetentionRepository`] on the unit of work. It looks at every row of a sort: it runs now and then, for nobody who
//! waits.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use dashtam_domain::{
    connections::SyncRun,
    delivery::notification::NotificationKind,
    id::{ConnectionId, ExportId, RuleRunId, SyncRunId},
    ledger::meaning::rule::{RuleRun, RuleRunState},
    ledger::{ExportJob, ExportState},
    retention::{Outlived, RUNS_KEPT, RetentionRepository},
    store::StoreError,
    time::Timestamp,
    webhook::WebhookDelivery,
};

use crate::{
    live,
    mark::Mark,
    notification_rows::ToldNotification,
    rows::{StoredEvent, StoredSession, is_open},
    tables::Tables,
    unit::Unit,
};

/// Sessions that ended before `before` and of which no refresh token could still be shown.
fn remove_sessions(tables: &mut Tables, before: Timestamp, now: Timestamp, limit: u32) -> u64 {
    let over = |row: &&StoredSession| {
        let session = &row.session;
        let tokens = tables.generations.marked(&Mark::Session(session.id));
        (session.ended.is_some_and(|(at, _)| at < before) || session.expires_at < before)
            && !tokens.into_iter().any(|token| token.expires_at >= now)
    };
    let gone: Vec<_> =
        tables.sessions.iter().filter(over).take(limit as usize).map(|row| row.session.id).collect();
    gone.iter().for_each(|session| tables.remove_session(*session));
    gone.len() as u64
}

/// Ended runs beyond the newest of their connection.
fn remove_runs(tables: &mut Tables, before: Timestamp, limit: u32) -> u64 {
    let mut ended: BTreeMap<ConnectionId, Vec<(Timestamp, SyncRunId)>> = BTreeMap::new();
    for run in tables.sync_runs.iter().filter(|run: &&SyncRun| !is_open(run)) {
        ended.entry(run.connection).or_default().push((run.requested_at, run.id));
    }
    let beyond = ended.into_values().flat_map(|mut runs| {
        runs.sort_unstable();
        let kept = runs.len().saturating_sub(RUNS_KEPT as usize);
        runs.truncate(kept);
        runs
    });
    let gone = beyond.filter(|(requested, _)| *requested < before).take(limit as usize);
    gone.filter_map(|(_, run)| tables.sync_runs.remove(&run, |_| true)).count() as u64
}

#[async_trait]
impl RetentionRepository for Unit {
    async fn remove(&mut self, what: Outlived, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let before = now.plus(-what.kept_for());
        self.run(|tables| {
            Ok(match what {
                Outlived::OneTimeTokens => {
                    tables.one_time_tokens.remove_where(limit, |row| row.expires_at < before)
                }
                Outlived::Challenges => tables.challenges.remove_where(limit, |row| row.expires_at < before),
                Outlived::PendingAuthorizations => {
                    tables.authorizations.remove_where(limit, |row| row.expires_at < before)
                }
                Outlived::IdempotencyKeys => {
                    tables.answers.remove_where(limit, |row| row.created_at < before)
                }
                Outlived::RefreshGenerations => {
                    tables.generations.remove_where(limit, |row| row.expires_at < before)
                }
                Outlived::Sessions => remove_sessions(tables, before, now, limit),
                Outlived::SyncRuns => remove_runs(tables, before, limit),
                Outlived::DeadLetters => tables
                    .outbox
                    .remove_where(limit, |row: &StoredEvent| row.due_at.is_none() && row.created_at < before),
                Outlived::MailRequests => tables.mail_requests.remove_where(limit, |row| row.at < before),
                Outlived::RuleRunChanges => {
                    let is_over = |run: &RuleRun| !run.state.is_open() && run.updated_at < before;
                    let runs = tables.rule_runs.iter();
                    let runs = runs.filter(|run| run.state == RuleRunState::Undone || is_over(run));
                    let gone: BTreeSet<RuleRunId> = runs.map(|run| run.id).collect();
                    tables.rule_run_changes.remove_where(limit, |row| gone.contains(&row.run))
                }
                Outlived::RuleRuns => {
                    let kept: BTreeSet<RuleRunId> =
                        tables.rule_run_changes.iter().map(|row| row.run).collect();
                    tables.rule_runs.remove_where(limit, |run| {
                        !run.state.is_open() && run.updated_at < before && !kept.contains(&run.id)
                    })
                }
                Outlived::ExportChunks => {
                    let over = tables.export_jobs.iter();
                    let is_over = |job: &&ExportJob| {
                        job.state == ExportState::Failed
                            || job.expires_at.is_some_and(|expires| expires < before)
                    };
                    let over = over.filter(is_over);
                    let gone: BTreeSet<ExportId> = over.map(|job| job.id).collect();
                    tables.export_chunks.remove_where(limit, |chunk| gone.contains(&chunk.export))
                }
                Outlived::Exports => {
                    let kept: BTreeSet<ExportId> =
                        tables.export_chunks.iter().map(|chunk| chunk.export).collect();
                    tables.export_jobs.remove_where(limit, |job| {
                        job.expires_at.is_some_and(|expires| expires < before) && !kept.contains(&job.id)
                    })
                }
                Outlived::BulkEdits => tables.bulk_edits.remove_where(limit, |row| row.at < before),
                Outlived::LiveEvents => live::remove(tables, before, limit),
                Outlived::WebhookDeliveries => {
                    tables.webhook_deliveries.remove_where(limit, |row: &WebhookDelivery| {
                        row.due_at.is_none() && row.created_at < before
                    })
                }
                Outlived::RateLimitDenials => tables.denials.remove_where(limit, |row| row.minute < before),
                Outlived::ToldNotifications => {
                    tables.told_notifications.remove_where(limit, |told: &ToldNotification| {
                        NotificationKind::PASSING.contains(&told.key.kind) && told.at < before
                    })
                }
            })
        })
    }
}
