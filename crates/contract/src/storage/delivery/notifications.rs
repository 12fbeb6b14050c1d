//! What people want to hear of, and what they were told.

use dashtam_domain::{
    delivery::notification::{
        LargeFrom, LowBelow, Notification, NotificationKey, NotificationKind, NotificationPlace,
        NotificationPreferences, NotificationSettings, NotificationSwitches, REST, TOLD_KEPT,
    },
    event::DomainEvent,
    id::{AccountId, ConnectionId, TransactionId, UserId},
    live::LiveBody,
    money::Currency,
    retention::Outlived,
    store::Storage,
};

use crate::{
    builders::{self, at, decimal, id},
    storage::{
        begin,
        races::{race, winners},
        stored_user,
    },
};

/// Somebody who wants to hear of several things.
fn settings(owner: UserId) -> NotificationSettings {
    let switches = NotificationSwitches { sync_failing: true, ..NotificationSwitches::default() };
    let large = vec![
        LargeFrom { currency: Currency::USD, amount: decimal("1000.50") },
        LargeFrom { currency: Currency::EUR, amount: decimal("1") },
    ];
    let low = vec![LowBelow { account: AccountId(id()), amount: decimal("-12.30") }];
    let preferences = NotificationPreferences::new(switches, large, low).unwrap();
    NotificationSettings::new(owner, preferences, 0, at(1))
}

async fn put(storage: &Storage, settings: &NotificationSettings) {
    let mut unit = begin(storage).await;
    unit.notifications().put(settings).await.unwrap();
    unit.commit().await.unwrap();
}

async fn find(storage: &Storage, owner: UserId) -> Option<NotificationSettings> {
    let mut unit = begin(storage).await;
    let found = unit.notifications().find(owner).await.unwrap();
    unit.roll_back().await;
    assert_eq!(storage.queries.notification_settings(owner).await.unwrap(), found);
    found
}

fn key(kind: NotificationKind, subject: &str) -> NotificationKey {
    NotificationKey { kind, subject: subject.to_owned() }
}

/// Which of these are new; they are told from then on.
async fn tell(storage: &Storage, owner: UserId, keys: &[NotificationKey], second: i64) -> Vec<String> {
    let mut unit = begin(storage).await;
    let new = unit.notifications().note_told(owner, keys, at(second)).await.unwrap();
    unit.commit().await.unwrap();
    let mut new: Vec<String> =
        new.iter().map(|key| format!("{} {}", key.kind.as_str(), key.subject)).collect();
    new.sort_unstable();
    new
}

/// Whole, of whoever owns them, with a revision that the store counts.
pub async fn settings_of_notifications_come_back_as_stored(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    assert_eq!(find(storage, owner).await, None);
    let mut wanted = settings(owner);
    put(storage, &NotificationSettings { revision: 7, ..wanted.clone() }).await;
    assert_eq!(find(storage, owner).await, Some(wanted.clone()));
    wanted.place = NotificationPlace { seq: 12, transaction: Some(TransactionId(id())) };
    wanted.weekly_due_at = Some(at(50));
    wanted.rest_until = Some(at(60));
    wanted.since = at(2);
    wanted.updated_at = at(3);
    put(storage, &wanted).await;
    wanted.revision = 1;
    assert_eq!(find(storage, owner).await, Some(wanted.clone()));
    wanted.preferences = NotificationPreferences::default();
    (wanted.weekly_due_at, wanted.rest_until) = (None, None);
    put(storage, &wanted).await;
    wanted.revision = 2;
    assert_eq!(find(storage, owner).await, Some(wanted));
    assert_eq!(find(storage, other).await, None);
}

/// The same of one owner is new once, and what passes is forgotten after a while.
pub async fn what_was_told_is_told_once(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (large, price) = (NotificationKind::LargeTransaction, NotificationKind::PriceRaised);
    assert_eq!(tell(storage, owner, &[], 1).await, [""; 0]);
    let first = [key(large, "a"), key(price, "a"), key(NotificationKind::Connection, "a")];
    assert_eq!(
        tell(storage, owner, &first, 1).await,
        ["connection a", "large_transaction a", "price_raised a"]
    );
    assert_eq!(tell(storage, owner, &[key(large, "b"), key(large, "a")], 2).await, ["large_transaction b"]);
    assert_eq!(tell(storage, other, &[key(large, "a")], 2).await, ["large_transaction a"]);
    let mut unit = begin(storage).await;
    let end = at(2).plus(TOLD_KEPT);
    let gone = unit.retention().remove(Outlived::ToldNotifications, end, 500).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(gone, 2, "neither what is not old nor what lasts");
    let again = [key(large, "a"), key(large, "b"), key(price, "a"), key(NotificationKind::Connection, "a")];
    assert_eq!(tell(storage, owner, &again, 3).await, ["large_transaction a", "price_raised a"]);
    assert_eq!(tell(storage, other, &again[..1], 3).await, [""; 0], "not so old");
    // Many at once, some of them twice.
    let many: Vec<_> = (0..900).map(|number| key(price, &(number % 800).to_string())).collect();
    assert_eq!(tell(storage, owner, &many, 4).await.len(), 800);
}

