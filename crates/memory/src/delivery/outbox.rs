//! [`Outbox`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{Attempt, Outbox, OutboxItem},
    event::DomainEvent,
    id::OutboxId,
    store::StoreError,
    time::Timestamp,
};

use crate::{mark::Mark, rows::StoredEvent, unit::Unit};

/// Whether this hold of the item is the present one.
fn is_held(until: Timestamp) -> impl Fn(&StoredEvent) -> bool {
    move |row| row.due_at == Some(until)
}

fn is_dead(row: &StoredEvent) -> bool {
    row.due_at.is_none()
}

#[async_trait]
impl Outbox for Unit {
    async fn push(&mut self, id: OutboxId, event: DomainEvent, now: Timestamp) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(event.user())?;
            tables.outbox.add(StoredEvent {
                id,
                event,
                attempts: 0,
                unsettled: 0,
                due_at: Some(now),
                created_at: now,
                last_error: None,
            })
        })
    }

    /// What is due later than anything may be was put off or held by a clock that was ahead, and is due.
    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let latest = now.plus(OutboxItem::LONGEST_WAIT);
        self.run(|tables| {
            let due = tables.outbox.marked(&Mark::Due).filter_map(|row| Some((row.due_at?, row.id)));
            let mut due: Vec<_> = due.filter(|(due, _)| *due <= now || *due > latest).collect();
            due.sort_unstable();
            due.truncate(limit as usize);
            for (_, id) in &due {
                tables.outbox.change(id, |_| true, |row| row.due_at = Some(until));
            }
            let claimed = due.iter().filter_map(|(_, id)| tables.outbox.get(id));
            let mut items: Vec<OutboxItem> = claimed.map(|row| row.item(until)).collect();
            items.sort_by_key(|item| (item.created_at, item.id));
            Ok(items)
        })
    }

    async fn begin_attempt(
        &mut self,
        id: OutboxId,
        held_until: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.outbox.change(&id, is_held(held_until), |row| {
                row.unsettled += 1;
                row.due_at = Some(until);
            }))
        })
    }

    async fn done(&mut self, id: OutboxId) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.outbox.remove(&id, |_| true);
            Ok(())
        })
    }

    async fn failed(
        &mut self,
        id: OutboxId,
        held_until: Timestamp,
        attempt: Attempt,
        at: Option<Timestamp>,
        reason: &str,
    ) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.outbox.change(&id, is_held(held_until), |row| {
                row.due_at = at;
                row.last_error = Some(reason.to_owned());
                // An uncertain attempt stays among the unsettled ones, which are counted as attempts too.
                if attempt == Attempt::Undelivered {
                    row.attempts += 1;
                    row.unsettled -= 1;
                }
            }))
        })
    }

    async fn revive(&mut self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.outbox.change(&id, is_dead, |row| {
                row.due_at = Some(now);
                row.attempts = 0;
                row.unsettled = row.unsettled.min(1);
            }))
        })
    }

    async fn bury(&mut self, id: OutboxId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.outbox.remove(&id, is_dead).is_some()))
    }
}
