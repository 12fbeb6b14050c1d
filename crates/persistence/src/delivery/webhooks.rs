//! [`WebhookRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    store::StoreError,
    time::Timestamp,
    webhook::{DeliveryState, DisabledBecause, Webhook, WebhookDelivery, WebhookRepository},
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{Expr, LockType, OnConflict},
};

use crate::{
    rows::{
        columns,
        webhook_deliveries::{self as deliveries, DueAt},
        webhooks::{CLAIMABLE, Column, Entity, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// Racing workers on Postgres step over what another one takes; SQLite has one writer at a time. What another one takes
/// counts for its owner all the same: who does not see yet that it is held sees that it is due and comes first.
///
/// Materialized, so that the rows are picked once; an inlined limit could be applied again for each row updated.
fn claim(lock: &str) -> String {
    format!(
        "WITH due AS MATERIALIZED (SELECT w.id FROM {} ORDER BY w.due_at, w.id LIMIT $5{lock}) \
         UPDATE webhooks SET held_until = $4 WHERE id IN (SELECT id FROM due) RETURNING {}",
        *CLAIMABLE,
        columns("", Column::iter())
    )
}

static CLAIM_SQLITE: LazyLock<String> = LazyLock::new(|| claim(""));
static CLAIM_POSTGRES: LazyLock<String> = LazyLock::new(|| claim(" FOR NO KEY UPDATE OF w SKIP LOCKED"));

const COUNT: &str = "SELECT id FROM webhooks WHERE user_id = $1 LIMIT $2";

/// Switches off what is enabled of one owner.
const DISABLE: &str = "UPDATE webhooks SET disabled_because = $2, failing_since = NULL, due_at = NULL, \
    held_until = NULL, waiting = 0 WHERE user_id = $1 AND disabled_because IS NULL RETURNING id";

/// Drops what waits for the endpoints of one owner.
const DROP: &str = "UPDATE webhook_deliveries SET state = $2, due_at = NULL \
    WHERE due_at IS NOT NULL AND webhook_id IN (SELECT w.id FROM webhooks w WHERE w.user_id = $1)";

/// Up to which delivery those go that are over.
const KEEP: &str = "DELETE FROM webhook_deliveries WHERE webhook_id = $1 AND due_at IS NULL AND id <= \
    (SELECT n.id FROM webhook_deliveries n WHERE n.webhook_id = $1 AND n.due_at IS NULL \
    ORDER BY n.id DESC LIMIT 1 OFFSET $2)";

const NEXT_DUE: &str =
    "SELECT MIN(due_at) FROM webhook_deliveries WHERE webhook_id = $1 AND due_at IS NOT NULL";

#[async_trait]
impl WebhookRepository for SeaUnitOfWork {
    async fn count(&mut self, owner: UserId) -> Result<usize, StoreError> {
        let most = i64::try_from(Webhook::MOST).unwrap_or(i64::MAX);
        let statement = self.statement(COUNT, COUNT, vec![owner.0.into(), most.into()]);
        let found: Vec<Uuid> = self.rows_raw(statement).await?;
        Ok(found.len())
    }

    async fn find(&mut self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let found = Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate);
        self.row(&found.into_query()).await
    }

    async fn put(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let mutable = Column::iter()
            .filter(|column| !matches!(column, Column::Id | Column::UserId | Column::CreatedAt));
        let known = OnConflict::column(Column::Id).update_columns(mutable).to_owned();
        let insert = Entity::insert(row(webhook)).on_conflict(known);
        self.execute(&insert.into_query()).await.map(drop)
    }

    async fn remove(&mut self, owner: UserId, id: WebhookId) -> Result<bool, StoreError> {
        let remove = Entity::delete_many().filter(Column::UserId.eq(owner.0)).filter(Column::Id.eq(id.0));
        Ok(self.execute(&remove.into_query()).await? > 0)
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError> {
        let values = vec![
            now.as_chrono().into(),
            now.plus(WebhookDelivery::LATEST).as_chrono().into(),
            now.plus(Webhook::LEASE).as_chrono().into(),
            until.as_chrono().into(),
            i64::from(limit).into(),
        ];
        let statement = self.statement(&CLAIM_SQLITE, &CLAIM_POSTGRES, values);
        let mut claimed: Vec<Webhook> = self.rows_raw(statement).await?;
        claimed.sort_by_key(|webhook| (webhook.due_at, webhook.id));
        Ok(claimed)
    }

    async fn next_due(&mut self, id: WebhookId) -> Result<Option<Timestamp>, StoreError> {
        let statement = self.statement(NEXT_DUE, NEXT_DUE, vec![id.0.into()]);
        let found: Option<DueAt> = self.rows_raw(statement).await?.pop();
        Ok(found.and_then(|DueAt(at)| at))
    }

    async fn delivery(
        &mut self,
        webhook: WebhookId,
        id: WebhookDeliveryId,
    ) -> Result<Option<WebhookDelivery>, StoreError> {
        let found = deliveries::Entity::find_by_id(id.0).filter(deliveries::Column::WebhookId.eq(webhook.0));
        self.row(&found.into_query()).await
    }

    async fn put_deliveries(&mut self, all: &[WebhookDelivery]) -> Result<(), StoreError> {
        use deliveries::Column as C;
        for chunk in all.chunks(Self::chunk(deliveries::WIDTH)) {
            let mutable =
                [C::State, C::Tries, C::DueAt, C::TriedAt, C::TriedMillis, C::Status, C::Answer, C::Failure];
            let known = OnConflict::column(C::Id).update_columns(mutable).to_owned();
            let insert =
                deliveries::Entity::insert_many(chunk.iter().map(deliveries::row)).on_conflict(known);
            self.execute(&insert.into_query()).await?;
        }
        Ok(())
    }

    async fn drop_pending(&mut self, webhook: WebhookId) -> Result<u64, StoreError> {
        use deliveries::Column as C;
        let update = deliveries::Entity::update_many()
            .col_expr(C::State, Expr::val(DeliveryState::Dropped.as_str()))
            .col_expr(C::DueAt, Expr::val(Option::<sea_orm::prelude::DateTimeUtc>::None))
            .filter(C::WebhookId.eq(webhook.0))
            .filter(C::DueAt.is_not_null());
        self.execute(&update.into_query()).await
    }

    async fn disable_all(
        &mut self,
        owner: UserId,
        because: DisabledBecause,
    ) -> Result<Vec<WebhookId>, StoreError> {
        let disable = self.statement(DISABLE, DISABLE, vec![owner.0.into(), because.as_str().into()]);
        let disabled: Vec<Uuid> = self.rows_raw(disable).await?;
        if !disabled.is_empty() {
            let dropped = DeliveryState::Dropped.as_str();
            let drop = self.statement(DROP, DROP, vec![owner.0.into(), dropped.into()]);
            self.execute_raw(drop).await?;
        }
        Ok(disabled.into_iter().map(WebhookId).collect())
    }

    async fn keep_newest(&mut self, webhook: WebhookId, most: u32) -> Result<u64, StoreError> {
        let keep = self.statement(KEEP, KEEP, vec![webhook.0.into(), i64::from(most).into()]);
        self.execute_raw(keep).await
    }
}
