//! Webhooks: made and changed, planned, sent, switched off, and signed by two secrets for a day.

mod manage;
mod send;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    delivery::Dispatch,
    sealed::{ForgetLost, Keys},
    token_rotation::RotateUser,
    webhooks::{
        ClaimWebhooks, CreateWebhook, DeleteWebhook, DeliverToWebhook, GetWebhook, ListWebhookDeliveries,
        ListWebhooks, MadeWebhook, PlanWebhookDeliveries, RedeliverWebhook, RotateWebhookSecret, TestWebhook,
        UpdateWebhook, WebhooksError,
    },
};
use dashtam_domain::{
    call::Call,
    delivery::mail::MailContent,
    id::{UserId, WebhookDeliveryId, WebhookId},
    identity::{AuditAction, User},
    live::{LiveBody, LiveKind, LiveKinds},
    page::Limit,
    retention::{LIVE_EVENTS_KEPT, Outlived, WEBHOOK_DELIVERIES_MOST},
    sealed::SealedField,
    secret::Sealed,
    sources::Clock,
    store::Storage,
    webhook::{
        DeliveryState, DisabledBecause, Outcome, ToldEvent, Webhook, WebhookAnswer, WebhookDelivery,
        WebhookFailure, WebhookMessage, WebhookSecret, WebhookSender, WebhookUrl, signatures,
    },
};
use dashtam_memory::MemoryStore;
use dashtam_testkit::{builders, fakes::XorCipher};

use crate::world::{World, assert_refused, unkept};

type Said = Result<WebhookAnswer, WebhookFailure>;

/// An endpoint that says what it is told to, and `204` when it is told nothing. It takes messages at
/// `https://hooks.example` alone.
#[derive(Default)]
struct Endpoint {
    says: Mutex<VecDeque<Said>>,
    heard: Mutex<Vec<WebhookMessage>>,
}

#[async_trait]
impl WebhookSender for Endpoint {
    fn admits(&self, url: &WebhookUrl) -> bool {
        url.host() == "hooks.example"
    }

    async fn send(&self, message: &WebhookMessage) -> Said {
        self.heard.lock().unwrap().push(message.clone());
        self.says.lock().unwrap().pop_front().unwrap_or_else(|| answer(204, None))
    }
}

fn answer(status: u16, retry_after: Option<u32>) -> Said {
    Ok(WebhookAnswer { status, retry_after, body: format!("said {status}") })
}

impl Endpoint {
    fn says(&self, said: Said) {
        self.says.lock().unwrap().push_back(said);
    }

    fn heard(&self) -> Vec<WebhookMessage> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

/// The program on a store in memory, with a user.
struct Place {
    world: World,
    storage: Storage,
    dashtam: Dashtam,
    endpoint: Arc<Endpoint>,
}

impl Place {
    async fn new() -> Self {
        let mut world = World::new();
        let endpoint = Arc::new(Endpoint::default());
        world.webhooks = Some(endpoint.clone());
        let storage = MemoryStore::new().storage();
        let user = User { email_verified_at: Some(builders::at(1)), ..builders::user() };
        let user = User { id: world.owner, ..user };
        let mut unit = storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.commit().await.unwrap();
        let dashtam = world.build_on(storage.clone());
        Self { world, storage, dashtam, endpoint }
    }

    /// A call of the user, now.
    fn call(&self) -> Call {
        Call { now: self.world.clock.now(), ..self.world.call() }
    }

    fn system(&self) -> Call {
        Call::system(self.world.clock.now())
    }

    async fn make(&self, kinds: LiveKinds) -> MadeWebhook {
        let wanted = CreateWebhook { url: url("https://hooks.example/in"), description: None, kinds };
        self.dashtam.webhooks().create(&self.call(), wanted, unkept).await.unwrap()
    }

    async fn happens(&self, body: LiveBody) {
        let mut unit = self.storage.store.begin().await.unwrap();
        unit.live_events().append(self.world.owner, self.world.clock.now(), body).await.unwrap();
        unit.commit().await.unwrap();
    }

    async fn plan(&self) -> usize {
        self.dashtam.webhooks().plan(&self.system(), PlanWebhookDeliveries::OfLate).await.unwrap()
    }

    /// Looks at every webhook.
    async fn plan_overlooked(&self) -> usize {
        self.dashtam.webhooks().plan(&self.system(), PlanWebhookDeliveries::Overlooked).await.unwrap()
    }

    /// Sends what is due now; to how many webhooks.
    async fn send(&self) -> usize {
        let claimed = self.dashtam.webhooks().claim(&self.system(), ClaimWebhooks { most: 9 }).await.unwrap();
        let count = claimed.len();
        for webhook in claimed {
            let request = DeliverToWebhook { webhook };
            self.dashtam.webhooks().deliver(&self.system(), request).await.unwrap();
        }
        count
    }

    async fn webhook(&self, id: WebhookId) -> Webhook {
        self.dashtam.webhooks().get(&self.call(), GetWebhook { webhook: id }).await.unwrap()
    }

    /// What was sent to it, the oldest first.
    async fn deliveries(&self, webhook: WebhookId) -> Vec<WebhookDelivery> {
        let request = ListWebhookDeliveries { webhook, after: None, limit: Limit::default() };
        let mut all = self.dashtam.webhooks().deliveries(&self.call(), request).await.unwrap().items;
        all.reverse();
        all
    }

    async fn actions(&self) -> Vec<AuditAction> {
        let lines = self.storage.queries.all_audit_lines(self.world.owner, None, Limit::default()).await;
        lines.unwrap().items.into_iter().map(|line| line.action).collect()
    }

    fn later(&self, by: TimeDelta) {
        self.world.clock.advance(by);
    }
}

fn url(text: &str) -> WebhookUrl {
    text.parse().unwrap()
}

fn only(kind: LiveKind) -> LiveKinds {
    [kind].into_iter().collect()
}

fn nothing_of(webhook: WebhookId) -> UpdateWebhook {
    UpdateWebhook { webhook, url: None, description: None, kinds: None, enabled: None }
}
