//! [`RuleRunRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{RuleRunId, TransactionId, UserId},
    ledger::meaning::rule::{RuleRun, RuleRunChange, RuleRunRepository},
    page::Limit,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QuerySelect, QueryTrait, Value,
    prelude::Uuid,
    sea_query::{Expr, LockBehavior, LockType, OnConflict},
};

use super::newest;
use crate::{
    rows::{
        columns, decided,
        rule_runs::{Column, Entity, row},
    },
    unit_of_work::SeaUnitOfWork,
};

const OPEN: &str = "state IN ('running', 'undoing')";

/// The one that waits the longest. On Postgres one that another worker holds is stepped over; SQLite has one writer.
static NEXT: LazyLock<[String; 2]> = LazyLock::new(|| {
    [(" INDEXED BY ix_rule_runs_open", ""), ("", " FOR NO KEY UPDATE SKIP LOCKED")].map(|(index, lock)| {
        let run = columns("r", Column::iter());
        format!(
            "SELECT {run} FROM rule_runs r{index} WHERE r.{OPEN} ORDER BY r.updated_at, r.id LIMIT 1{lock}"
        )
    })
});

static OPEN_OF: LazyLock<String> = LazyLock::new(|| {
    let run = columns("r", Column::iter());
    format!("SELECT {run} FROM rule_runs r WHERE r.user_id = $1 AND r.decider_id IS NULL AND r.{OPEN}")
});

/// On Postgres one that a worker holds is stepped over: whoever asks holds the owner's clock already, for which that worker
/// waits.
static OPEN_OF_DECIDER: LazyLock<[String; 2]> = LazyLock::new(|| {
    ["", " FOR NO KEY UPDATE SKIP LOCKED"].map(|lock| {
        let run = columns("r", Column::iter());
        format!(
            "SELECT {run} FROM rule_runs r WHERE r.user_id = $1 AND r.decider_id = $2 AND r.{OPEN} LIMIT 1{lock}"
        )
    })
});

const KEPT: &str = "SELECT id FROM rule_runs WHERE user_id = $1 AND decider_id IS NULL \
    AND state IN ('completed', 'failed') AND changed > 0 LIMIT $2";

const CHANGES: &str = "SELECT transaction_id, decided_before, decided_after FROM rule_run_changes \
    WHERE run_id = $1 AND transaction_id > $2 ORDER BY transaction_id LIMIT $3";

#[async_trait]
impl RuleRunRepository for SeaUnitOfWork {
    async fn open(&mut self, owner: UserId) -> Result<Option<RuleRun>, StoreError> {
        let open = self.statement(&OPEN_OF, &OPEN_OF, vec![owner.0.into()]);
        Ok(self.rows_raw(open).await?.pop())
    }

    async fn open_of(&mut self, owner: UserId, decider: Uuid) -> Result<Option<RuleRun>, StoreError> {
        let [sqlite, postgres] = &*OPEN_OF_DECIDER;
        let open = self.statement(sqlite, postgres, vec![owner.0.into(), decider.into()]);
        Ok(self.rows_raw(open).await?.pop())
    }

    async fn open_of_each(&mut self, owner: UserId, deciders: &[Uuid]) -> Result<Vec<RuleRun>, StoreError> {
        let mut found = Vec::new();
        for chunk in deciders.chunks(Self::chunk(1)) {
            let select = Entity::find()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::DeciderId.is_in(chunk.iter().copied()))
                // To the letter, so that the index of what is open serves it.
                .filter(Expr::cust(OPEN))
                .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
            found.extend(self.rows::<RuleRun>(&select.into_query()).await?);
        }
        Ok(found)
    }

    async fn kept(&mut self, owner: UserId) -> Result<usize, StoreError> {
        let most = i64::try_from(RuleRun::KEPT).unwrap_or(i64::MAX);
        let kept: Vec<Uuid> =
            self.rows_raw(self.statement(KEPT, KEPT, vec![owner.0.into(), most.into()])).await?;
        Ok(kept.len())
    }

    async fn next(&mut self) -> Result<Option<RuleRun>, StoreError> {
        let [sqlite, postgres] = &*NEXT;
        let next = self.statement(sqlite, postgres, Vec::new());
        Ok(self.rows_raw(next).await?.pop())
    }

    async fn find(&mut self, owner: UserId, id: RuleRunId) -> Result<Option<RuleRun>, StoreError> {
        let found = Entity::find()
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(owner.0))
            .lock(LockType::NoKeyUpdate);
        self.row(&found.into_query()).await
    }

    async fn put(&mut self, run: &RuleRun) -> Result<(), StoreError> {
        self.put_all(std::slice::from_ref(run)).await
    }

    async fn put_all(&mut self, runs: &[RuleRun]) -> Result<(), StoreError> {
        let known = OnConflict::column(Column::Id)
            .update_columns([
                Column::State,
                Column::AfterDay,
                Column::AfterId,
                Column::Examined,
                Column::Changed,
                Column::Undone,
                Column::Skipped,
                Column::Failures,
                Column::UpdatedAt,
            ])
            .to_owned();
        let runs = newest(runs, |run| run.id);
        for chunk in runs.chunks(Self::chunk(Column::iter().count())) {
            let insert = Entity::insert_many(chunk.iter().map(|run| row(run))).on_conflict(known.clone());
            self.execute(&insert.into_query()).await?;
        }
        Ok(())
    }

    /// A transaction that is moved to another day meanwhile may be met twice; what was before stays what was before.
    async fn note(&mut self, run: RuleRunId, changes: &[RuleRunChange]) -> Result<(), StoreError> {
        for chunk in changes.chunks(Self::chunk(4)) {
            let mut sql =
                "INSERT INTO rule_run_changes (run_id, transaction_id, decided_before, decided_after) VALUES ".to_owned();
            let mut values: Vec<Value> = vec![run.0.into()];
            for (at, change) in chunk.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                let place = 3 * at + 2;
                sql += &format!("{comma}($1, ${place}, ${}, ${})", place + 1, place + 2);
                values.push(change.transaction.0.into());
                values.push(change.before.as_deref().and_then(|of| decided::text(of, None)).into());
                values.push(change.after.as_deref().and_then(|of| decided::text(of, None)).into());
            }
            sql +=
                " ON CONFLICT (run_id, transaction_id) DO UPDATE SET decided_after = excluded.decided_after";
            self.execute_raw(self.statement(&sql, &sql, values)).await?;
        }
        Ok(())
    }

    async fn changes(
        &mut self,
        run: RuleRunId,
        after: Option<TransactionId>,
        limit: Limit,
    ) -> Result<Vec<RuleRunChange>, StoreError> {
        let after = after.map_or(Uuid::nil(), |after| after.0);
        let limit = i64::try_from(limit.get()).unwrap_or(i64::MAX);
        let values = vec![run.0.into(), after.into(), limit.into()];
        self.rows_raw(self.statement(CHANGES, CHANGES, values)).await
    }
}
