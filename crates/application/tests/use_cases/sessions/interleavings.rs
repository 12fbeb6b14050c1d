//! Refreshes in any order, on a real store against a model: a session never has two live branches.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    sessions::{Refresh, SessionError},
};
use dashtam_domain::{
    call::Call,
    identity::{RefreshGeneration, Session, User},
    secret::SecretText,
    store::Storage,
    time::Timestamp,
};
use dashtam_testkit::builders;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};

use super::token;
use crate::database::Disk;

/// One of two holders shows one of the tokens there are, after a while.
#[derive(Debug, Clone)]
struct Step {
    /// Which token, counted back from the newest that was handed out.
    back: usize,
    /// Seconds since the step before.
    later: i64,
    /// How many show it at the same time.
    at_once: usize,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0usize..4, prop_oneof![Just(0i64), Just(1), Just(30), Just(31)], 1usize..4);
    vec(step.prop_map(|(back, later, at_once)| Step { back, later, at_once }), 1..10)
}

/// What the rules say: which generations were used, and when; the newest is the one not used.
#[derive(Default)]
struct Model {
    used: BTreeMap<i64, Timestamp>,
    newest: i64,
    ended: bool,
}

#[derive(Debug, PartialEq)]
enum Expected {
    /// The successor of this number.
    Successor(i64),
    Reused,
    Refused,
}

impl Model {
    fn show(&mut self, generation: i64, now: Timestamp) -> Expected {
        let window = RefreshGeneration::RACE_WINDOW;
        match self.used.get(&generation) {
            _ if self.ended => Expected::Refused,
            None => {
                self.used.insert(generation, now);
                self.newest = generation + 1;
                Expected::Successor(generation + 1)
            }
            Some(used) if now.since(*used) <= window && self.newest == generation + 1 => {
                Expected::Successor(generation + 1)
            }
            Some(_) => {
                self.ended = true;
                Expected::Reused
            }
        }
    }
}

async fn begin(storage: &Storage, owner: &User) -> Session {
    let session = builders::session(owner);
    let mut unit = storage.store.begin().await.unwrap();
    unit.sessions().insert(&session).await.unwrap();
    let first = RefreshGeneration { hash: token(&session, 0).hash(), ..builders::generation(&session, 0) };
    unit.refresh_tokens().insert(&first).await.unwrap();
    unit.commit().await.unwrap();
    session
}

async fn show(dashtam: &Dashtam, session: &Session, generation: i64, now: Timestamp) -> Expected {
    let request = Refresh { refresh_token: SecretText::new(token(session, generation).expose()) };
    match dashtam.sessions().refresh(&Call::anonymous(now), request).await {
        Ok(tokens) => {
            let handed_out = (0..40).find(|n| token(session, *n).expose() == tokens.refresh_token.expose());
            Expected::Successor(handed_out.expect("the successor is one of the session's"))
        }
        Err(SessionError::RefreshTokenReused) => Expected::Reused,
        Err(SessionError::InvalidRefreshToken) => Expected::Refused,
        Err(other) => panic!("{other:?}"),
    }
}

/// Generations not used, of a session that goes on.
async fn live_branches(storage: &Storage, session: &Session, highest: i64) -> usize {
    let mut unit = storage.store.begin().await.unwrap();
    let found = unit.sessions().find(session.id).await.unwrap().unwrap();
    if found.session.ended.is_some() {
        return 0;
    }
    let mut live = 0;
    for generation in 0..=highest + 1 {
        let row = unit.refresh_tokens().find(&token(session, generation).hash()).await.unwrap();
        live += usize::from(row.is_some_and(|row| row.used_at.is_none()));
    }
    live
}

#[test]
fn no_order_of_refreshes_leaves_two_live_branches() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (world, disk) = runtime.block_on(Disk::open(|_| {}));
    let dashtam = world.build_on(disk.storage.clone());
    let owner = runtime.block_on(disk.storage.queries.user(world.owner)).unwrap().unwrap();
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            runtime.block_on(async {
                let session = begin(&disk.storage, &owner).await;
                let (mut model, mut now) = (Model::default(), builders::at(10));
                for step in &steps {
                    now = now.plus(TimeDelta::seconds(step.later));
                    let generation = (model.newest - step.back as i64).max(0);
                    let expected: Vec<_> = (0..step.at_once).map(|_| model.show(generation, now)).collect();
                    let calls = (0..step.at_once).map(|_| show(&dashtam, &session, generation, now));
                    // One store is watched: units that overlap within one task would fail the test.
                    let mut seen = Vec::new();
                    for call in calls {
                        seen.push(call.await);
                    }
                    prop_assert_eq!(seen, expected, "{:?}", step);
                    let live = live_branches(&disk.storage, &session, model.newest).await;
                    prop_assert_eq!(live, usize::from(!model.ended));
                }
                Ok(())
            })
        })
        .unwrap();
}
