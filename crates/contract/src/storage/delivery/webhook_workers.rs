//! What workers do with endpoints: they make deliveries of events, and hold whom they send to.

use dashtam_domain::{
    id::{UserId, WebhookId},
    identity::User,
    live::LiveBody,
    page::Limit,
    retention::Outlived,
    store::Storage,
    webhook::{DisabledBecause, Webhook},
};

use super::webhooks::{delivery, put, stored_webhook, webhook};
use crate::{
    builders::at,
    storage::{
        begin,
        races::{race, winners},
        stored_user,
    },
};

/// A webhook is held by one worker at a time, and given away again when its hold is over.
pub async fn a_webhook_is_claimed_when_it_is_due_and_free(storage: &Storage) {
    let (mut first, mut second) = (stored_webhook(storage).await, stored_webhook(storage).await);
    let claim = async |now: i64, limit| {
        let until = at(now).plus(Webhook::LEASE);
        let mut unit = begin(storage).await;
        let claimed = unit.webhooks().claim(at(now), until, limit).await.unwrap();
        unit.commit().await.unwrap();
        assert!(claimed.iter().all(|webhook| webhook.is_held(until)));
        claimed.into_iter().map(|webhook| webhook.id).collect::<Vec<_>>()
    };
    assert!(!storage.queries.webhooks_due(at(100)).await.unwrap());
    assert!(claim(100, 9).await.is_empty(), "nothing is due");
    first.due_at = Some(at(90));
    second.due_at = Some(at(80));
    put(storage, &first).await;
    put(storage, &second).await;
    assert!(!storage.queries.webhooks_due(at(79)).await.unwrap());
    assert!(storage.queries.webhooks_due(at(100)).await.unwrap());
    assert_eq!(claim(100, 1).await, [second.id], "the one that waits longer");
    assert_eq!(claim(100, 9).await, [first.id]);
    assert!(!storage.queries.webhooks_due(at(144)).await.unwrap());
    assert!(claim(144, 9).await.is_empty(), "both are held");
    assert!(storage.queries.webhooks_due(at(145)).await.unwrap());
    assert_eq!(claim(145, 9).await, [second.id, first.id]);

    // What a clock left behind that was a year ahead.
    let ahead = 365 * 86_400;
    first.due_at = Some(at(ahead));
    first.held_until = Some(at(ahead));
    put(storage, &first).await;
    assert!(storage.queries.webhooks_due(at(146)).await.unwrap());
    assert_eq!(claim(146, 9).await, [first.id]);
}

/// Of many workers one gets each webhook.
pub async fn one_of_many_claims_a_webhook(storage: &Storage) {
    let mut webhooks = Vec::new();
    for _ in 0..3 {
        let mut webhook = stored_webhook(storage).await;
        webhook.due_at = Some(at(1));
        put(storage, &webhook).await;
        webhooks.push(webhook.id);
    }
    let claims = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let claimed = unit.webhooks().claim(at(10), at(10).plus(Webhook::LEASE), 2).await.unwrap();
        unit.commit().await.unwrap();
        claimed.into_iter().map(|webhook| webhook.id).collect::<Vec<_>>()
    })
    .await;
    let mut claimed: Vec<WebhookId> = claims.into_iter().flatten().collect();
    claimed.sort_unstable();
    assert_eq!(claimed, webhooks);
}

/// Of whoever may not use the account nothing is planned and nothing is sent, and afterwards it goes on.
pub async fn webhooks_rest_while_the_account_does(storage: &Storage) {
    let mut webhook = stored_webhook(storage).await;
    webhook.due_at = Some(at(1));
    put(storage, &webhook).await;
    append(storage, webhook.owner).await;
    let change = async |change: fn(&mut User)| {
        let mut unit = begin(storage).await;
        let mut user = unit.users().find(webhook.owner).await.unwrap().unwrap();
        change(&mut user);
        unit.users().update(&mut user).await.unwrap();
        unit.commit().await.unwrap();
    };
    let works = async || {
        let behind = storage.queries.webhooks_behind(at(10), None, 9).await.unwrap().len();
        let of_late = storage.queries.webhooks_behind(at(10), Some(at(0)), 9).await.unwrap().len();
        let due = storage.queries.webhooks_due(at(10)).await.unwrap();
        // Given up, so that it is not held.
        let mut unit = begin(storage).await;
        let claimed = unit.webhooks().claim(at(10), at(10).plus(Webhook::LEASE), 9).await.unwrap().len();
        unit.roll_back().await;
        (behind, of_late, due, claimed)
    };
    assert_eq!(works().await, (1, 1, true, 1));
    change(|user| user.is_active = false).await;
    assert_eq!(works().await, (0, 0, false, 0), "it is suspended");
    change(|user| (user.is_active, user.expires_at) = (true, Some(at(9)))).await;
    assert_eq!(works().await, (0, 0, false, 0), "its time is over");
    change(|user| user.expires_at = Some(at(10))).await;
    assert_eq!(works().await, (1, 1, true, 1));
}

