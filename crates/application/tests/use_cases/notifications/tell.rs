//! What is told, when, and how often.

use dashtam_domain::{
    connections::{Busy, Connection, SyncFailure, SyncRun, SyncState},
    delivery::notification::{NotificationKind, REST},
};

use super::*;

fn kinds(told: &[Vec<Notification>]) -> Vec<Vec<NotificationKind>> {
    told.iter().map(|mail| mail.iter().map(Notification::kind).collect()).collect()
}

#[tokio::test]
async fn large_transactions_are_told_once_and_from_now_on() {
    let place = Place::new().await;
    place.add("Before", place.today(), "-900").await;
    place.want(large("500")).await;
    assert_eq!(place.told().await.len(), 0, "it happened before");
    let row = place.add("Shop", place.today(), "-500.00").await;
    place.add("Kiosk", place.today(), "-499.99").await;
    let salary = place.add("Salary", place.today(), "3000").await;
    let told = |row: &Transaction| Notification::LargeTransaction {
        transaction: row.id,
        account: "Everyday".to_owned(),
        description: row.description.clone(),
        day: row.day,
        amount: row.amount,
        currency: Currency::USD,
    };
    let mut mails = place.told().await;
    assert_eq!(mails.len(), 1, "one mail for all of them");
    mails[0].sort_by_key(|one| one.key().subject);
    assert_eq!(mails, [[told(&row), told(&salary)]]);

    // What changes later is no news.
    let mut unit = place.storage.store.begin().await.unwrap();
    let changed = Transaction { amount: decimal("-700"), ..row };
    unit.transactions().update(std::slice::from_ref(&changed)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(place.told().await.len(), 0);
}

#[tokio::test]
async fn a_history_that_comes_in_is_told_only_as_far_as_it_is_news() {
    let place = Place::new().await;
    place.want(large("500")).await;
    let mut rows = Vec::new();
    for number in 0..1_200_i64 {
        let day = place.today().plus_days(-number);
        let row = builders::transaction(&place.account, &number.to_string(), day);
        let created_at = place.world.clock.now();
        rows.push(Transaction { amount: decimal("-600"), created_at, ..row });
    }
    let mut unit = place.storage.store.begin().await.unwrap();
    unit.transactions().insert(&rows).await.unwrap();
    unit.commit().await.unwrap();
    let mails = place.told().await;
    assert_eq!(mails.iter().map(Vec::len).collect::<Vec<_>>(), [8], "today and seven days before");
}

#[tokio::test]
async fn of_many_some_are_named_and_the_others_counted() {
    let place = Place::new().await;
    place.want(large("500")).await;
    for number in 0..33 {
        place.add(&format!("Shop {number}"), place.today(), "-600").await;
    }
    assert_eq!(place.tell().await, 1);
    place.dashtam.delivery().dispatch(&place.system(), Dispatch).await.unwrap();
    let mail = place.world.mailer.sent().pop().unwrap();
    let MailContent::Notifications { notifications, more, .. } = mail.content else { panic!("another mail") };
    assert_eq!((notifications.len(), more), (30, 3));
}

#[tokio::test]
async fn after_a_mail_there_is_a_rest() {
    let place = Place::new().await;
    place.want(large("500")).await;
    place.add("One", place.today(), "-600").await;
    assert_eq!(place.told().await.len(), 1);
    place.add("Two", place.today(), "-600").await;
    place.later(REST - TimeDelta::seconds(1));
    assert_eq!(place.tell().await, 0);
    place.later(TimeDelta::seconds(1));
    place.add("Three", place.today(), "-600").await;
    assert_eq!(place.told().await.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_low_balance_is_told_again_only_after_it_was_over() {
    let place = Place::new().await;
    place.want(low(&place.account, "100")).await;
    place.balance("100").await;
    assert_eq!(place.told().await.len(), 0, "that is not below");
    place.balance("99.99").await;
    let told = Notification::LowBalance {
        account: place.account.id,
        name: "Everyday".to_owned(),
        balance: decimal("99.99"),
        below: decimal("100"),
        currency: Currency::USD,
    };
    assert_eq!(place.told().await, [[told]]);
    place.balance("20").await;
    assert_eq!(place.told().await.len(), 0, "still low");
    place.balance("500").await;
    assert_eq!(place.told().await.len(), 0);
    place.balance("5").await;
    assert_eq!(kinds(&place.told().await), [[NotificationKind::LowBalance]]);
}

#[tokio::test]
async fn what_lasts_is_news_when_it_is_wanted_again() {
    let place = Place::new().await;
    place.want(low(&place.account, "100")).await;
    place.balance("50").await;
    assert_eq!(kinds(&place.told().await), [[NotificationKind::LowBalance]]);
    place.want(large("500")).await;
    place.balance("40").await;
    assert_eq!(place.told().await.len(), 0, "nobody wants to know");
    place.want(low(&place.account, "100")).await;
    place.balance("30").await;
    assert_eq!(kinds(&place.told().await), [[NotificationKind::LowBalance]]);
}

/// Whoever wants more is told what came in before that and nobody has looked at.
#[tokio::test]
async fn what_waits_is_told_although_more_is_wanted_meanwhile() {
    let place = Place::new().await;
    place.want(large("500")).await;
    place.add("Shop", place.today(), "-600").await;
    place.later(TimeDelta::minutes(1));
    let switches = NotificationSwitches { price_raised: true, ..NotificationSwitches::default() };
    place.want(SetNotifications { switches, ..large("500") }).await;
    assert_eq!(kinds(&place.told().await), [[NotificationKind::LargeTransaction]]);
}

#[tokio::test]
async fn a_connection_that_fails_for_a_day_is_told_until_it_is_mended() {
    let place = Place::new().await;
    let switches = NotificationSwitches { sync_failing: true, ..NotificationSwitches::default() };
    place.want(SetNotifications { switches, ..nothing() }).await;
    let since = place.world.clock.now();
    let mut connection = builders::connection(place.world.owner, "Mine");
    connection.linked(since);
    connection.sync_failed("no answer", since);
    let mut unit = place.storage.store.begin().await.unwrap();
    unit.connections().insert_if_absent(&connection).await.unwrap();
    unit.commit().await.unwrap();
    place.happens().await;
    assert_eq!(place.told().await.len(), 0, "not for a day");
    place.later(TimeDelta::days(1));
    place.happens().await;
    assert_eq!(
        place.told().await.len(),
        0,
        "something should have come in after an hour: that is not a day ago"
    );
    place.later(TimeDelta::hours(1));
    place.happens().await;
    let told = Notification::SyncFailing { connection: connection.id, alias: "Mine".to_owned(), since };
    assert_eq!(place.told().await, [[told]]);
    place.happens().await;
    assert_eq!(place.told().await.len(), 0, "it was told");
    let update = async |change: &dyn Fn(&mut Connection)| {
        let mut unit = place.storage.store.begin().await.unwrap();
        let mut stored = unit.connections().find(place.world.owner, connection.id).await.unwrap().unwrap();
        change(&mut stored);
        unit.connections().update(&mut stored).await.unwrap();
        unit.commit().await.unwrap();
        place.happens().await;
    };
    let now = place.world.clock.now();
    update(&|connection| connection.refreshed(now)).await;
    assert_eq!(place.told().await.len(), 0, "a token came in and no data: it is not over");
    update(&|connection| connection.sync_failed("no answer", now)).await;
    assert_eq!(place.told().await.len(), 0, "it was told");
    let now = place.world.clock.now();
    update(&|connection| connection.synced(1, now)).await;
    assert_eq!(place.told().await.len(), 0);
    place.later(TimeDelta::days(2));
    update(&|connection| connection.sync_failed("no answer", now)).await;
    assert_eq!(kinds(&place.told().await), [[NotificationKind::SyncFailing]]);
}

/// What waits, is under way, was stopped or failed for another reason does not say that it was mended.
#[tokio::test]
async fn a_connection_that_needs_its_owner_is_told_again_only_after_it_was_mended() {
    let place = Place::new().await;
    let switches = NotificationSwitches { connections: true, ..NotificationSwitches::default() };
    place.want(SetNotifications { switches, ..nothing() }).await;
    let mut connection = builders::connection(place.world.owner, "Mine");
    connection.linked(place.world.clock.now());
    let mut unit = place.storage.store.begin().await.unwrap();
    unit.connections().insert_if_absent(&connection).await.unwrap();
    unit.commit().await.unwrap();
    let refused = Some(SyncFailure::Refused);
    for (requested, failure, told) in [
        (1, Some(SyncFailure::Malformed), 0),
        (2, refused, 1),
        (3, Some(SyncFailure::Unavailable), 0),
        (4, Some(SyncFailure::Cancelled), 0),
        (5, refused, 0),
        (6, None, 0),
        (7, refused, 1),
    ] {
        let mut unit = place.storage.store.begin().await.unwrap();
        unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, requested)).await.unwrap();
        unit.commit().await.unwrap();
        place.happens().await;
        assert_eq!(place.told().await.len(), 0, "run {requested} waits");
        let (from, until) = (builders::at(requested), builders::at(requested + 30));
        let mut unit = place.storage.store.begin().await.unwrap();
        let run = unit.sync_runs().claim(from, until, &Busy::default()).await.unwrap().unwrap();
        let ended = match failure {
            Some(failure) => run.failed(failure, "It is refused.", from),
            None => SyncRun { state: SyncState::Completed, ..run },
        };
        assert!(unit.sync_runs().finish(&ended).await.unwrap());
        unit.commit().await.unwrap();
        place.happens().await;
        let mails = place.told().await;
        assert_eq!(mails.len(), told, "after run {requested}: {mails:?}");
    }
}

/// Two payments to one merchant on one day are one price, whichever of them comes first.
#[tokio::test]
async fn a_price_in_several_payments_is_told_when_it_rises_and_not_again() {
    let place = Place::new().await;
    let switches = NotificationSwitches { price_raised: true, ..NotificationSwitches::default() };
    for months in 1..=6 {
        let day = place.today().plus_months(-months);
        place.add("Film streams", day, "-10.00").await;
        place.add("Film streams", day, "-12.00").await;
    }
    place.want(SetNotifications { switches, ..nothing() }).await;
    for told in [1, 0] {
        place.add("Film streams", place.today(), "-10.00").await;
        place.add("Film streams", place.today(), "-14.00").await;
        let mails = place.told().await;
        assert_eq!(mails.len(), told, "{mails:?}");
        place.later(TimeDelta::days(31));
    }
}

#[tokio::test]
async fn a_payment_that_costs_more_is_told() {
    let place = Place::new().await;
    let switches = NotificationSwitches { price_raised: true, ..NotificationSwitches::default() };
    for months in 1..=6 {
        place.add("Film streams", place.today().plus_months(-months), "-10.00").await;
    }
    place.want(SetNotifications { switches, ..nothing() }).await;
    let last = place.add("Film streams", place.today(), "-12.00").await;
    let told = Notification::PriceRaised {
        transaction: last.id,
        name: "Film streams".to_owned(),
        amount: decimal("12.00"),
        currency: Currency::USD,
        thousandths: 200,
    };
    assert_eq!(place.told().await, [[told]]);
    place.add("Kiosk", place.today(), "-3").await;
    assert_eq!(place.told().await.len(), 0, "it was told");
    place.later(TimeDelta::days(31));
    place.add("Film streams", place.today(), "-12.00").await;
    assert_eq!(place.told().await.len(), 0, "the price is what it was");
}

#[tokio::test]
async fn a_week_is_summed_up_on_the_monday_after_it() {
    let place = Place::new().await;
    let switches = NotificationSwitches { weekly_summary: true, ..NotificationSwitches::default() };
    place.want(SetNotifications { switches, ..nothing() }).await;
    let monday = place.today().first_of_week();
    place.add("Bakery", place.today(), "-12.50").await;
    place.add("Last week", monday.plus_days(-1), "-100").await;
    place.add("Next week", monday.plus_days(7), "-200").await;
    assert_eq!(place.told().await.len(), 0, "the week is not over");
    place.world.clock.set(monday.plus_days(7).start().plus(TimeDelta::hours(6)));
    let told = place.told().await;
    let [mail] = &told[..] else { panic!("one mail: {told:?}") };
    let [Notification::WeeklySummary { from, to, spent, earned }] = &mail[..] else { panic!("{mail:?}") };
    assert_eq!((*from, *to), (monday, monday.plus_days(6)));
    assert_eq!(*spent, [(Currency::USD, decimal("12.50"))]);
    assert!(earned.is_empty(), "{earned:?}");
    assert_eq!(place.tell().await, 0, "the next one is due in a week");
}
