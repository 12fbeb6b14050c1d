//! Events as the tables hold them.

use dashtam_domain::live::LiveBody;

use super::*;

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
