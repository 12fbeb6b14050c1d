//! Planned, sent, sent again, and given up.

use super::*;

#[tokio::test]
async fn each_event_that_is_wanted_becomes_one_delivery_and_is_sent_signed() {
    let place = Place::new().await;
    let made = place.make(only(LiveKind::ReconciliationSuggested)).await;
    let all = place.make(LiveKinds::all()).await;
    place.happens(LiveBody::ReconciliationSuggested).await;
    place.happens(LiveBody::WebhookDisabled { webhook: builders::id() }).await;
    assert_eq!(place.plan().await, 2);
    assert_eq!(place.plan().await, 0, "nothing is told twice");
    assert_eq!(place.deliveries(all.webhook.id).await.len(), 2);
    let [delivery] = &place.deliveries(made.webhook.id).await[..] else { panic!("one is wanted") };
    assert_eq!((delivery.state, delivery.tries), (DeliveryState::Pending, 0));

    assert_eq!(place.send().await, 2);
    assert_eq!(place.send().await, 0, "nothing is due");
    let heard = place.endpoint.heard();
    let message = heard.iter().find(|message| message.id == delivery.id).unwrap();
    assert_eq!(message.body, delivery.body);
    assert_eq!(message.timestamp, place.world.clock.now().as_seconds());
    let signed = signatures(&[made.secret], &message.id.to_string(), message.timestamp, &message.body);
    assert_eq!(message.signatures, signed);
    let sent = place.deliveries(made.webhook.id).await.remove(0);
    assert_eq!((sent.state, sent.tries, sent.due_at), (DeliveryState::Delivered, 1, None));
    let outcome = Outcome::Answered { status: 204, body: "said 204".to_owned() };
    assert_eq!(sent.last.unwrap().outcome, outcome);
    assert_eq!(place.webhook(made.webhook.id).await.held_until, None);
}

#[tokio::test]
async fn what_fails_is_sent_again_under_the_same_id_when_its_time_has_come() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    place.happens(LiveBody::ReconciliationSuggested).await;
    place.plan().await;
    place.endpoint.says(answer(500, None));
    place.endpoint.says(Err(WebhookFailure::TimedOut));
    place.endpoint.says(answer(429, Some(3_600)));
    place.send().await;
    let first = place.endpoint.heard().remove(0);
    assert_eq!(place.webhook(id).await.failing_since, Some(place.world.clock.now()));
    assert_eq!(place.send().await, 0, "it is not due yet");
    place.later(TimeDelta::seconds(6));
    assert_eq!(place.send().await, 1);
    let second = place.endpoint.heard().remove(0);
    assert_eq!((second.id, &second.body), (first.id, &first.body));
    assert_ne!(second.signatures, first.signatures, "the time of the try is signed");
    let failed = place.deliveries(id).await.remove(0);
    assert_eq!((failed.state, failed.tries), (DeliveryState::Pending, 2));
    assert_eq!(failed.last.unwrap().outcome, Outcome::Failed(WebhookFailure::TimedOut));
    place.later(TimeDelta::minutes(6));
    place.send().await;
    place.later(TimeDelta::minutes(36));
    assert_eq!(place.send().await, 0, "an hour was asked for");
    place.later(TimeDelta::minutes(25));
    assert_eq!(place.send().await, 1);
    assert_eq!(place.webhook(id).await.failing_since, None, "it was taken");
    let taken = place.deliveries(id).await.remove(0);
    assert_eq!((taken.state, taken.tries), (DeliveryState::Delivered, 4));

    let request = RedeliverWebhook { webhook: id, delivery: taken.id };
    place.dashtam.webhooks().redeliver(&place.call(), request).await.unwrap();
    place.endpoint.heard();
    assert_eq!(place.send().await, 1);
    assert_eq!(place.endpoint.heard().remove(0).id, first.id);
    let other = RedeliverWebhook { webhook: id, delivery: WebhookDeliveryId(builders::id()) };
    let refused = place.dashtam.webhooks().redeliver(&place.call(), other).await;
    assert_refused!(refused, WebhooksError::NoDelivery);
}

