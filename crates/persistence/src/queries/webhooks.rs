//! [`WebhookQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
    webhook::{Webhook, WebhookDelivery, WebhookQueries},
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{
        columns, webhook_deliveries,
        webhooks::{self, CLAIMABLE, IS_USABLE},
    },
};

static ENDPOINTS: LazyLock<String> = LazyLock::new(|| {
    let webhook = columns("w", webhooks::Column::iter());
    format!("SELECT {webhook} FROM webhooks w WHERE w.user_id = $1 ORDER BY w.id")
});

static ENDPOINT: LazyLock<String> = LazyLock::new(|| {
    let webhook = columns("w", webhooks::Column::iter());
    format!("SELECT {webhook} FROM webhooks w WHERE w.user_id = $1 AND w.id = $2")
});

/// Which endpoints have something to be told, of all, and of those alone to whose owners something happened at `$3` or
/// later. `$1` is now.
static BEHIND: LazyLock<[String; 2]> = LazyLock::new(|| {
    let webhook = columns("w", webhooks::Column::iter());
    let news = "(SELECT DISTINCT r.user_id FROM live_events r WHERE r.happened_at >= $3) n \
                JOIN webhooks w ON w.user_id = n.user_id";
    let most = Webhook::MOST_WAITING;
    ["webhooks w", news].map(|from| {
        format!(
            "SELECT {webhook} FROM {from} WHERE w.disabled_because IS NULL AND w.waiting < {most} \
             AND {IS_USABLE} AND (EXISTS \
             (SELECT 1 FROM live_events e WHERE e.user_id = w.user_id AND e.seq > w.position) OR EXISTS \
             (SELECT 1 FROM live_floors f WHERE f.user_id = w.user_id AND f.seq > w.position)) LIMIT $2"
        )
    })
});

static IS_DUE: LazyLock<String> =
    LazyLock::new(|| format!("SELECT w.id FROM {} ORDER BY w.due_at LIMIT 1", *CLAIMABLE));

static DUE: LazyLock<String> = LazyLock::new(|| {
    let delivery = columns("d", webhook_deliveries::Column::iter());
    format!(
        "SELECT {delivery} FROM webhook_deliveries d WHERE d.webhook_id = $1 AND d.due_at IS NOT NULL \
         AND (d.due_at <= $2 OR d.due_at > $3) ORDER BY d.due_at, d.id LIMIT $4"
    )
});

/// The first page, and one behind a delivery.
static DELIVERIES: LazyLock<[String; 2]> = LazyLock::new(|| {
    [("", 3), (" AND d.id < $3", 4)].map(|(behind, limit)| {
        let delivery = columns("d", webhook_deliveries::Column::iter());
        format!(
            "SELECT {delivery} FROM webhook_deliveries d \
             WHERE d.user_id = $1 AND d.webhook_id = $2{behind} ORDER BY d.id DESC LIMIT ${limit}"
        )
    })
});

#[async_trait]
impl WebhookQueries for SqlQueries {
    async fn webhooks(&self, owner: UserId) -> Result<Vec<Webhook>, StoreError> {
        self.pool.listed(&ENDPOINTS, &[Arg::Id(owner.0)]).await
    }

    async fn webhook(&self, owner: UserId, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.pool.row(&ENDPOINT, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn webhooks_behind(
        &self,
        now: Timestamp,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError> {
        let [all, recent] = &*BEHIND;
        let (now, limit) = (Arg::Time(now.as_chrono()), Arg::Rows(limit.into()));
        match since {
            None => self.pool.rows(all, &[now, limit]).await,
            Some(since) => self.pool.rows(recent, &[now, limit, Arg::Time(since.as_chrono())]).await,
        }
    }

    async fn webhooks_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let args = [
            Arg::Time(now.as_chrono()),
            Arg::Time(now.plus(WebhookDelivery::LATEST).as_chrono()),
            Arg::Time(now.plus(Webhook::LEASE).as_chrono()),
        ];
        let found: Option<Uuid> = self.pool.row(&IS_DUE, &args).await?;
        Ok(found.is_some())
    }

    async fn due_webhook_deliveries(
        &self,
        webhook: WebhookId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        let args = [
            Arg::Id(webhook.0),
            Arg::Time(now.as_chrono()),
            Arg::Time(now.plus(WebhookDelivery::LATEST).as_chrono()),
            Arg::Count(limit.into()),
        ];
        self.pool.rows(&DUE, &args).await
    }

    async fn webhook_deliveries(
        &self,
        owner: UserId,
        webhook: WebhookId,
        after: Option<WebhookDeliveryId>,
        limit: Limit,
    ) -> Result<Page<WebhookDelivery, WebhookDeliveryId>, StoreError> {
        let [first, behind] = &*DELIVERIES;
        let (owner, webhook) = (Arg::Id(owner.0), Arg::Id(webhook.0));
        let rows = match after {
            None => self.pool.rows(first, &[owner, webhook, count(limit)]).await?,
            Some(after) => self.pool.rows(behind, &[owner, webhook, Arg::Id(after.0), count(limit)]).await?,
        };
        Ok(Page::cut(rows, limit, |delivery: &WebhookDelivery| delivery.id))
    }
}
