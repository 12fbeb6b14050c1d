//! Events as the tables hold them.

use dashtam_domain::{
    id::WebhookId,
    live::{LiveBody, LiveKinds},
    retention::Outlived,
    webhook::Webhook,
};
use dashtam_persistence::{Options, connect};

use super::{rows_read::settled, *};

/// What a look that finds little may read.
const FEW: i64 = 60;

/// Another version of the program, which runs beside this one or ran before, tells what this one knows nothing of.
#[tokio::test]
async fn events_of_another_version_are_passed_by() {
    for (database, guard) in both("events_of_another_version_are_passed_by").await {
        let storage = &database.storage;
        let owner = fill(storage).await.id;
        let mut unit = storage.store.begin().await.unwrap();
        let mut seq = 0;
        for _ in 0..4 {
            seq = unit.live_events().append(owner, at(1), LiveBody::ReconciliationSuggested).await.unwrap();
        }
        unit.commit().await.unwrap();
        let change = format!("UPDATE live_events SET kind = 'sync.paused' WHERE seq < {seq}");
        raw(&guard).await.execute_unprepared(&change).await.unwrap();
        let read = async |after| storage.queries.live_events(owner, after, 2).await.unwrap();
        let unknown = read(seq - 4).await;
        assert_eq!((unknown.events.len(), unknown.reached, unknown.has_more), (0, seq - 2, true));
        let rest = read(unknown.reached).await;
        assert_eq!((rest.events.len(), rest.reached, rest.has_more), (1, seq, true));
        let end = read(rest.reached).await;
        assert_eq!((end.events.len(), end.reached, end.has_more), (0, seq, false));
    }
}

/// Within one transaction the server tells equal things once. So what is told by a trigger, before the transaction commits,
/// and what is told after it come as two.
#[tokio::test]
async fn others_are_told_once_the_unit_is_committed() {
    let Some((database, guard)) = postgres("others_are_told_once_the_unit_is_committed").await else {
        return;
    };
    let owner = fill(&database.storage).await.id;
    let db = raw(&guard).await;
    for statement in [
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_notify('dashtam_live', NEW.user_id || ' ' || NEW.seq); RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER tell AFTER INSERT ON live_events DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION tell()",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    let mut listener = sqlx::postgres::PgListener::connect(&guard.url()).await.unwrap();
    listener.listen("dashtam_live").await.unwrap();
    let mut unit = database.storage.store.begin().await.unwrap();
    let seq = unit.live_events().append(owner, at(1), LiveBody::ReconciliationSuggested).await.unwrap();
    unit.commit().await.unwrap();
    db.execute_unprepared("SELECT pg_notify('dashtam_live', 'the end')").await.unwrap();
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "the end") {
        told.push(listener.recv().await.unwrap().payload().to_owned());
    }
    let expected = format!("{owner} {seq}");
    assert_eq!(told, [expected.clone(), expected, "the end".to_owned()]);
}

/// A webhook of everything.
fn webhook(owner: dashtam_domain::id::UserId) -> Webhook {
    Webhook {
        id: WebhookId(builders::id()),
        owner,
        url: "https://hooks.example/".parse().unwrap(),
        description: None,
        kinds: LiveKinds::all(),
        disabled: None,
        secret: None,
        previous: None,
        position: 0,
        waiting: 0,
        failing_since: None,
        due_at: None,
        held_until: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

/// As Postgres counts them.
#[tokio::test(flavor = "multi_thread")]
async fn removing_old_events_reads_no_others() {
    let Some((database, guard)) = postgres("removing_old_events_reads_no_others").await else { return };
    let (old, owner) = (fill(&database.storage).await.id, fill(&database.storage).await.id);
    let mut unit = database.storage.store.begin().await.unwrap();
    for _ in 0..3_000 {
        unit.live_events().append(owner, at(86_400), LiveBody::ReconciliationSuggested).await.unwrap();
    }
    for _ in 0..5 {
        unit.live_events().append(old, at(1), LiveBody::ReconciliationSuggested).await.unwrap();
    }
    unit.commit().await.unwrap();
    raw(&guard).await.execute_unprepared("VACUUM ANALYZE live_events").await.unwrap();
    database.close().await;
    let before = settled(&guard, "live_events").await;
    let again = connect(Options::new(guard.url())).await.unwrap();
    let mut unit = again.storage.store.begin().await.unwrap();
    assert_eq!(unit.retention().remove(Outlived::LiveEvents, at(7 * 86_400 + 2), 500).await.unwrap(), 5);
    unit.commit().await.unwrap();
    again.close().await;
    let read = settled(&guard, "live_events").await - before;
    assert!(read <= FEW, "{read} rows were read");
}

/// As Postgres counts them.
#[tokio::test(flavor = "multi_thread")]
async fn planning_reads_no_webhook_of_anybody_to_whom_nothing_happened() {
    let test = "planning_reads_no_webhook_of_anybody_to_whom_nothing_happened";
    let Some((database, guard)) = postgres(test).await else { return };
    let mut unit = database.storage.store.begin().await.unwrap();
    let mut last = None;
    for _ in 0..1_000 {
        let user = builders::user();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.webhooks().put(&webhook(user.id)).await.unwrap();
        last = Some(user.id);
    }
    let busy = last.unwrap();
    unit.live_events().append(busy, at(50), LiveBody::ReconciliationSuggested).await.unwrap();
    unit.commit().await.unwrap();
    raw(&guard).await.execute_unprepared("VACUUM ANALYZE webhooks, live_events, users").await.unwrap();
    database.close().await;
    let before = settled(&guard, "webhooks").await;
    let again = connect(Options::new(guard.url())).await.unwrap();
    let found = again.storage.queries.webhooks_behind(at(60), Some(at(0)), 50).await.unwrap();
    assert_eq!(found.into_iter().map(|webhook| webhook.owner).collect::<Vec<_>>(), [busy]);
    again.close().await;
    let read = settled(&guard, "webhooks").await - before;
    assert!(read <= FEW, "{read} webhooks were read");
}