/// The owner gives a new address while the old one is being asked.
#[tokio::test]
async fn how_an_address_answers_says_nothing_of_the_next_one() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    place.dashtam.webhooks().test(&place.call(), TestWebhook { webhook: id }, unkept).await.unwrap();
    place.endpoint.says(answer(500, None));
    place.send().await;
    assert!(place.webhook(id).await.failing_since.is_some());
    place.later(TimeDelta::minutes(1));
    let claimed = place.dashtam.webhooks().claim(&place.system(), ClaimWebhooks { most: 9 }).await.unwrap();
    let change = UpdateWebhook { url: Some(url("https://hooks.example/new")), ..nothing_of(id) };
    place.dashtam.webhooks().update(&place.call(), change).await.unwrap();
    assert_eq!(place.webhook(id).await.failing_since, None);
    place.endpoint.says(answer(410, None));
    for webhook in claimed {
        place.dashtam.webhooks().deliver(&place.system(), DeliverToWebhook { webhook }).await.unwrap();
    }
    assert_eq!(place.webhook(id).await.disabled, None, "that was the old one");
    place.send().await;
    let deliveries = place.deliveries(id).await;
    assert_eq!(deliveries[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn who_is_gone_is_switched_off_and_the_owner_hears_of_it() {
    let place = Place::new().await;
    let (gone, other) = (place.make(LiveKinds::all()).await, place.make(LiveKinds::all()).await);
    let id = gone.webhook.id;
    let test = TestWebhook { webhook: id };
    place.dashtam.webhooks().test(&place.call(), test, unkept).await.unwrap();
    place.endpoint.says(answer(410, None));
    place.send().await;
    let webhook = place.webhook(id).await;
    assert_eq!(webhook.disabled, Some(DisabledBecause::Gone));
    assert_eq!((webhook.due_at, webhook.held_until), (None, None));
    assert_eq!(place.deliveries(id).await[0].state, DeliveryState::Failed);
    assert!(place.actions().await.contains(&AuditAction::WebhookDisabled));

    place.dashtam.delivery().dispatch(&place.system(), Dispatch).await.unwrap();
    let mail = place.world.mailer.sent().pop().unwrap();
    let MailContent::WebhookDisabled { host, because, manage } = mail.content else { panic!("another mail") };
    assert_eq!((host.as_str(), because), ("hooks.example", DisabledBecause::Gone));
    assert_eq!(manage.as_str(), format!("https://dashtam.example/app/settings/webhooks/{id}"));
    assert_eq!(place.plan().await, 1, "only the other one is told");
    let [told] = &place.deliveries(other.webhook.id).await[..] else { panic!("one event") };
    assert!(told.body.contains("webhook.disabled") && told.body.contains(&id.to_string()));

    let (webhooks, call) = (place.dashtam.webhooks(), place.call());
    assert_refused!(webhooks.test(&call, TestWebhook { webhook: id }, unkept).await, WebhooksError::Disabled);
    let request = RedeliverWebhook { webhook: id, delivery: place.deliveries(id).await[0].id };
    assert_refused!(webhooks.redeliver(&call, request).await, WebhooksError::Disabled);
    let on = UpdateWebhook { enabled: Some(true), ..nothing_of(id) };
    let webhook = webhooks.update(&call, on).await.unwrap();
    assert_eq!(webhook.disabled, None);
    assert_eq!(place.plan().await, 0, "it is told what happens from then on");
}

#[tokio::test]
async fn five_days_of_failures_alone_switch_it_off_and_drop_what_waits() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    let fails = async || {
        place.endpoint.says(Err(WebhookFailure::Unreachable));
        place.happens(LiveBody::ReconciliationSuggested).await;
        place.plan().await;
        // Those before may be due again, and fail as well.
        for _ in 0..9 {
            place.endpoint.says(Err(WebhookFailure::Unreachable));
        }
        place.send().await;
        place.endpoint.says.lock().unwrap().clear();
    };
    fails().await;
    place.later(TimeDelta::hours(119));
    fails().await;
    assert_eq!(place.webhook(id).await.disabled, None);
    place.later(TimeDelta::hours(1));
    fails().await;
    assert_eq!(place.webhook(id).await.disabled, Some(DisabledBecause::Failing));
    let states: Vec<_> = place.deliveries(id).await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [DeliveryState::Dropped; 3]);
}

