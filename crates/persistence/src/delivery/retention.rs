//! [`RetentionRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    retention::{Outlived, RUNS_KEPT, RetentionRepository},
    store::StoreError,
    time::Timestamp,
};

use crate::unit_of_work::SeaUnitOfWork;

/// Table, its key, and which of its rows `t` are outlived; `$1` is the instant before which they ended, `$2` now. `None`
/// for what more is remembered of.
fn rows(what: Outlived) -> Option<(&'static str, &'static str, String)> {
    let (table, key, rows) = match what {
        Outlived::OneTimeTokens => ("one_time_tokens", "token_hash", "t.expires_at < $1"),
        Outlived::Challenges => ("auth_challenges", "id", "t.expires_at < $1"),
        Outlived::PendingAuthorizations => ("pending_authorizations", "id", "t.expires_at < $1"),
        Outlived::IdempotencyKeys => ("idempotency_keys", "scope, key", "t.created_at < $1"),
        Outlived::RefreshGenerations => ("refresh_generations", "token_hash", "t.expires_at < $1"),
        Outlived::Sessions => (
            "sessions",
            "id",
            "(t.ended_at < $1 OR t.expires_at < $1) AND NOT EXISTS \
             (SELECT 1 FROM refresh_generations g WHERE g.session_id = t.id AND g.expires_at >= $2)",
        ),
        Outlived::DeadLetters => ("outbox", "id", "t.due_at IS NULL AND t.created_at < $1"),
        Outlived::MailRequests => ("mail_requests", "id", "t.requested_at < $1"),
        Outlived::RuleRunChanges => (
            "rule_run_changes",
            "run_id, transaction_id",
            "t.run_id IN (SELECT r.id FROM rule_runs r WHERE r.state = 'undone' \
             OR (r.state IN ('completed', 'failed') AND r.updated_at < $1))",
        ),
        Outlived::RuleRuns => (
            "rule_runs",
            "id",
            "t.state IN ('completed', 'undone', 'failed') AND t.updated_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM rule_run_changes c WHERE c.run_id = t.id)",
        ),
        Outlived::ExportChunks => (
            "export_chunks",
            "export_id, number",
            "t.export_id IN (SELECT e.id FROM export_jobs e WHERE e.expires_at < $1 OR e.state = 'failed')",
        ),
        Outlived::Exports => (
            "export_jobs",
            "id",
            "t.expires_at < $1 AND NOT EXISTS (SELECT 1 FROM export_chunks c WHERE c.export_id = t.id)",
        ),
        Outlived::BulkEdits => ("bulk_edits", "id", "t.created_at < $1"),
        Outlived::LiveEvents => return None,
        Outlived::WebhookDeliveries => ("webhook_deliveries", "id", "t.due_at IS NULL AND t.created_at < $1"),
        Outlived::RateLimitDenials => ("rate_limit_denials", "id", "t.timestamp < $1"),
        Outlived::ToldNotifications => (
            "told_notifications",
            "user_id, kind, subject",
            "t.told_at < $1 AND t.kind IN ('large_transaction', 'price_raised', 'weekly_summary')",
        ),
        Outlived::SyncRuns => {
            let newer = format!(
                "t.state IN ('completed', 'failed') AND t.requested_at < $1 AND {RUNS_KEPT} <= \
                 (SELECT COUNT(*) FROM sync_runs n WHERE n.user_id = t.user_id \
                 AND n.connection_id = t.connection_id AND n.state IN ('completed', 'failed') \
                 AND (n.requested_at, n.id) > (t.requested_at, t.id))"
            );
            return Some(("sync_runs", "id", newer));
        }
    };
    Some((table, key, rows.to_owned()))
}

#[async_trait]
impl RetentionRepository for SeaUnitOfWork {
    /// On Postgres, rows that somebody uses at this moment, or removes too, are stepped over.
    async fn remove(&mut self, what: Outlived, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let before = now.plus(-what.kept_for());
        let Some((table, key, rows)) = rows(what) else {
            return self.remove_live_events(before, limit).await;
        };
        // The comparison with the present is always there, so that every statement has the same values.
        let delete = |lock: &str| {
            let picked = key.split(", ").map(|column| format!("t.{column}")).collect::<Vec<_>>().join(", ");
            format!(
                "WITH picked AS MATERIALIZED (SELECT {picked} FROM {table} t \
                 WHERE $1 <= $2 AND {rows} LIMIT $3{lock}) \
                 DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM picked)"
            )
        };
        let values = vec![before.as_chrono().into(), now.as_chrono().into(), i64::from(limit).into()];
        let statement = self.statement(&delete(""), &delete(" FOR UPDATE OF t SKIP LOCKED"), values);
        self.execute_raw(statement).await
    }
}
