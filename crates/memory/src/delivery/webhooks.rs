//! [`WebhookRepository`] on the unit of work, and [`WebhookQueries`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use dashtam_domain::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
    webhook::{DeliveryState, DisabledBecause, Webhook, WebhookDelivery, WebhookQueries, WebhookRepository},
};

use crate::{mark::Mark, rows::row, store::MemoryStore, table::Row, tables::Tables, unit::Unit};

row!(Webhook, WebhookId, |row| row.id, [Mark::Owner(row.owner), row.due_at.map(|_| Mark::Due)]);
row!(WebhookDelivery, WebhookDeliveryId, |row| row.id, [Mark::Owner(row.owner), Mark::Webhook(row.webhook)]);

/// Whether something is due of an endpoint that nobody holds. What is due later than anything may be, or held longer
/// than anything is, was left behind by a clock that was ahead.
fn is_free(webhook: &Webhook, now: Timestamp) -> bool {
    let due = |due: Timestamp| due <= now || due > now.plus(WebhookDelivery::LATEST);
    let over = |until: Timestamp| until <= now || until > now.plus(Webhook::LEASE);
    webhook.due_at.is_some_and(due) && webhook.held_until.is_none_or(over)
}

/// Whether its owner may use the account.
fn is_usable(tables: &Tables, webhook: &Webhook, now: Timestamp) -> bool {
    tables.users.get(&webhook.owner).is_some_and(|row| row.user.is_usable(now))
}

/// Whether a worker sends to it.
fn is_held(webhook: &Webhook, now: Timestamp) -> bool {
    webhook.held_until.is_some_and(|until| until > now && until <= now.plus(Webhook::LEASE))
}

/// When something is due of an endpoint that a worker may take, in the order in which they are taken.
fn claimable(tables: &Tables, now: Timestamp) -> Vec<(Option<Timestamp>, WebhookId)> {
    let mut held: BTreeMap<UserId, usize> = BTreeMap::new();
    let mut free = Vec::new();
    for webhook in tables.webhooks.marked(&Mark::Due) {
        if is_held(webhook, now) {
            *held.entry(webhook.owner).or_default() += 1;
        } else if is_free(webhook, now) && is_usable(tables, webhook, now) {
            free.push(webhook);
        }
    }
    free.sort_unstable_by_key(|webhook| (webhook.due_at, webhook.id));
    free.retain(|webhook| {
        let of_owner = held.entry(webhook.owner).or_default();
        *of_owner += 1;
        *of_owner <= Webhook::MOST_HELD
    });
    free.into_iter().map(|webhook| (webhook.due_at, webhook.id)).collect()
}

fn of(tables: &Tables, webhook: WebhookId) -> impl DoubleEndedIterator<Item = &WebhookDelivery> {
    tables.webhook_deliveries.marked(&Mark::Webhook(webhook))
}

fn drop_pending(tables: &mut Tables, webhook: WebhookId) -> u64 {
    tables.webhook_deliveries.change_marked(&Mark::Webhook(webhook), WebhookDelivery::waits, |delivery| {
        delivery.state = DeliveryState::Dropped;
        delivery.due_at = None;
    })
}

#[async_trait]
impl WebhookRepository for Unit {
    async fn count(&mut self, owner: UserId) -> Result<usize, StoreError> {
        self.run(|tables| Ok(tables.webhooks.marked(&Mark::Owner(owner)).count()))
    }

    async fn find(&mut self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.run(|tables| Ok(tables.webhooks.get(&id).cloned()))
    }