#[tokio::test]
async fn who_lost_the_hold_stores_nothing_and_the_next_one_sends_the_same() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    let webhooks = place.dashtam.webhooks();
    webhooks.test(&place.call(), TestWebhook { webhook: id }, unkept).await.unwrap();
    let slow = webhooks.claim(&place.system(), ClaimWebhooks { most: 9 }).await.unwrap().remove(0);
    let none = webhooks.claim(&place.system(), ClaimWebhooks { most: 9 }).await.unwrap();
    assert!(none.is_empty(), "it is held");
    place.later(Webhook::LEASE);
    let next = webhooks.claim(&place.system(), ClaimWebhooks { most: 9 }).await.unwrap().remove(0);
    webhooks.deliver(&place.system(), DeliverToWebhook { webhook: slow }).await.unwrap();
    assert_eq!(place.deliveries(id).await[0].state, DeliveryState::Pending, "the hold was over");
    webhooks.deliver(&place.system(), DeliverToWebhook { webhook: next }).await.unwrap();
    assert_eq!(place.deliveries(id).await[0].state, DeliveryState::Delivered);
    let ids: Vec<_> = place.endpoint.heard().into_iter().map(|message| message.id).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn what_is_switched_off_drops_what_waits_and_what_is_under_way() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    let webhooks = place.dashtam.webhooks();
    webhooks.test(&place.call(), TestWebhook { webhook: id }, unkept).await.unwrap();
    let claimed = webhooks.claim(&place.system(), ClaimWebhooks { most: 9 }).await.unwrap().remove(0);
    let off = UpdateWebhook { enabled: Some(false), ..nothing_of(id) };
    webhooks.update(&place.call(), off).await.unwrap();
    webhooks.deliver(&place.system(), DeliverToWebhook { webhook: claimed }).await.unwrap();
    assert_eq!(place.deliveries(id).await[0].state, DeliveryState::Dropped);
    place.happens(LiveBody::ReconciliationSuggested).await;
    assert_eq!((place.plan().await, place.send().await), (0, 0));
    assert_eq!(place.webhook(id).await.disabled, Some(DisabledBecause::Owner));
}

/// The events are removed before anybody makes deliveries of them.
#[tokio::test]
async fn who_missed_events_is_told_to_look_at_everything_anew() {
    let place = Place::new().await;
    let id = place.make(only(LiveKind::SyncFailed)).await.webhook.id;
    let position = place.webhook(id).await.position;
    for _ in 0..3 {
        place.happens(LiveBody::ReconciliationSuggested).await;
    }
    place.later(LIVE_EVENTS_KEPT + TimeDelta::seconds(1));
    let mut unit = place.storage.store.begin().await.unwrap();
    let now = place.world.clock.now();
    assert_eq!(unit.retention().remove(Outlived::LiveEvents, now, 500).await.unwrap(), 3);
    unit.commit().await.unwrap();
    assert_eq!(place.plan_overlooked().await, 1);
    let [told] = &place.deliveries(id).await[..] else { panic!("one message for all of them") };
    assert_eq!((told.event, told.seq), (ToldEvent::Resync, Some(position + 3)));
    assert_eq!(place.webhook(id).await.position, position + 3);
    assert_eq!(place.plan_overlooked().await, 0, "it is told once");

    place.happens(LiveBody::ReconciliationSuggested).await;
    place.plan().await;
    assert_eq!(place.deliveries(id).await.len(), 1, "from here on nothing is missing");
    assert_eq!(place.send().await, 1);
    assert!(place.endpoint.heard()[0].body.contains("resync"));
}

#[tokio::test]
async fn who_sends_is_woken_when_there_is_something_to_send() {
    let place = Place::new().await;
    let (told, other) = (place.make(LiveKinds::all()).await, place.make(only(LiveKind::SyncFailed)).await);
    let rings = || place.world.signal.rings();
    let before = rings();
    assert_eq!((place.plan().await, rings()), (0, before), "nothing happened");
    place.happens(LiveBody::ReconciliationSuggested).await;
    assert_eq!(
        (place.plan().await, rings()),
        (2, before + 1),
        "both have come further, one has something to send"
    );
    let position = place.webhook(told.webhook.id).await.position;
    assert_eq!(place.webhook(other.webhook.id).await.position, position);
    let off = UpdateWebhook { enabled: Some(false), ..nothing_of(told.webhook.id) };
    place.dashtam.webhooks().update(&place.call(), off).await.unwrap();
    place.happens(LiveBody::ReconciliationSuggested).await;
    assert_eq!((place.plan().await, rings()), (1, before + 1), "nobody wants it");
}

