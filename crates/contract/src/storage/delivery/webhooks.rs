//! Endpoints, what is sent to them, and what became of it.

use dashtam_domain::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    live::LiveKind,
    page::Limit,
    retention::Outlived,
    sealed::{SealedField, SealedValue},
    secret::Sealed,
    store::Storage,
    webhook::{
        DeliveryState, DisabledBecause, Outcome, PreviousSecret, Try, Webhook, WebhookDelivery,
        WebhookFailure,
    },
};

use crate::{
    builders::{at, id},
    storage::{
        begin,
        races::{race, winners},
        stored_user,
    },
};

/// A webhook that is told of two sorts of events.
pub(super) fn webhook(owner: UserId) -> Webhook {
    Webhook {
        id: WebhookId(id()),
        owner,
        url: "https://hooks.example/dashtam?key=x".parse().unwrap(),
        description: Some("The accounting".parse().unwrap()),
        kinds: [LiveKind::TransactionsChanged, LiveKind::SyncFailed].into_iter().collect(),
        disabled: None,
        secret: Some(Sealed::new("sealed secret")),
        previous: Some(PreviousSecret { sealed: Sealed::new("sealed before"), until: at(86_400) }),
        position: 0,
        waiting: 0,
        failing_since: None,
        due_at: None,
        held_until: None,
        created_at: at(1),
        updated_at: at(2),
    }
}

pub(super) async fn put(storage: &Storage, webhook: &Webhook) {
    let mut unit = begin(storage).await;
    unit.webhooks().put(webhook).await.unwrap();
    unit.commit().await.unwrap();
}

async fn put_deliveries(storage: &Storage, deliveries: &[WebhookDelivery]) {
    let mut unit = begin(storage).await;
    unit.webhooks().put_deliveries(deliveries).await.unwrap();
    unit.commit().await.unwrap();
}

pub(super) async fn stored_webhook(storage: &Storage) -> Webhook {
    let webhook = webhook(stored_user(storage).await.id);
    put(storage, &webhook).await;
    webhook
}

pub(super) fn delivery(webhook: &Webhook, seconds: i64) -> WebhookDelivery {
    WebhookDelivery::test(WebhookDeliveryId(id()), webhook.id, webhook.owner, at(seconds))
}

async fn find(storage: &Storage, id: WebhookId) -> Option<Webhook> {
    let mut unit = begin(storage).await;
    unit.webhooks().find(id).await.unwrap()
}

