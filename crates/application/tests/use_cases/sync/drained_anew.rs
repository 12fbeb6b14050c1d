//! Lists of changes of a connection that is linked anew, or whose place is lost.

use dashtam_domain::connections::{Changes, SyncState};
use dashtam_testkit::builders::at;

use super::{
    bench::sealed,
    drained::{Bench, counts, page, place, row},
};

impl Bench {
    /// Links the connection anew while the bank is asked: to another grant, or to the one that there was.
    fn links_anew_meanwhile(&self, access: &'static str) {
        let (store, connection) = (self.disk.unwatched.store.clone(), self.connection.clone());
        self.bank.meanwhile(async move {
            let mut unit = store.begin().await.unwrap();
            let found = unit.connections().find(connection.owner, connection.id).await.unwrap();
            let mut stored = found.unwrap();
            let mut credentials = unit.credentials().find(connection.id).await.unwrap().unwrap();
            credentials.access_token = sealed(&connection, access, None).access_token;
            unit.credentials().put(&mut credentials).await.unwrap();
            stored.cursor = None;
            stored.linked(at(1_000));
            unit.connections().update(&mut stored).await.unwrap();
            unit.commit().await.unwrap();
        });
    }
}

#[tokio::test]
async fn what_was_read_by_an_old_grant_is_not_stored_for_the_new_one() {
    let mut bench = Bench::open().await;
    bench.links_anew_meanwhile("other");
    bench.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "1", 3)], "old", false))));
    let run = bench.sync(at(1_000)).await;
    assert_eq!((run.state, run.counts), (SyncState::Completed, counts(0, 0, 0)));
    assert!(run.notes[0].contains("linked anew"), "{:?}", run.notes);
    assert!(bench.shown("a").await.is_empty());
    let connection = bench.connection().await;
    assert_eq!((connection.cursor, connection.next_sync_at), (None, Some(at(1_000))), "it is due at once");

    bench.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "2", 3)], "new", false))));
    assert_eq!(bench.sync(at(2_000)).await.counts, counts(1, 0, 0));
    assert_eq!(bench.places(), [None, None]);
    assert_eq!(bench.connection().await.cursor, place("new"));
}
