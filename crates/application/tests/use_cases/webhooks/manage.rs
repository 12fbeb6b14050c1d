//! Made, changed, signed by two secrets for a day, and without one.

use super::*;

#[tokio::test]
async fn a_webhook_is_made_changed_and_removed() {
    let place = Place::new().await;
    let (webhooks, call) = (place.dashtam.webhooks(), place.call());
    place.happens(LiveBody::ReconciliationSuggested).await;
    let made = place.make(only(LiveKind::SyncFailed)).await;
    assert!(made.webhook.position > 0, "what happened before is not told");
    assert!(made.secret.text().expose().starts_with("whsec_"));
    let sealed = made.webhook.secret.clone().unwrap();
    assert!(!sealed.as_str().contains(made.secret.text().expose()));

    let change = UpdateWebhook {
        url: Some(url("https://hooks.example/other")),
        description: Some(Some("Books".parse().unwrap())),
        kinds: Some(LiveKinds::all()),
        ..nothing_of(made.webhook.id)
    };
    let changed = webhooks.update(&call, change).await.unwrap();
    assert_eq!(changed.url.as_str(), "https://hooks.example/other");
    assert!(changed.wants(LiveKind::SessionEnded));
    assert_eq!(webhooks.update(&call, nothing_of(made.webhook.id)).await.unwrap(), changed);
    assert_eq!(webhooks.list(&call, ListWebhooks).await.unwrap().pop(), Some(changed.clone()));

    let elsewhere = url("https://10.0.0.1/");
    let wanted = CreateWebhook { url: elsewhere.clone(), description: None, kinds: LiveKinds::all() };
    let refused = webhooks.create(&call, wanted, unkept).await;
    assert_refused!(refused, WebhooksError::AddressNotAllowed);
    let change = UpdateWebhook { url: Some(elsewhere), ..nothing_of(made.webhook.id) };
    assert_refused!(webhooks.update(&call, change).await, WebhooksError::AddressNotAllowed);
    let other = WebhookId(builders::id());
    assert_refused!(webhooks.update(&call, nothing_of(other)).await, WebhooksError::NotFound);
    assert_refused!(webhooks.get(&call, GetWebhook { webhook: other }).await, WebhooksError::NotFound);

    let gone = webhooks.delete(&call, DeleteWebhook { webhook: made.webhook.id }).await.unwrap();
    assert_eq!(gone, changed);
    let again = webhooks.delete(&call, DeleteWebhook { webhook: made.webhook.id }).await;
    assert_refused!(again, WebhooksError::NotFound);
    let expected = [AuditAction::WebhookCreated, AuditAction::WebhookUpdated, AuditAction::WebhookRemoved];
    assert_eq!(place.actions().await, expected);
}

#[tokio::test]
async fn there_are_ten_and_somebody_elses_are_none_of_ones_own() {
    let place = Place::new().await;
    for _ in 0..Webhook::MOST {
        place.make(LiveKinds::all()).await;
    }
    let wanted =
        CreateWebhook { url: url("https://hooks.example/"), description: None, kinds: LiveKinds::all() };
    let refused = place.dashtam.webhooks().create(&place.call(), wanted, unkept).await;
    assert_refused!(refused, WebhooksError::TooMany);
    let id = place.dashtam.webhooks().list(&place.call(), ListWebhooks).await.unwrap()[0].id;
    let eve = Call::user(UserId(builders::id()), place.world.session, place.world.now);
    let webhooks = place.dashtam.webhooks();
    assert_refused!(webhooks.get(&eve, GetWebhook { webhook: id }).await, WebhooksError::NotFound);
    assert_refused!(webhooks.test(&eve, TestWebhook { webhook: id }, unkept).await, WebhooksError::NotFound);
    assert_refused!(
        webhooks.rotate_secret(&eve, RotateWebhookSecret { webhook: id }, unkept).await,
        WebhooksError::NotFound
    );
    let request = ListWebhookDeliveries { webhook: id, after: None, limit: Limit::default() };
    assert_refused!(webhooks.deliveries(&eve, request).await, WebhooksError::NotFound);
}

#[tokio::test]
async fn two_secrets_sign_for_a_day() {
    let place = Place::new().await;
    let made = place.make(LiveKinds::all()).await;
    let id = made.webhook.id;
    let webhooks = place.dashtam.webhooks();
    let request = RotateWebhookSecret { webhook: id };
    let rotated = webhooks.rotate_secret(&place.call(), request, unkept).await.unwrap();
    assert_ne!(rotated.secret.text().expose(), made.secret.text().expose());
    let signed = async |secrets: &[WebhookSecret]| {
        webhooks.test(&place.call(), TestWebhook { webhook: id }, unkept).await.unwrap();
        place.send().await;
        let message = place.endpoint.heard().remove(0);
        let expected = signatures(secrets, &message.id.to_string(), message.timestamp, &message.body);
        assert_eq!(message.signatures, expected);
    };
    signed(&[rotated.secret.clone(), made.secret.clone()]).await;
    place.later(Webhook::PREVIOUS_SECRET);
    signed(std::slice::from_ref(&rotated.secret)).await;
    assert!(place.actions().await.contains(&AuditAction::WebhookSecretRotated));
}