    async fn put(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(webhook.owner)?;
            tables.webhooks.put(webhook.clone());
            Ok(())
        })
    }

    async fn remove(&mut self, owner: UserId, id: WebhookId) -> Result<bool, StoreError> {
        self.run(|tables| {
            let removed = tables.webhooks.remove(&id, |webhook| webhook.owner == owner).is_some();
            if removed {
                tables.webhook_deliveries.remove_marked(&Mark::Webhook(id), |_| true);
            }
            Ok(removed)
        })
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError> {
        self.run(|tables| {
            let mut free = claimable(tables, now);
            free.truncate(limit as usize);
            for (_, id) in &free {
                tables.webhooks.change(id, |_| true, |webhook| webhook.held_until = Some(until));
            }
            Ok(free.iter().filter_map(|(_, id)| tables.webhooks.get(id)).cloned().collect())
        })
    }

    async fn next_due(&mut self, id: WebhookId) -> Result<Option<Timestamp>, StoreError> {
        self.run(|tables| Ok(of(tables, id).filter_map(|delivery| delivery.due_at).min()))
    }

    async fn delivery(
        &mut self,
        webhook: WebhookId,
        id: WebhookDeliveryId,
    ) -> Result<Option<WebhookDelivery>, StoreError> {
        self.run(|tables| {
            let found = tables.webhook_deliveries.get(&id);
            Ok(found.filter(|delivery| delivery.webhook == webhook).cloned())
        })
    }

    async fn put_deliveries(&mut self, deliveries: &[WebhookDelivery]) -> Result<(), StoreError> {
        self.run(|tables| {
            for delivery in deliveries {
                let known = tables.webhooks.get(&delivery.webhook);
                if known.is_none_or(|webhook| webhook.owner != delivery.owner) {
                    return Err(StoreError::Database("there is no such endpoint".into()));
                }
                tables.webhook_deliveries.put(delivery.clone());
            }
            Ok(())
        })
    }

    async fn drop_pending(&mut self, webhook: WebhookId) -> Result<u64, StoreError> {
        self.run(|tables| Ok(drop_pending(tables, webhook)))
    }

    async fn disable_all(
        &mut self,
        owner: UserId,
        because: DisabledBecause,
    ) -> Result<Vec<WebhookId>, StoreError> {
        self.run(|tables| {
            let own = tables.webhooks.marked(&Mark::Owner(owner));
            let enabled = own.filter(|webhook| webhook.disabled.is_none());
            let enabled: Vec<WebhookId> = enabled.map(|webhook| webhook.id).collect();
            for id in &enabled {
                tables.webhooks.change(id, |_| true, |webhook| webhook.disable(because));
                drop_pending(tables, *id);
            }
            Ok(enabled)
        })
    }

    async fn keep_newest(&mut self, webhook: WebhookId, most: u32) -> Result<u64, StoreError> {
        self.run(|tables| {
            let over = of(tables, webhook).rev().filter(|delivery| !delivery.waits());
            let Some(last) = over.map(|delivery| delivery.id).nth(most as usize) else { return Ok(0) };
            let gone = |delivery: &WebhookDelivery| !delivery.waits() && delivery.id <= last;
            Ok(tables.webhook_deliveries.remove_marked(&Mark::Webhook(webhook), gone).len() as u64)
        })
    }
}

#[async_trait]
impl WebhookQueries for MemoryStore {
    async fn webhooks(&self, owner: UserId) -> Result<Vec<Webhook>, StoreError> {
        self.look(|tables| tables.webhooks.marked(&Mark::Owner(owner)).cloned().collect())
    }

    async fn webhook(&self, owner: UserId, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.look(|tables| tables.webhooks.get(&id).filter(|webhook| webhook.owner == owner).cloned())
    }

    async fn webhooks_behind(
        &self,
        now: Timestamp,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError> {
        self.look(|tables| {
            let is_behind = |webhook: &&Webhook| {
                let events = || tables.live_events.marked(&Mark::Owner(webhook.owner)).rev();
                let floor = tables.live_floors.get(&webhook.owner).map_or(0, |floor| floor.seq);
                let newest = events().next().map_or(floor, |event| event.seq);
                webhook.disabled.is_none()
                    && webhook.room() > 0
                    && is_usable(tables, webhook, now)
                    && newest > webhook.position
                    && since.is_none_or(|since| events().any(|event| event.at >= since))
            };
            tables.webhooks.iter().filter(is_behind).take(limit as usize).cloned().collect()
        })
    }

    async fn webhooks_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.look(|tables| !claimable(tables, now).is_empty())
    }

    async fn due_webhook_deliveries(
        &self,
        webhook: WebhookId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        self.look(|tables| {
            let latest = now.plus(WebhookDelivery::LATEST);
            let is_due = |due: Timestamp| due <= now || due > latest;
            let mut due: Vec<_> =
                of(tables, webhook).filter(|delivery| delivery.due_at.is_some_and(is_due)).collect();
            due.sort_unstable_by_key(|delivery| (delivery.due_at, delivery.id));
            due.into_iter().take(limit as usize).cloned().collect()
        })
    }

    async fn webhook_deliveries(
        &self,
        owner: UserId,
        webhook: WebhookId,
        after: Option<WebhookDeliveryId>,
        limit: Limit,
    ) -> Result<Page<WebhookDelivery, WebhookDeliveryId>, StoreError> {
        self.look(|tables| {
            let newest = tables.webhook_deliveries.marked(&Mark::Webhook(webhook)).rev();
            let behind = |delivery: &&WebhookDelivery| {
                delivery.owner == owner && after.is_none_or(|after| delivery.id < after)
            };
            let rows = newest.filter(behind).take(limit.get() + 1).cloned().collect();
            Page::cut(rows, limit, |delivery: &WebhookDelivery| delivery.id)
        })
    }
}
