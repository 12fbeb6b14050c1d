//! Messages that an institution sends of its own accord.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::sync::{PlanSyncs, RunNextSync, SyncError, TakeHint};
use dashtam_domain::{
    connections::{Changes, HintMessage, ProviderError},
    time::Timestamp,
};
use dashtam_testkit::builders::{at, day};

use super::drained::{Bench, page};
use crate::world::assert_refused;

const GRANT: &str = "grant-of-access";

fn message(proof: &str, about: &str) -> HintMessage {
    let headers = vec![("proof".to_owned(), proof.to_owned())];
    HintMessage { headers, body: about.as_bytes().to_vec() }
}

impl Bench {
    /// A connection whose grant has a name, and which is due in a day.
    async fn named() -> Self {
        let mut bench = Self::open().await;
        let mut unit = bench.disk.storage.store.begin().await.unwrap();
        let found = unit.connections().find(bench.connection.owner, bench.connection.id).await.unwrap();
        let mut connection = found.unwrap();
        connection.grant = GRANT.parse().ok();
        connection.next_sync_at = Some(day(1).start());
        unit.connections().update(&mut connection).await.unwrap();
        unit.commit().await.unwrap();
        bench.connection = connection;
        bench
    }

    async fn hears(&self, provider: &str, message: HintMessage) -> Result<(), SyncError> {
        let request = TakeHint { provider: provider.parse().unwrap(), message };
        self.dashtam.sync().take_hint(&self.world.anonymous(), request).await
    }

    async fn due(&self) -> Option<Timestamp> {
        self.connection().await.next_sync_at
    }

    fn at(&mut self, now: Timestamp) {
        self.world.now = now;
        self.world.clock.set(now);
    }
}

#[tokio::test]
async fn news_make_the_connection_due_at_once() {
    let mut bench = Bench::named().await;
    bench.at(at(1_000));
    let rung = bench.world.signal.rings();
    bench.hears("sandbox", message("by the bank", GRANT)).await.unwrap();
    assert_eq!(bench.due().await, Some(at(1_000)));
    assert_eq!(bench.world.signal.rings(), rung + 1);
    // Said once more, it is not later.
    bench.at(at(1_010));
    bench.hears("sandbox", message("by the bank", GRANT)).await.unwrap();
    assert_eq!(bench.due().await, Some(at(1_000)));
    let planned = bench.dashtam.sync().plan(&bench.world.system(), PlanSyncs).await.unwrap();
    assert_eq!(planned, 1);
}

#[tokio::test]
async fn what_is_not_proven_or_about_nothing_we_know_changes_nothing() {
    let bench = Bench::named().await;
    let before = bench.connection().await;
    for proof in ["", "by somebody"] {
        assert_refused!(bench.hears("sandbox", message(proof, GRANT)).await, SyncError::Unproven);
    }
    let none = HintMessage { headers: Vec::new(), body: GRANT.as_bytes().to_vec() };
    assert_refused!(bench.hears("sandbox", none).await, SyncError::Unproven);
    let result = bench.hears("sandbox", message("later", GRANT)).await;
    assert_refused!(result, SyncError::Provider(ProviderError::Unavailable));
    assert_refused!(bench.hears("nobody", message("by the bank", GRANT)).await, SyncError::NoHints);
    // Proven, and the answer is the same whether the grant is known or not.
    for about in ["grant-of-Access", "a grant of somebody else", ""] {
        bench.hears("sandbox", message("by the bank", about)).await.unwrap();
    }
    assert_eq!(bench.connection().await, before);
}

#[tokio::test]
async fn news_while_a_run_is_under_way_are_asked_for_when_it_has_ended() {
    let mut bench = Bench::named().await;
    let (store, connection) = (bench.disk.unwatched.store.clone(), bench.connection.clone());
    bench.bank.meanwhile(async move {
        let mut unit = store.begin().await.unwrap();
        let found = unit.connections().of_grant(&connection.provider, &GRANT.parse().unwrap()).await.unwrap();
        let mut found = found.unwrap();
        found.has_news(at(1_000));
        unit.connections().update(&mut found).await.unwrap();
        unit.commit().await.unwrap();
    });
    bench.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "c1", false))));
    bench.sync(at(1_000)).await;
    assert_eq!(bench.due().await, Some(at(1_000)));
    // Once: the next run began after them.
    bench.at(at(1_001));
    bench.dashtam.sync().plan(&bench.world.system(), PlanSyncs).await.unwrap();
    bench.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "c2", false))));
    bench.dashtam.sync().run_next(&bench.world.system(), RunNextSync).await.unwrap().unwrap();
    assert!(bench.due().await.unwrap() > at(1_001).plus(TimeDelta::minutes(30)));
}

/// Thirty messages at once: each is taken, and one run is enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_messages_at_once_one_run_comes() {
    let mut bench = Bench::named().await;
    bench.at(at(1_000));
    let dashtam = Arc::new(bench.world.build_on(bench.disk.unwatched.clone()));
    let mut saying = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (dashtam, call) = (dashtam.clone(), bench.world.anonymous());
        let (provider, message) = ("sandbox".parse().unwrap(), message("by the bank", GRANT));
        saying.spawn(async move { dashtam.sync().take_hint(&call, TakeHint { provider, message }).await });
    }
    for said in saying.join_all().await {
        said.unwrap();
    }
    assert_eq!(bench.due().await, Some(at(1_000)));
    for planned in [1, 0] {
        assert_eq!(bench.dashtam.sync().plan(&bench.world.system(), PlanSyncs).await.unwrap(), planned);
    }
}
