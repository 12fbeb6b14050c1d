//! [`DeliveryQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{DeadLetter, DeliveryQueries, Due},
    id::{MailRequestId, OutboxId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{backlog::Backlog, columns, mail_requests::Waiting, outbox},
};

static DEAD_LETTERS: LazyLock<String> = LazyLock::new(|| {
    let item = columns("o", outbox::Column::iter());
    format!("SELECT {item} FROM outbox o WHERE o.due_at IS NULL AND o.id > $1 ORDER BY o.id LIMIT $2")
});

static DEAD_LETTER: LazyLock<String> = LazyLock::new(|| {
    let item = columns("o", outbox::Column::iter());
    format!("SELECT {item} FROM outbox o WHERE o.due_at IS NULL AND o.id = $1")
});

const MAIL_REQUESTS: &str = "SELECT id, kind FROM mail_requests ORDER BY requested_at, id LIMIT $1";

const MAILS_DUE: &str = "SELECT COUNT(*), MIN(due_at), (SELECT COUNT(*) FROM outbox WHERE due_at IS NULL) \
     FROM outbox WHERE due_at IS NOT NULL AND due_at <= $1";

#[async_trait]
impl DeliveryQueries for SqlQueries {
    async fn dead_letters(
        &self,
        after: Option<OutboxId>,
        limit: Limit,
    ) -> Result<Page<DeadLetter, OutboxId>, StoreError> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let rows = self.pool.rows(&DEAD_LETTERS, &[Arg::Id(after), count(limit)]).await?;
        Ok(Page::cut(rows, limit, |letter: &DeadLetter| letter.id))
    }

    async fn dead_letter(&self, id: OutboxId) -> Result<Option<DeadLetter>, StoreError> {
        self.pool.row(&DEAD_LETTER, &[Arg::Id(id.0)]).await
    }

    async fn mails_due(&self, now: Timestamp) -> Result<(Due, u64), StoreError> {
        let found: Option<Backlog> = self.pool.row(MAILS_DUE, &[Arg::Time(now.as_chrono())]).await?;
        Ok(found.map_or((Due { count: 0, oldest: None }, 0), |Backlog { due, rest }| (due, rest)))
    }

    async fn mail_requests(&self, limit: Limit) -> Result<Vec<MailRequestId>, StoreError> {
        let rows: Vec<Waiting> = self.pool.rows(MAIL_REQUESTS, &[Arg::Count(limit.get() as i64)]).await?;
        Ok(rows.into_iter().filter_map(|Waiting(id)| id).collect())
    }
}