/// What stands no more is forgotten, of one sort.
pub async fn what_lasts_is_told_again_after_it_was_over(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (low, failing) = (NotificationKind::LowBalance, NotificationKind::SyncFailing);
    let all = [key(low, "a"), key(low, "b"), key(failing, "a")];
    for owner in [owner, other] {
        assert_eq!(tell(storage, owner, &all, 1).await.len(), 3);
    }
    let mut unit = begin(storage).await;
    unit.notifications().keep_told(owner, low, &["b".to_owned()]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(tell(storage, owner, &all, 2).await, ["low_balance a"]);
    let mut unit = begin(storage).await;
    unit.notifications().keep_told(owner, failing, &[]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(tell(storage, owner, &all, 3).await, ["sync_failing a"]);
    assert_eq!(tell(storage, other, &all, 3).await, [""; 0]);
}

async fn behind(storage: &Storage, second: i64) -> Vec<UserId> {
    let found = storage.queries.notifications_behind(at(second), 100).await.unwrap();
    found.into_iter().map(|settings| settings.owner).collect()
}

/// Whoever wants something, may use the account and does not rest, once something happened.
pub async fn who_is_behind_is_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut wanted = settings(owner);
    put(storage, &wanted).await;
    assert_eq!(behind(storage, 10).await, [], "nothing happened");
    let mut unit = begin(storage).await;
    let seq = unit.live_events().append(owner, at(1), LiveBody::ReconciliationSuggested).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(behind(storage, 10).await, [owner]);
    wanted.rest_until = Some(at(20));
    put(storage, &wanted).await;
    assert_eq!(behind(storage, 19).await, []);
    assert_eq!(behind(storage, 20).await, [owner]);
    wanted.rest_until = Some(at(20).plus(REST).plus(REST));
    put(storage, &wanted).await;
    assert_eq!(behind(storage, 20).await, [owner], "a clock was ahead");
    wanted.rest_until = None;
    wanted.place = NotificationPlace::after(seq);
    wanted.weekly_due_at = Some(at(30));
    put(storage, &wanted).await;
    assert_eq!(behind(storage, 29).await, []);
    assert_eq!(behind(storage, 30).await, [owner]);
    wanted.place.transaction = Some(TransactionId(id()));
    put(storage, &wanted).await;
    assert_eq!(behind(storage, 29).await, [owner], "not all of that number was looked at");
    assert_eq!(storage.queries.notifications_behind(at(29), 0).await.unwrap(), []);
    wanted.preferences = NotificationPreferences::default();
    put(storage, &wanted).await;
    assert_eq!(behind(storage, 30).await, [], "nothing is wanted");
    put(storage, &settings(owner)).await;
    assert_eq!(behind(storage, 10).await, [owner]);
    let mut unit = begin(storage).await;
    let mut user = storage.queries.user(owner).await.unwrap().unwrap();
    user.is_active = false;
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(behind(storage, 10).await, [], "the account is switched off");
}

/// Settings and what was told go with the account.
pub async fn nothing_of_notifications_outlives_its_owner(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    put(storage, &settings(owner)).await;
    tell(storage, owner, &[key(NotificationKind::LowBalance, "a")], 1).await;
    let mut unit = begin(storage).await;
    let mut user = storage.queries.user(owner).await.unwrap().unwrap();
    user.is_active = false;
    user.deletion_due_at = Some(at(5));
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert!(unit.erasure().erase_user(owner, at(6)).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(find(storage, owner).await, None);
}

/// Thirty workers that found the same settings: one tells, and its mail waits once.
pub async fn one_of_many_tells_somebody(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    put(storage, &settings(owner)).await;
    let seen = find(storage, owner).await.unwrap();
    let told =
        Notification::SyncFailing { connection: ConnectionId(id()), alias: "Mine".to_owned(), since: at(1) };
    let told = race(storage, move |storage, _| {
        let (seen, told) = (seen.clone(), told.clone());
        async move {
            let mut unit = begin(&storage).await;
            let held = unit.notifications().find(owner).await.unwrap().unwrap();
            if held.revision != seen.revision {
                return false;
            }
            let new = unit.notifications().note_told(owner, &[told.key()], at(2)).await.unwrap();
            assert_eq!(new, [told.key()]);
            unit.notifications().put(&seen).await.unwrap();
            let event = DomainEvent::NotificationsDue { user: owner, notifications: vec![told], more: 0 };
            unit.outbox().push(builders::outbox_id(), event, at(2)).await.unwrap();
            unit.commit().await.unwrap();
            true
        }
    })
    .await;
    assert_eq!(winners(&told), 1);
    let mut unit = begin(storage).await;
    let mails = unit.outbox().claim(at(3), at(4), 100).await.unwrap();
    assert_eq!(mails.iter().filter(|item| item.event.user() == owner).count(), 1);
}
