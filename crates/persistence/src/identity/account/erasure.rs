//! [`ErasureRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId, identity::ErasureRepository, ledger::ExportJob, store::StoreError, time::Timestamp,
};
use uuid::Uuid;

use crate::unit_of_work::SeaUnitOfWork;

fn claim(lock: &str) -> String {
    format!(
        "UPDATE users SET erasing_until = $2 WHERE id = (SELECT id FROM users WHERE deletion_due_at < $1 \
         AND (erasing_until IS NULL OR erasing_until < $1 OR erasing_until > $3) \
         ORDER BY deletion_due_at, id LIMIT 1{lock}) RETURNING id"
    )
}

static CLAIM_SQLITE: LazyLock<String> = LazyLock::new(|| claim(""));
static CLAIM_POSTGRES: LazyLock<String> = LazyLock::new(|| claim(" FOR UPDATE SKIP LOCKED"));

const ANSWERS: &str = "DELETE FROM idempotency_keys WHERE scope = $1";
const USER: &str = "DELETE FROM users WHERE id = $1 AND deletion_due_at < $2";

/// What there may be many rows of. The rest goes with the account by itself. The runs first: a run under way holds its
/// row while it stores a page, so that no page is stored once they are gone, and none waits for the rows that go next.
/// With the columns that name a row.
const MANY: &[(&str, &str)] = &[
    ("sync_runs", "id"),
    ("import_rows", "user_id, import_id, transaction_id, fate"),
    ("decisions", "id"),
    ("transactions", "id"),
    ("balances", "id"),
    ("holdings", "id"),
    ("kept_payloads", "user_id, account_id, external_id"),
    ("holding_days", "user_id, account_id, day, external_id, origin"),
    ("holding_snapshots", "user_id, account_id, day, origin"),
    ("imports", "id"),
    ("sessions", "id"),
    ("live_events", "user_id, seq"),
    ("webhook_deliveries", "id"),
    (FILES, "export_id, number"),
];

/// The parts of the files of exports, each of which is large: fewer of them go at once.
const FILES: &str = "export_chunks";

/// The connections before the account's row, as whoever stores something for a connection takes them.
const CONNECTIONS: &str = "SELECT id FROM providers WHERE user_id = $1 ORDER BY id FOR UPDATE";

#[async_trait]
impl ErasureRepository for SeaUnitOfWork {
    async fn claim_due(&mut self, now: Timestamp, until: Timestamp) -> Result<Option<UserId>, StoreError> {
        // Nobody holds an account for so long: that was a clock that was ahead.
        let longest = until.plus(until.since(now)).plus(Timestamp::SKEW);
        let values = vec![now.as_chrono().into(), until.as_chrono().into(), longest.as_chrono().into()];
        let claimed = self.statement(&CLAIM_SQLITE, &CLAIM_POSTGRES, values);
        Ok(self.rows_raw::<Uuid>(claimed).await?.pop().map(UserId))
    }

    async fn erase_rows(&mut self, user: UserId, limit: u32) -> Result<u64, StoreError> {
        for (table, key) in MANY {
            let delete = format!(
                "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE user_id = $1 LIMIT $2)"
            );
            let most = if *table == FILES { limit.min(ExportJob::CHUNKS_AT_ONCE) } else { limit };
            let values = vec![user.0.into(), i64::from(most).into()];
            let erased = self.execute_raw(self.statement(&delete, &delete, values)).await?;
            if erased > 0 {
                return Ok(erased);
            }
        }
        Ok(0)
    }

    async fn erase_user(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        let answers = self.statement(ANSWERS, ANSWERS, vec![format!("user:{user}").into()]);
        self.execute_raw(answers).await?;
        if self.is_postgres() {
            let connections = self.statement(CONNECTIONS, CONNECTIONS, vec![user.0.into()]);
            self.rows_raw::<Uuid>(connections).await?;
        }
        let values = vec![user.0.into(), now.as_chrono().into()];
        Ok(self.execute_raw(self.statement(USER, USER, values)).await? == 1)
    }
}
