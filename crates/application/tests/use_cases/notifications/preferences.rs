//! What is wanted.

use dashtam_application::notifications::{GetNotifications, NotificationsError};
use dashtam_domain::{
    delivery::notification::{NotificationPreferences, NotificationProblem, NotificationSettings},
    id::AccountId,
    ledger::LedgerClock,
};

use super::*;
use crate::world::assert_refused;

#[tokio::test]
async fn nothing_is_wanted_until_somebody_says_so() {
    let place = Place::new().await;
    let get = async || place.dashtam.notifications().get(&place.call(), GetNotifications).await.unwrap();
    assert_eq!(get().await, NotificationPreferences::default());
    place.add("Shop", place.today(), "-5000").await;
    assert_eq!(place.tell().await, 0, "nobody is looked at");

    let switches = NotificationSwitches { connections: true, ..NotificationSwitches::default() };
    let wanted = SetNotifications { switches, ..low(&place.account, "100") };
    place.want(wanted).await;
    let got = get().await;
    assert_eq!((got.switches(), got.low().len(), got.large().len()), (switches, 1, 0));
    place.want(nothing()).await;
    assert_eq!(get().await, NotificationPreferences::default());
    place.balance("1").await;
    assert_eq!(place.tell().await, 0, "nobody is looked at any more");
}

#[tokio::test]
async fn what_cannot_be_wanted_changes_nothing() {
    let place = Place::new().await;
    place.want(large("100")).await;
    let before = place.storage.queries.notification_settings(place.world.owner).await.unwrap();
    let nobodys = Account { id: AccountId(builders::id()), ..place.account.clone() };
    for (wanted, problem) in [
        (low(&nobodys, "1"), NotificationProblem::UnknownAccount(0)),
        (large("0"), NotificationProblem::NotPositive(0)),
    ] {
        let refused = place.dashtam.notifications().set(&place.call(), wanted).await;
        assert_refused!(refused, NotificationsError::Preferences(of) if of == problem);
    }
    assert_eq!(place.storage.queries.notification_settings(place.world.owner).await.unwrap(), before);
}

#[tokio::test]
async fn accounts_that_are_gone_are_not_shown() {
    let place = Place::new().await;
    let gone = builders::id();
    let low = vec![LowBelow { account: AccountId(gone), amount: decimal("1") }];
    let wanted = NotificationPreferences::new(NotificationSwitches::default(), Vec::new(), low).unwrap();
    let settings = NotificationSettings::new(place.world.owner, wanted, 0, place.world.now);
    let mut unit = place.storage.store.begin().await.unwrap();
    unit.notifications().put(&settings).await.unwrap();
    unit.commit().await.unwrap();
    let shown = place.dashtam.notifications().get(&place.call(), GetNotifications).await.unwrap();
    assert_eq!(shown, NotificationPreferences::default());
    place.happens().await;
    assert_eq!(place.told().await.len(), 0, "nor told of");
}

/// The settings are held from the look at them until they are written.
#[tokio::test]
async fn settings_are_written_in_one_unit() {
    let mut world = World::new();
    world.queries.ledger.expect_clock().times(1).returning(|_| Ok(LedgerClock { seq: 41, epoch: 0 }));
    let owner = world.owner;
    let unit = world.unit(|unit| {
        unit.notifications.expect_find().times(1).returning(|_| Ok(None));
        unit.notifications
            .expect_put()
            .withf(move |settings| settings.owner == owner && settings.place.seq == 41)
            .times(1)
            .returning(|_| Ok(()));
    });
    let call = world.call();
    world.build().notifications().set(&call, large("10")).await.unwrap();
    assert!(unit.is_committed());
}