/// Of whoever owns them, by id, as they are written last, until they are removed.
pub async fn webhooks_come_back_as_stored(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (mut first, second, elses) = (webhook(owner), webhook(owner), webhook(other));
    for webhook in [&first, &second, &elses] {
        put(storage, webhook).await;
    }
    first.url = "https://example.com/other?a=ü".parse().unwrap();
    first.description = None;
    first.disable(DisabledBecause::Gone);
    first.secret = None;
    first.previous = None;
    first.position = i64::from(i32::MAX) * 5;
    first.waiting = Webhook::MOST_WAITING;
    first.failing_since = Some(at(3));
    first.due_at = Some(at(4));
    first.held_until = Some(at(5));
    first.updated_at = at(9);
    put(storage, &first).await;
    assert_eq!(storage.queries.webhooks(owner).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(storage.queries.webhook(owner, second.id).await.unwrap(), Some(second.clone()));
    assert_eq!(storage.queries.webhook(owner, elses.id).await.unwrap(), None, "it is somebody else's");
    assert_eq!(find(storage, elses.id).await, Some(elses.clone()), "workers find everybody's");
    let mut unit = begin(storage).await;
    assert_eq!(unit.webhooks().count(owner).await.unwrap(), 2);
    assert!(!unit.webhooks().remove(owner, elses.id).await.unwrap());
    assert!(unit.webhooks().remove(owner, first.id).await.unwrap());
    assert!(!unit.webhooks().remove(owner, first.id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.webhooks(owner).await.unwrap(), [second]);
    assert_eq!(storage.queries.webhooks(other).await.unwrap(), [elses]);
}

/// With the end of each try, page by page, the newest first, until their endpoint is removed.
pub async fn deliveries_come_back_as_stored(storage: &Storage) {
    let webhook = stored_webhook(storage).await;
    let (mut first, mut second, third) =
        (delivery(&webhook, 1), delivery(&webhook, 2), delivery(&webhook, 3));
    put_deliveries(storage, &[first.clone(), second.clone(), third.clone()]).await;
    let outcome = Outcome::Answered { status: 503, body: "é\n<b>".to_owned() };
    first.learn(Try { at: at(10), millis: 31, outcome }, None, at(11), 0);
    let outcome = Outcome::Failed(WebhookFailure::TimedOut);
    second.learn(Try { at: at(12), millis: 20_000, outcome }, None, at(13), 0);
    second.state = DeliveryState::Failed;
    second.due_at = None;
    put_deliveries(storage, &[first.clone(), second.clone()]).await;
    put_deliveries(storage, &[]).await;

    let (owner, queries) = (webhook.owner, &storage.queries);
    let two = Limit::new(2).unwrap();
    let page = queries.webhook_deliveries(owner, webhook.id, None, two).await.unwrap();
    assert_eq!((page.items, page.next), (vec![third.clone(), second.clone()], Some(second.id)));
    let page = queries.webhook_deliveries(owner, webhook.id, page.next, two).await.unwrap();
    assert_eq!((page.items, page.next), (vec![first.clone()], None));
    let other = stored_user(storage).await.id;
    let page = queries.webhook_deliveries(other, webhook.id, None, two).await.unwrap();
    assert!(page.items.is_empty(), "they are somebody else's");

    let mut unit = begin(storage).await;
    assert_eq!(unit.webhooks().delivery(webhook.id, first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(unit.webhooks().delivery(WebhookId(id()), first.id).await.unwrap(), None);
    drop(unit);

    let mut unit = begin(storage).await;
    assert!(unit.webhooks().remove(owner, webhook.id).await.unwrap());
    unit.commit().await.unwrap();
    let page = queries.webhook_deliveries(owner, webhook.id, None, two).await.unwrap();
    assert!(page.items.is_empty());
}

/// An answer may hold any character, a NUL too.
pub async fn any_answer_can_be_stored(storage: &Storage) {
    let webhook = stored_webhook(storage).await;
    let mut delivery = delivery(&webhook, 1);
    let outcome = Outcome::Answered { status: 200, body: "a\0b\u{1}\u{10ffff}".to_owned() };
    delivery.learn(Try { at: at(2), millis: 1, outcome }, None, at(3), 0);
    put_deliveries(storage, &[delivery]).await;
    let page = storage.queries.webhook_deliveries(webhook.owner, webhook.id, None, Limit::default()).await;
    let last = page.unwrap().items.remove(0).last.unwrap();
    let Outcome::Answered { status: 200, body } = last.outcome else { panic!("another end") };
    assert!(body.starts_with('a') && body.ends_with("b\u{1}\u{10ffff}"), "{body:?}");
}

/// What is due is found by when, and no more than is asked for.
pub async fn what_is_due_is_found(storage: &Storage) {
    let (webhook, other) = (stored_webhook(storage).await, stored_webhook(storage).await);
    let (late, early, later) = (delivery(&webhook, 20), delivery(&webhook, 10), delivery(&webhook, 31));
    let elses = delivery(&other, 1);
    put_deliveries(storage, &[late.clone(), early.clone(), later.clone(), elses]).await;
    let due = |seconds, limit| storage.queries.due_webhook_deliveries(webhook.id, at(seconds), limit);
    assert!(due(9, 9).await.unwrap().is_empty());
    assert_eq!(due(30, 9).await.unwrap(), [early.clone(), late.clone()]);
    assert_eq!(due(30, 1).await.unwrap().pop().map(|first| first.id), Some(early.id));
    let mut unit = begin(storage).await;
    assert_eq!(unit.webhooks().next_due(webhook.id).await.unwrap(), Some(at(10)));
    assert_eq!(unit.webhooks().drop_pending(webhook.id).await.unwrap(), 3);
    assert_eq!(unit.webhooks().next_due(webhook.id).await.unwrap(), None);
    assert_eq!(unit.webhooks().next_due(other.id).await.unwrap(), Some(at(1)), "others wait on");
    unit.commit().await.unwrap();
    let page = storage.queries.webhook_deliveries(webhook.owner, webhook.id, None, Limit::default()).await;
    for dropped in page.unwrap().items {
        assert_eq!((dropped.state, dropped.due_at), (DeliveryState::Dropped, None));
    }
}

/// All of one owner at once, with what waits for them.
pub async fn all_webhooks_of_an_owner_are_switched_off(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_webhook(storage).await;
    let mut own = [webhook(owner), webhook(owner)];
    for webhook in &mut own {
        put(storage, webhook).await;
        put_deliveries(storage, &[delivery(webhook, 1)]).await;
        webhook.queue(1, at(1));
        webhook.failing_since = Some(at(2));
        webhook.held_until = Some(at(3));
        put(storage, webhook).await;
    }
    let mut off = webhook(owner);
    off.disable(DisabledBecause::Gone);
    put(storage, &off).await;
    put_deliveries(storage, &[delivery(&other, 1)]).await;

    let disable = async || {
        let mut unit = begin(storage).await;
        let mut disabled = unit.webhooks().disable_all(owner, DisabledBecause::SignedOut).await.unwrap();
        unit.commit().await.unwrap();
        disabled.sort_unstable();
        disabled
    };
    assert_eq!(disable().await, [own[0].id, own[1].id]);
    assert!(disable().await.is_empty(), "they are off");
    for mut webhook in own {
        let page = storage.queries.webhook_deliveries(owner, webhook.id, None, Limit::default()).await;
        let [dropped] = &page.unwrap().items[..] else { panic!("one delivery") };
        assert_eq!((dropped.state, dropped.due_at), (DeliveryState::Dropped, None));
        webhook.disable(DisabledBecause::SignedOut);
        assert_eq!(find(storage, webhook.id).await, Some(webhook));
    }
    assert_eq!(find(storage, off.id).await, Some(off), "it was off for another reason");
    assert_eq!(find(storage, other.id).await, Some(other.clone()));
    let mut unit = begin(storage).await;
    assert_eq!(unit.webhooks().next_due(other.id).await.unwrap(), Some(at(1)), "others wait on");
}

/// Of many calls that add a webhook as the limit allows one more, one does.
pub async fn no_more_webhooks_than_the_limit(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    for _ in 1..Webhook::MOST {
        put(storage, &webhook(owner)).await;
    }
    let added = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        unit.users().find(owner).await.unwrap().unwrap();
        if unit.webhooks().count(owner).await.unwrap() >= Webhook::MOST {
            return false;
        }
        unit.webhooks().put(&webhook(owner)).await.unwrap();
        unit.commit().await.unwrap();
        true
    })
    .await;
    assert_eq!(winners(&added), 1);
}

/// Of those that are over the newest stay, of those that wait all.
pub async fn the_newest_deliveries_that_are_over_stay(storage: &Storage) {
    let (webhook, other) = (stored_webhook(storage).await, stored_webhook(storage).await);
    let over = |webhook: &Webhook| {
        let mut over = delivery(webhook, 0);
        let outcome = Outcome::Answered { status: 204, body: String::new() };
        over.learn(Try { at: at(1), millis: 1, outcome }, None, at(1), 0);
        over
    };
    // In the order in which they are made.
    let all = [over(&webhook), over(&webhook), over(&webhook), delivery(&webhook, 0), over(&webhook)];
    put_deliveries(storage, &all).await;
    put_deliveries(storage, &[over(&other), over(&other), over(&other)]).await;
    let keep = async |most| {
        let mut unit = begin(storage).await;
        let removed = unit.webhooks().keep_newest(webhook.id, most).await.unwrap();
        unit.commit().await.unwrap();
        removed
    };
    let left = async |webhook: &Webhook| {
        let page =
            storage.queries.webhook_deliveries(webhook.owner, webhook.id, None, Limit::default()).await;
        page.unwrap().items.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!((keep(9).await, keep(4).await), (0, 0), "there are no more");
    assert_eq!(keep(2).await, 2);
    let [_, _, third, waits, last] = all;
    assert_eq!(left(&webhook).await, [last.id, waits.id, third.id]);
    assert_eq!(keep(0).await, 2);
    assert_eq!(left(&webhook).await, [waits.id]);
    assert_eq!(left(&other).await.len(), 3);
}

/// What waits stays, however old it is.
pub async fn what_was_sent_is_kept_for_thirty_days(storage: &Storage) {
    let webhook = stored_webhook(storage).await;
    let (mut over, waiting) = (delivery(&webhook, 0), delivery(&webhook, 0));
    let outcome = Outcome::Answered { status: 204, body: String::new() };
    over.learn(Try { at: at(1), millis: 1, outcome }, None, at(1), 0);
    put_deliveries(storage, &[over, waiting.clone()]).await;
    let remove = async |seconds| {
        let mut unit = begin(storage).await;
        let removed = unit.retention().remove(Outlived::WebhookDeliveries, at(seconds), 500).await.unwrap();
        unit.commit().await.unwrap();
        removed
    };
    assert_eq!(remove(30 * 86_400).await, 0);
    assert_eq!(remove(30 * 86_400 + 1).await, 1);
    let page = storage.queries.webhook_deliveries(webhook.owner, webhook.id, None, Limit::default()).await;
    assert_eq!(page.unwrap().items, [waiting]);
}

/// Each by itself, and only where it is still the one that was read.
pub async fn secrets_of_webhooks_are_replaced_and_cleared(storage: &Storage) {
    let webhook = stored_webhook(storage).await;
    let value = |sealed: &str| SealedValue { row: webhook.id.0, sealed: Sealed::new(sealed) };
    let (present, before) = (value("sealed secret"), value("sealed before"));
    for (field, value) in
        [(SealedField::WebhookSecret, &present), (SealedField::PreviousWebhookSecret, &before)]
    {
        let page = storage.queries.sealed_values(field, None, Limit::default()).await.unwrap();
        assert_eq!(page.items.iter().collect::<Vec<_>>(), [value]);
    }
    let mut unit = begin(storage).await;
    let (other, new) = (Sealed::new("other"), Sealed::new("new"));
    let field = SealedField::WebhookSecret;
    assert!(!unit.sealed_values().replace_if_same(field, &before, &other).await.unwrap());
    assert!(unit.sealed_values().replace_if_same(field, &present, &new).await.unwrap());
    let field = SealedField::PreviousWebhookSecret;
    assert!(!unit.sealed_values().clear_if_same(field, &present).await.unwrap());
    assert!(unit.sealed_values().clear_if_same(field, &before).await.unwrap());
    unit.commit().await.unwrap();
    let stored = find(storage, webhook.id).await;
    assert_eq!(stored, Some(Webhook { secret: Some(new), previous: None, ..webhook }));
}