#[tokio::test]
async fn a_webhook_whose_secret_is_lost_waits_for_another() {
    let place = Place::new().await;
    let (sent, forgotten) = (place.make(LiveKinds::all()).await, place.make(LiveKinds::all()).await);
    let ids = [sent.webhook.id, forgotten.webhook.id];
    for id in ids {
        let mut unit = place.storage.store.begin().await.unwrap();
        let mut webhook = unit.webhooks().find(id).await.unwrap().unwrap();
        webhook.secret = Some(Sealed::new("under a key that is gone"));
        unit.webhooks().put(&webhook).await.unwrap();
        unit.commit().await.unwrap();
    }
    let (webhooks, call) = (place.dashtam.webhooks(), place.call());
    webhooks.test(&call, TestWebhook { webhook: ids[0] }, unkept).await.unwrap();
    place.send().await;
    assert!(place.endpoint.heard().is_empty(), "nothing unsigned leaves");
    assert_eq!(place.webhook(ids[0]).await.disabled, Some(DisabledBecause::SecretLost));

    let keys = Keys::new(&place.storage, dashtam_local::sources(), Arc::new(XorCipher));
    let request = ForgetLost { field: SealedField::WebhookSecret, after: None, limit: Limit::default() };
    assert_eq!(keys.forget_lost(&place.system(), request).await.unwrap().forgotten, 2);
    let lost = place.webhook(ids[1]).await;
    assert_eq!((lost.secret.clone(), lost.disabled), (None, Some(DisabledBecause::SecretLost)));
    let on = |webhook| UpdateWebhook { enabled: Some(true), ..nothing_of(webhook) };
    assert_refused!(webhooks.update(&call, on(ids[1])).await, WebhooksError::SecretLost);
    let request = RotateWebhookSecret { webhook: ids[1] };
    let rotated = webhooks.rotate_secret(&call, request, unkept).await.unwrap();
    assert_eq!(rotated.webhook.previous, None, "there was none to sign by");
    assert_eq!(webhooks.update(&call, on(ids[1])).await.unwrap().disabled, None);
}

#[tokio::test]
async fn a_program_that_sends_none_makes_none() {
    let mut place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    place.happens(LiveBody::ReconciliationSuggested).await;
    place.world.webhooks = None;
    place.dashtam = place.world.build_on(place.storage.clone());
    let wanted =
        CreateWebhook { url: url("https://hooks.example/"), description: None, kinds: LiveKinds::all() };
    let refused = place.dashtam.webhooks().create(&place.call(), wanted, unkept).await;
    assert_refused!(refused, WebhooksError::SwitchedOff);
    assert_eq!((place.plan().await, place.send().await), (0, 0));
    assert_eq!(place.webhook(id).await.id, id, "those there are can be seen");
}

/// Who got at the account may have made it.
#[tokio::test]
async fn the_owner_is_told_by_mail_where_messages_go() {
    let place = Place::new().await;
    let mails = async || {
        while place.dashtam.delivery().dispatch(&place.system(), Dispatch).await.unwrap() > 0 {}
        let hosts = place.world.mailer.sent().into_iter().filter_map(|mail| match mail.content {
            MailContent::WebhookAddressed { host, manage, .. } => Some((host, manage.to_string())),
            _ => None,
        });
        hosts.collect::<Vec<_>>()
    };
    let id = place.make(LiveKinds::all()).await.webhook.id;
    let made = ("hooks.example".to_owned(), format!("https://dashtam.example/app/settings/webhooks/{id}"));
    assert_eq!(mails().await, std::slice::from_ref(&made));
    let (webhooks, call) = (place.dashtam.webhooks(), place.call());
    let kinds = UpdateWebhook { kinds: Some(only(LiveKind::SyncFailed)), ..nothing_of(id) };
    webhooks.update(&call, kinds).await.unwrap();
    assert_eq!(mails().await.len(), 1, "it is where it was");
    let moved = UpdateWebhook { url: Some(url("https://hooks.example/new")), ..nothing_of(id) };
    webhooks.update(&call, moved).await.unwrap();
    assert_eq!(mails().await, [made.clone(), made]);
}

/// As API keys end, but to be switched on again.
#[tokio::test]
async fn whatever_ends_the_api_keys_of_an_account_switches_its_webhooks_off() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    place.happens(LiveBody::ReconciliationSuggested).await;
    place.plan().await;
    let rotate = RotateUser { user: place.world.owner, reason: "they leaked".to_owned() };
    place.dashtam.token_rotation().user(&place.call(), rotate).await.unwrap();
    let webhook = place.webhook(id).await;
    assert_eq!((webhook.disabled, webhook.waiting), (Some(DisabledBecause::SignedOut), 0));
    assert_eq!(place.deliveries(id).await[0].state, DeliveryState::Dropped);
    assert_eq!(place.send().await, 0);
    assert!(place.actions().await.contains(&AuditAction::WebhookDisabled));
    let on = UpdateWebhook { enabled: Some(true), ..nothing_of(id) };
    assert_eq!(place.dashtam.webhooks().update(&place.call(), on).await.unwrap().disabled, None);
}

#[tokio::test]
async fn a_suspended_account_has_nothing_sent_until_it_goes_on() {
    let place = Place::new().await;
    let id = place.make(LiveKinds::all()).await.webhook.id;
    let switch = async |is_active: bool| {
        let mut unit = place.storage.store.begin().await.unwrap();
        let mut user = unit.users().find(place.world.owner).await.unwrap().unwrap();
        user.is_active = is_active;
        unit.users().update(&mut user).await.unwrap();
        unit.commit().await.unwrap();
    };
    place.happens(LiveBody::ReconciliationSuggested).await;
    place.plan().await;
    place.happens(LiveBody::ReconciliationSuggested).await;
    switch(false).await;
    assert_eq!((place.plan().await, place.plan_overlooked().await, place.send().await), (0, 0, 0));
    switch(true).await;
    assert_eq!((place.plan().await, place.send().await), (1, 1));
    assert_eq!(place.endpoint.heard().len(), 2, "nothing is lost");
    assert_eq!(place.webhook(id).await.disabled, None);
}
