//! How long a page takes does not depend on how much there is.

use std::time::Duration;

use dashtam_domain::page::Limit;
use dashtam_persistence::Engine;
use dashtam_testkit::builders::{self, at};
use sea_orm::ConnectionTrait;

use super::{both, raw};

/// Listing depends on the page, not on how many sessions there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_sessions_list_like_ten() {
    for (database, guard) in both("a_thousand_sessions_list_like_ten").await {
        let [few, many] = [builders::user(), builders::user()];
        let mut unit = database.storage.store.begin().await.unwrap();
        for (user, sessions) in [(&few, 10), (&many, 1_000)] {
            unit.users().insert_if_absent(user).await.unwrap();
            for _ in 0..sessions {
                unit.sessions().insert(&builders::session(user)).await.unwrap();
            }
        }
        unit.commit().await.unwrap();
        // As the database does by itself before long.
        let db = raw(&guard).await;
        let look = match database.engine() {
            Engine::Postgres => "VACUUM ANALYZE sessions",
            Engine::Sqlite => "ANALYZE",
        };
        db.execute_unprepared(look).await.unwrap();
        let queries = &database.storage.queries;
        let mut best = [Duration::MAX; 2];
        // The best of many rounds: a noisy machine makes things slower, never faster.
        for _ in 0..300 {
            for (user, best) in [&few, &many].into_iter().zip(&mut best) {
                let start = std::time::Instant::now();
                let page = queries.sessions(user.id, at(1), None, Limit::new(10).unwrap()).await.unwrap();
                let total = queries.count_sessions(user.id, at(1)).await.unwrap();
                *best = start.elapsed().min(*best);
                assert_eq!((page.items.len(), total), (10, if user.id == few.id { 10 } else { 1_000 }));
            }
        }
        let [ten, thousand] = best;
        println!("{:?}: 10 sessions in {ten:?}, 1000 in {thousand:?}", database.engine());
        assert!(thousand < ten * 2 + Duration::from_micros(200), "10 in {ten:?}, 1000 in {thousand:?}");
    }
}