/// Nobody has all workers busy: of the endpoints of one owner a few are held, those that wait the longest first.
pub async fn few_webhooks_of_one_owner_are_held(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut own = Vec::new();
    for seconds in 1..=5 {
        let webhook = Webhook { due_at: Some(at(seconds)), ..webhook(owner) };
        put(storage, &webhook).await;
        own.push(webhook);
    }
    let mut other = stored_webhook(storage).await;
    other.due_at = Some(at(6));
    put(storage, &other).await;
    let claim = async |limit| {
        let mut unit = begin(storage).await;
        let claimed = unit.webhooks().claim(at(10), at(10).plus(Webhook::LEASE), limit).await.unwrap();
        unit.commit().await.unwrap();
        claimed.into_iter().map(|webhook| webhook.id).collect::<Vec<_>>()
    };
    assert_eq!(claim(1).await, [own[0].id]);
    assert_eq!(claim(9).await, [own[1].id, own[2].id, other.id]);
    assert!(!storage.queries.webhooks_due(at(10)).await.unwrap());
    assert!(claim(9).await.is_empty());
    // One is let go, and another has its turn.
    own[1].due_at = None;
    put(storage, &own[1]).await;
    assert!(storage.queries.webhooks_due(at(10)).await.unwrap());
    assert_eq!(claim(9).await, [own[3].id]);
    // Their holds are over.
    let later = at(10).plus(Webhook::LEASE);
    let mut unit = begin(storage).await;
    let claimed = unit.webhooks().claim(later, later.plus(Webhook::LEASE), 9).await.unwrap();
    let claimed: Vec<_> = claimed.into_iter().map(|webhook| webhook.id).collect();
    assert_eq!(claimed, [own[0].id, own[2].id, own[3].id, other.id]);
}

/// However many workers look at once.
pub async fn many_workers_hold_few_webhooks_of_one_owner(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    for _ in 0..Webhook::MOST {
        put(storage, &Webhook { due_at: Some(at(1)), ..webhook(owner) }).await;
    }
    let claims = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let claimed = unit.webhooks().claim(at(10), at(10).plus(Webhook::LEASE), 2).await.unwrap();
        unit.commit().await.unwrap();
        claimed.len()
    })
    .await;
    assert_eq!(claims.iter().sum::<usize>(), Webhook::MOST_HELD);
}

async fn append(storage: &Storage, owner: UserId) -> i64 {
    let mut unit = begin(storage).await;
    let seq = unit.live_events().append(owner, at(5), LiveBody::ReconciliationSuggested).await.unwrap();
    unit.commit().await.unwrap();
    seq
}

/// Enabled ones whose owners have events that became no deliveries yet.
pub async fn webhooks_behind_their_owners_events_are_found(storage: &Storage) {
    let mut webhook = stored_webhook(storage).await;
    webhook.position = 0;
    put(storage, &webhook).await;
    let idle = stored_webhook(storage).await;
    let behind = async || {
        let found = storage.queries.webhooks_behind(at(6), None, 9).await.unwrap();
        found.into_iter().map(|webhook| webhook.id).collect::<Vec<_>>()
    };
    let since = async |seconds| {
        let found = storage.queries.webhooks_behind(at(6), Some(at(seconds)), 9).await.unwrap();
        found.into_iter().map(|webhook| webhook.id).collect::<Vec<_>>()
    };
    assert!(behind().await.is_empty());
    webhook.position = append(storage, webhook.owner).await - 1;
    put(storage, &webhook).await;
    assert_eq!(behind().await, [webhook.id]);
    assert_eq!(since(5).await, [webhook.id]);
    assert!(since(6).await.is_empty(), "nothing happened since");
    assert!(storage.queries.webhooks_behind(at(6), None, 0).await.unwrap().is_empty());
    assert!(storage.queries.webhooks_behind(at(6), Some(at(5)), 0).await.unwrap().is_empty());
    webhook.waiting = Webhook::MOST_WAITING;
    put(storage, &webhook).await;
    assert!(behind().await.is_empty() && since(0).await.is_empty(), "it has no room");
    webhook.waiting -= 1;
    put(storage, &webhook).await;
    assert_eq!((behind().await, since(0).await), (vec![webhook.id], vec![webhook.id]));
    webhook.position += 1;
    put(storage, &webhook).await;
    assert!(behind().await.is_empty() && since(0).await.is_empty(), "it is up to date");
    append(storage, webhook.owner).await;
    assert_eq!(behind().await, [webhook.id]);
    let mut unit = begin(storage).await;
    assert_eq!(unit.retention().remove(Outlived::LiveEvents, at(8 * 86_400), 500).await.unwrap(), 2);
    unit.commit().await.unwrap();
    assert_eq!(behind().await, [webhook.id], "it has to be told that it missed one");
    webhook.disable(DisabledBecause::Owner);
    put(storage, &webhook).await;
    assert!(behind().await.is_empty() && since(0).await.is_empty(), "it is told nothing");
    // Two of one owner are found once each.
    let twice = idle.owner;
    put(storage, &self::webhook(twice)).await;
    append(storage, twice).await;
    append(storage, twice).await;
    assert_eq!((behind().await.len(), since(0).await.len()), (2, 2));
}

/// Of many workers that saw the same events behind the same position, one makes the deliveries.
pub async fn one_of_many_advances_a_webhook(storage: &Storage) {
    let webhook = stored_webhook(storage).await;
    let (id_of, seen) = (webhook.id, webhook.position);
    let advanced = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let mut webhook = unit.webhooks().find(id_of).await.unwrap().unwrap();
        if webhook.position != seen {
            return false;
        }
        webhook.position += 1;
        unit.webhooks().put(&webhook).await.unwrap();
        unit.webhooks().put_deliveries(&[delivery(&webhook, 1)]).await.unwrap();
        unit.commit().await.unwrap();
        true
    })
    .await;
    assert_eq!(winners(&advanced), 1);
    let page = storage.queries.webhook_deliveries(webhook.owner, id_of, None, Limit::default()).await;
    assert_eq!(page.unwrap().items.len(), 1);
}