/// No planner runs for an hour.
#[tokio::test]
async fn what_was_overlooked_is_planned_by_a_look_at_every_webhook() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    place.happens(LiveBody::ReconciliationSuggested).await;
    place.later(TimeDelta::hours(1));
    assert_eq!(place.plan().await, 0, "only what happened of late is looked at");
    assert_eq!(place.plan_overlooked().await, 1);
    assert_eq!(place.deliveries(id).await.len(), 1);
}

#[tokio::test]
async fn events_wait_for_room_and_none_is_lost() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    let waits = async |waiting: u32| {
        let mut unit = place.storage.store.begin().await.unwrap();
        let mut webhook = unit.webhooks().find(id).await.unwrap().unwrap();
        webhook.waiting = waiting;
        unit.webhooks().put(&webhook).await.unwrap();
        unit.commit().await.unwrap();
    };
    waits(Webhook::MOST_WAITING - 2).await;
    for _ in 0..5 {
        place.happens(LiveBody::ReconciliationSuggested).await;
    }
    assert_eq!((place.plan().await, place.plan().await), (1, 0), "there is room for two");
    assert_eq!(place.deliveries(id).await.len(), 2);
    let (webhooks, call) = (place.dashtam.webhooks(), place.call());
    assert_refused!(webhooks.test(&call, TestWebhook { webhook: id }, unkept).await, WebhooksError::Full);
    let delivery = place.deliveries(id).await[0].id;
    let again = || RedeliverWebhook { webhook: id, delivery };
    webhooks.redeliver(&call, again()).await.expect("it waits already");
    place.send().await;
    assert_eq!(place.webhook(id).await.waiting, 0, "nothing waits, whatever was counted");

    waits(Webhook::MOST_WAITING).await;
    assert_refused!(webhooks.redeliver(&call, again()).await, WebhooksError::Full);
    assert_eq!(place.plan_overlooked().await, 0);
    waits(0).await;
    assert_eq!(place.plan().await, 1);
    assert_eq!(place.webhook(id).await.waiting, 3);
    webhooks.redeliver(&call, again()).await.unwrap();
    assert_eq!(place.webhook(id).await.waiting, 4);
    place.endpoint.says(answer(500, None));
    place.send().await;
    assert_eq!(place.webhook(id).await.waiting, 1, "one is tried again");
    let seqs: Vec<_> = place.deliveries(id).await.into_iter().map(|one| one.seq.unwrap()).collect();
    assert!(seqs.len() == 5 && seqs.is_sorted_by(|one, next| one + 1 == *next), "each once: {seqs:?}");
}

#[tokio::test]
async fn the_newest_thousand_that_are_over_are_kept() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    let mut unit = place.storage.store.begin().await.unwrap();
    let mut webhook = unit.webhooks().find(id).await.unwrap().unwrap();
    let many: Vec<WebhookDelivery> = (0..WEBHOOK_DELIVERIES_MOST)
        .map(|_| {
            let number = WebhookDeliveryId(builders::id());
            let mut one = WebhookDelivery::test(number, id, webhook.owner, place.world.clock.now());
            one.state = DeliveryState::Delivered;
            one.due_at = None;
            one
        })
        .collect();
    let waits =
        WebhookDelivery::test(WebhookDeliveryId(builders::id()), id, webhook.owner, place.world.clock.now());
    webhook.queue(1, place.world.clock.now());
    unit.webhooks().put_deliveries(&many).await.unwrap();
    unit.webhooks().put_deliveries(std::slice::from_ref(&waits)).await.unwrap();
    unit.webhooks().put(&webhook).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(place.send().await, 1);
    let mut unit = place.storage.store.begin().await.unwrap();
    assert_eq!(unit.webhooks().delivery(id, many[0].id).await.unwrap(), None, "the oldest is gone");
    for kept in [many[1].id, waits.id] {
        assert!(unit.webhooks().delivery(id, kept).await.unwrap().is_some());
    }
}
