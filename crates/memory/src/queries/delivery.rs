//! [`DeliveryQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{DeadLetter, DeliveryQueries, Due},
    id::{MailRequestId, OutboxId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
};

use crate::{mark::Mark, rows::StoredEvent, store::MemoryStore};

fn letter(row: &StoredEvent) -> DeadLetter {
    DeadLetter {
        id: row.id,
        event: row.event.name().to_owned(),
        user: row.event.user(),
        attempts: row.all_attempts(),
        created_at: row.created_at,
        last_error: row.last_error.clone(),
    }
}

#[async_trait]
impl DeliveryQueries for MemoryStore {
    async fn dead_letters(
        &self,
        after: Option<OutboxId>,
        limit: Limit,
    ) -> Result<Page<DeadLetter, OutboxId>, StoreError> {
        self.look(|tables| {
            let dead = tables.outbox.marked(&Mark::Dead).filter(|row| Some(row.id) > after);
            Page::cut(dead.take(limit.get() + 1).map(letter).collect(), limit, |last| last.id)
        })
    }

    async fn dead_letter(&self, id: OutboxId) -> Result<Option<DeadLetter>, StoreError> {
        self.look(|tables| {
            let dead = tables.outbox.marked(&Mark::Dead).find(|row| row.id == id);
            dead.map(letter)
        })
    }

    async fn mail_requests(&self, limit: Limit) -> Result<Vec<MailRequestId>, StoreError> {
        self.look(|tables| {
            let mut waiting: Vec<_> = tables.mail_requests.iter().map(|row| (row.at, row.id)).collect();
            waiting.sort_unstable();
            waiting.into_iter().take(limit.get()).map(|(_, id)| id).collect()
        })
    }

    async fn mails_due(&self, now: Timestamp) -> Result<(Due, u64), StoreError> {
        self.look(|tables| {
            let due = tables.outbox.marked(&Mark::Due).filter_map(|row| row.due_at);
            let due: Vec<Timestamp> = due.filter(|due| *due <= now).collect();
            let dead = tables.outbox.marked(&Mark::Dead).count() as u64;
            (Due { count: due.len() as u64, oldest: due.into_iter().min() }, dead)
        })
    }
}
