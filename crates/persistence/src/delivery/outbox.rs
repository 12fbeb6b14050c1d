//! [`Outbox`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{Attempt, Outbox, OutboxItem},
    event::DomainEvent,
    id::OutboxId,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    rows::{
        columns,
        outbox::{Claimed, Column, Entity, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// What is due later than anything may be was put off or held by a clock that was ahead, and is due.
///
/// Materialized, so that the rows are picked once; an inlined limit could be applied again for each row updated.
fn claim(lock: &str) -> String {
    format!(
        "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE due_at IS NOT NULL AND (due_at <= $1 OR due_at > $4) \
         ORDER BY due_at, id LIMIT $3{lock}) \
         UPDATE outbox SET due_at = $2 WHERE id IN (SELECT id FROM due) RETURNING {}",
        columns("", Column::iter())
    )
}

static CLAIM_SQLITE: LazyLock<String> = LazyLock::new(|| claim(""));
static CLAIM_POSTGRES: LazyLock<String> = LazyLock::new(|| claim(" FOR UPDATE SKIP LOCKED"));

#[async_trait]
impl Outbox for SeaUnitOfWork {
    async fn push(&mut self, id: OutboxId, event: DomainEvent, now: Timestamp) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(id, &event, now)).into_query()).await.map(drop)
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let values = vec![
            now.as_chrono().into(),
            until.as_chrono().into(),
            i64::from(limit).into(),
            now.plus(OutboxItem::LONGEST_WAIT).as_chrono().into(),
        ];
        let statement = self.statement(&CLAIM_SQLITE, &CLAIM_POSTGRES, values);
        let claimed: Vec<Claimed> = self.rows_raw(statement).await?;
        let mut items = Vec::with_capacity(claimed.len());
        for Claimed(item) in claimed {
            match item {
                Ok(item) => items.push(item),
                // Left to a program that knows it; held meanwhile, so that it does not stand in the way.
                Err(id) => tracing::warn!(%id, "the outbox holds an event of another version"),
            }
        }
        items.sort_by_key(|item| (item.created_at, item.id));
        Ok(items)
    }

    async fn begin_attempt(
        &mut self,
        id: OutboxId,
        held_until: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::Unsettled, Expr::col(Column::Unsettled).add(1))
            .col_expr(Column::DueAt, Expr::val(until.as_chrono()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::DueAt.eq(held_until.as_chrono()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn done(&mut self, id: OutboxId) -> Result<(), StoreError> {
        self.execute(&Entity::delete_by_id(id.0).into_query()).await.map(drop)
    }

    async fn failed(
        &mut self,
        id: OutboxId,
        held_until: Timestamp,
        attempt: Attempt,
        at: Option<Timestamp>,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let mut update = Entity::update_many()
            .col_expr(Column::DueAt, Expr::val(at.map(Timestamp::as_chrono)))
            .col_expr(Column::LastError, Expr::val(reason))
            .filter(Column::Id.eq(id.0))
            .filter(Column::DueAt.eq(held_until.as_chrono()));
        // An uncertain attempt stays among the unsettled ones, which are counted as attempts too.
        if attempt == Attempt::Undelivered {
            update = update
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                .col_expr(Column::Unsettled, Expr::col(Column::Unsettled).sub(1));
        }
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn revive(&mut self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
        let uncertain = Expr::case(Expr::col(Column::Unsettled).gt(0), 1).finally(0);
        let update = Entity::update_many()
            .col_expr(Column::DueAt, Expr::val(now.as_chrono()))
            .col_expr(Column::Attempts, Expr::val(0))
            .col_expr(Column::Unsettled, uncertain.into())
            .filter(Column::Id.eq(id.0))
            .filter(Column::DueAt.is_null());
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn bury(&mut self, id: OutboxId) -> Result<bool, StoreError> {
        let delete = Entity::delete_many().filter(Column::Id.eq(id.0)).filter(Column::DueAt.is_null());
        Ok(self.execute(&delete.into_query()).await? == 1)
    }
}
