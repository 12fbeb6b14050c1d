//! Live events: numbered by the clock of the ledger, told once, and kept for a while.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dashtam_domain::{
    id::{AccountId, ConnectionId, ImportId, SessionId, SyncRunId, UserId},
    identity::EndReason,
    ledger::{Decision, DecisionKind},
    live::{LiveBody, LiveEvent},
    retention::{LIVE_EVENTS_MOST, LIVE_EVENTS_STEP, Outlived},
    store::Storage,
};

use crate::builders::{self, at, day};
use crate::storage::{begin, connected_account, races::race, stored_account, stored_connection, stored_user};

const DAY: i64 = 86_400;

/// Everything the owner was told after a number.
async fn told_after(storage: &Storage, owner: UserId, mut after: i64) -> Vec<LiveEvent> {
    let mut told = Vec::new();
    loop {
        let some = storage.queries.live_events(owner, after, 7).await.unwrap();
        let events = some.events;
        assert!(events.len() <= 7 && events.iter().all(|event| event.owner == owner && event.seq > after));
        assert_eq!(some.has_more, events.len() == 7);
        assert_eq!(some.reached, events.last().map_or(after, |event| event.seq));
        if events.is_empty() {
            return told;
        }
        after = some.reached;
        told.extend(events);
    }
}

/// Adds an event in a unit of work of its own; its number.
async fn append(storage: &Storage, owner: UserId, second: i64, body: LiveBody) -> i64 {
    let mut unit = begin(storage).await;
    let seq = unit.live_events().append(owner, at(second), body).await.unwrap();
    unit.commit().await.unwrap();
    seq
}

async fn clock(storage: &Storage, owner: UserId) -> i64 {
    storage.queries.clock(owner).await.unwrap().seq
}

/// With their numbers, in their order, for their owner alone.
pub async fn events_come_back_as_they_were_told(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let id = builders::id;
    let (connection, run) = (ConnectionId(id()), SyncRunId(id()));
    let bodies = [
        LiveBody::TransactionsChanged { accounts: vec![AccountId(id()), AccountId(id())] },
        LiveBody::SyncStarted { connection, run },
        LiveBody::SyncCompleted { connection, run },
        LiveBody::SyncFailed { connection, run },
        LiveBody::ConnectionNeedsAction { connection },
        LiveBody::ImportFinished { import: ImportId(id()) },
        LiveBody::ReconciliationSuggested,
        LiveBody::WebhookDisabled { webhook: id() },
        LiveBody::SessionEnded { session: SessionId(id()) },
    ];
    let mut expected = Vec::new();
    for (second, body) in (1..).zip(bodies) {
        let seq = append(storage, owner, second, body.clone()).await;
        expected.push(LiveEvent { owner, seq, at: at(second), body });
    }
    assert_eq!(expected.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    assert_eq!(told_after(storage, owner, 0).await, expected);
    assert_eq!(told_after(storage, owner, 7).await, expected[7..]);
    assert_eq!(told_after(storage, owner, 9).await, []);
    assert_eq!(told_after(storage, other, 0).await, []);
    assert_eq!(clock(storage, owner).await, 9);

    let mut unit = begin(storage).await;
    unit.live_events().append(owner, at(10), LiveBody::ReconciliationSuggested).await.unwrap();
    drop(unit);
    assert_eq!(told_after(storage, owner, 9).await, [], "a unit that is given up tells nothing");
    assert_eq!(
        append(storage, owner, 11, LiveBody::ReconciliationSuggested).await,
        10,
        "and gives its number back"
    );

    let clocks = storage.queries.live_clocks(&[other, owner, UserId(id())]).await.unwrap();
    let known: Vec<_> = clocks.iter().map(|(user, clock)| (*user, clock.seq)).collect();
    assert_eq!(known, [(owner, 10)], "others have no clock yet");
    assert_eq!(storage.queries.live_clocks(&[]).await.unwrap(), []);
}

/// An event and a change of the ledger never have the same number, and who has seen an event finds its change.
pub async fn events_count_with_changes(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let before = clock(storage, owner).await;
    let mut unit = begin(storage).await;
    let first = unit.live_events().append(owner, at(1), LiveBody::ReconciliationSuggested).await.unwrap();
    unit.transactions().insert(&[builders::transaction(&account, "a", day(1))]).await.unwrap();
    let second = unit.live_events().append(owner, at(1), LiveBody::ReconciliationSuggested).await.unwrap();
    unit.transactions().insert(&[builders::transaction(&account, "b", day(1))]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!((first, second, clock(storage, owner).await), (before + 1, before + 3, before + 3));
}

/// What a unit of work did, it tells: once, with the accounts it is about, and nothing if it did nothing.
pub async fn a_unit_tells_what_it_changed(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let (one, two) =
        (connected_account(storage, &connection, "1").await, stored_account(storage, owner, "2").await);
    let place = clock(storage, owner).await;
    let changed = |accounts: &[AccountId]| {
        let mut accounts = accounts.to_vec();
        accounts.sort_unstable();
        LiveBody::TransactionsChanged { accounts }
    };
    let row = |source_id: &str| builders::transaction(&one, source_id, day(3));
    let (left, right) = (row("left"), row("right"));

    let mut unit = begin(storage).await;
    unit.transactions().insert(&[left.clone(), right.clone()]).await.unwrap();
    unit.balances().record(&[builders::balance(&two, "5", 3)]).await.unwrap();
    unit.transactions().update(std::slice::from_ref(&left)).await.unwrap();
    let told = unit.live_events().settle(at(3)).await.unwrap();
    unit.commit().await.unwrap();
    let events = told_after(storage, owner, place).await;
    let bodies: Vec<_> = events.iter().map(|event| event.body.clone()).collect();
    assert_eq!(bodies, [changed(&[one.id, two.id])]);
    assert_eq!((told, events[0].at), (vec![(owner, events[0].seq)], at(3)));
    let place = clock(storage, owner).await;
    assert_eq!(place, events[0].seq);

    // Who only looks, and keeps others from changing anything meanwhile, has nothing to tell.
    let mut unit = begin(storage).await;
    unit.saved_views().hold_all(owner).await.unwrap();
    assert_eq!(unit.live_events().settle(at(4)).await.unwrap(), []);
    unit.commit().await.unwrap();
    assert_eq!(told_after(storage, owner, place).await, []);

    // A suggestion is a change, and something to decide.
    let place = clock(storage, owner).await;
    let id = dashtam_domain::id::DecisionId(builders::id());
    let decision =
        Decision::suggested(id, DecisionKind::CrossSource, None, (&left, &right), (None, None), at(5));
    let mut unit = begin(storage).await;
    unit.reconciliations().insert(&[decision]).await.unwrap();
    unit.live_events().settle(at(5)).await.unwrap();
    unit.commit().await.unwrap();
    let bodies: Vec<_> =
        told_after(storage, owner, place).await.into_iter().map(|event| event.body).collect();
    assert_eq!(bodies, [changed(&[one.id]), LiveBody::ReconciliationSuggested]);

    // What was suggested before is no news.
    let place = clock(storage, owner).await;
    let mut unit = begin(storage).await;
    assert_eq!(unit.reconciliations().dismiss(owner, &[left.id], at(6)).await.unwrap(), 1);
    unit.live_events().settle(at(6)).await.unwrap();
    unit.commit().await.unwrap();
    let bodies: Vec<_> =
        told_after(storage, owner, place).await.into_iter().map(|event| event.body).collect();
    assert_eq!(bodies, [changed(&[one.id])]);

    // Accounts that are gone are told by their names.
    let place = clock(storage, owner).await;
    let mut unit = begin(storage).await;
    assert!(unit.connections().delete(owner, connection.id).await.unwrap());
    unit.live_events().settle(at(7)).await.unwrap();
    unit.commit().await.unwrap();
    let bodies: Vec<_> =
        told_after(storage, owner, place).await.into_iter().map(|event| event.body).collect();
    assert_eq!(bodies, [changed(&[one.id])]);
}

/// Each session that ends is told of, however it ends.
pub async fn a_unit_tells_which_sessions_it_ended(storage: &Storage) {
    let user = stored_user(storage).await;
    let sessions: Vec<_> = (0..4).map(|_| builders::session(&user)).collect();
    let mut unit = begin(storage).await;
    for session in &sessions {
        unit.sessions().insert(session).await.unwrap();
    }
    assert_eq!(unit.live_events().settle(at(1)).await.unwrap(), []);
    unit.commit().await.unwrap();

    let mut unit = begin(storage).await;
    assert!(unit.sessions().end(user.id, sessions[0].id, EndReason::SignedOut, at(2)).await.unwrap());
    assert!(!unit.sessions().end(user.id, sessions[0].id, EndReason::SignedOut, at(2)).await.unwrap());
    let told = unit.live_events().settle(at(2)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(told, [(user.id, 1)]);
    let spared = Some(sessions[3].id);
    let mut unit = begin(storage).await;
    assert_eq!(unit.sessions().end_all(user.id, spared, true, EndReason::Revoked, at(3)).await.unwrap(), 2);
    unit.live_events().settle(at(3)).await.unwrap();
    unit.commit().await.unwrap();
    let told: Vec<_> = told_after(storage, user.id, 0).await.into_iter().map(|event| event.body).collect();
    assert_eq!(told[0], LiveBody::SessionEnded { session: sessions[0].id });
    let ended: BTreeSet<SessionId> = told[1..]
        .iter()
        .map(|body| match body {
            LiveBody::SessionEnded { session } => *session,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((told.len(), ended), (3, [sessions[1].id, sessions[2].id].into()));
}

/// Thirty writers at once, and somebody who follows: every number is another one, and nobody who reads up to one misses
/// an earlier one that comes later.
pub async fn followers_miss_no_event_of_many_writers(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let done = Arc::new(AtomicBool::new(false));
    let follower = {
        let (storage, done) = (storage.clone(), done.clone());
        tokio::spawn(async move {
            let mut seen = Vec::new();
            loop {
                let is_last = done.load(Ordering::SeqCst);
                let after = seen.last().copied().unwrap_or(0);
                seen.extend(told_after(&storage, owner, after).await.into_iter().map(|event| event.seq));
                if is_last {
                    return seen;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
    };
    let numbers = race(storage, |storage, number| {
        let account = account.clone();
        async move {
            let mut unit = begin(&storage).await;
            if number % 3 == 0 {
                let row = builders::transaction(&account, &number.to_string(), day(1));
                unit.transactions().insert(&[row]).await.unwrap();
            }
            let body = LiveBody::ImportFinished { import: ImportId(builders::id()) };
            let seq = unit.live_events().append(owner, at(1), body).await.unwrap();
            // Whoever came later waits for the clock, so that no number is seen before an earlier one.
            tokio::time::sleep(Duration::from_millis(1)).await;
            unit.commit().await.unwrap();
            seq
        }
    })
    .await;
    done.store(true, Ordering::SeqCst);
    let numbers: BTreeSet<i64> = numbers.into_iter().collect();
    assert_eq!(numbers.len(), 30, "each has its own");
    assert_eq!(follower.await.unwrap(), numbers.into_iter().collect::<Vec<_>>());
}

/// After a week; up to which number they went is remembered.
pub async fn old_events_go_and_the_floor_is_remembered(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    for second in [0, 10, 20] {
        append(storage, owner, second, LiveBody::ReconciliationSuggested).await;
        append(storage, other, second + 1_000, LiveBody::ReconciliationSuggested).await;
    }
    let remove = async |second: i64, limit: u32| {
        let mut unit = begin(storage).await;
        let removed = unit.retention().remove(Outlived::LiveEvents, at(second), limit).await.unwrap();
        unit.commit().await.unwrap();
        removed
    };
    let floor = async |owner| {
        let floor = storage.queries.live_floor(owner).await.unwrap();
        // Whether or not there is anything to read, it is told with what is read.
        for after in [0, i64::MAX - 1] {
            assert_eq!(storage.queries.live_events(owner, after, 1).await.unwrap().floor, floor);
        }
        floor
    };
    let left = async |owner| -> Vec<i64> {
        told_after(storage, owner, 0).await.into_iter().map(|event| event.seq).collect()
    };
    assert_eq!(remove(7 * DAY, 500).await, 0);
    assert_eq!((floor(owner).await, left(owner).await), (0, vec![1, 2, 3]));
    assert_eq!(remove(7 * DAY + 15, 1).await, 1, "no more than is asked for");
    assert_eq!((floor(owner).await, left(owner).await), (1, vec![2, 3]));
    assert_eq!(remove(7 * DAY + 15, 500).await, 1);
    assert_eq!((floor(owner).await, left(owner).await), (2, vec![3]));
    assert_eq!((floor(other).await, left(other).await), (0, vec![1, 2, 3]));
    assert_eq!(remove(8 * DAY, 500).await, 4);
    assert_eq!((floor(owner).await, floor(other).await), (3, 3));
    assert_eq!(append(storage, owner, 8 * DAY, LiveBody::ReconciliationSuggested).await, 4);
    assert_eq!(remove(8 * DAY, 500).await, 0);
    assert_eq!(floor(owner).await, 3, "it never sinks");
}

/// The newest ten thousand of each owner stay, and some more of them; those before go as others are added, and up to which
/// number they went is remembered.
pub async fn no_more_events_than_the_limit(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    append(storage, other, 1, LiveBody::ReconciliationSuggested).await;
    let (most, step) = (i64::from(LIVE_EVENTS_MOST), i64::from(LIVE_EVENTS_STEP));
    let mut left = most + step + 1;
    while left > 0 {
        // Not all in one: a database keeps each state of the clock until the unit ends.
        let mut unit = begin(storage).await;
        for _ in 0..left.min(250) {
            unit.live_events().append(owner, at(1), LiveBody::ReconciliationSuggested).await.unwrap();
        }
        unit.commit().await.unwrap();
        left -= left.min(250);
    }
    let all = storage.queries.live_events(owner, 0, 2 * LIVE_EVENTS_MOST).await.unwrap();
    let left = i64::try_from(all.events.len()).unwrap();
    assert!((most..=most + step).contains(&left), "{left}");
    assert_eq!((all.reached, all.floor), (most + step + 1, most + step + 1 - left));
    assert_eq!(all.events[0].seq, all.floor + 1);
    assert_eq!(told_after(storage, other, 0).await.len(), 1, "others keep theirs");
}

/// Removals at once remove each event once, and the floor is that of the last that went.
pub async fn many_remove_old_events(storage: &Storage) {
    let owners = [stored_user(storage).await.id, stored_user(storage).await.id];
    let mut unit = begin(storage).await;
    for number in 0..100 {
        unit.live_events()
            .append(owners[number % 2], at(0), LiveBody::ReconciliationSuggested)
            .await
            .unwrap();
    }
    unit.commit().await.unwrap();
    let removed = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let removed = unit.retention().remove(Outlived::LiveEvents, at(8 * DAY), 7).await.unwrap();
        unit.commit().await.unwrap();
        removed
    })
    .await;
    assert!(removed.iter().all(|removed| *removed <= 7), "{removed:?}");
    let mut left = 0;
    for owner in owners {
        let floor = storage.queries.live_floor(owner).await.unwrap();
        let events = told_after(storage, owner, 0).await;
        assert_eq!(events.len() as i64, 50 - floor);
        left += events.len() as u64;
    }
    assert_eq!(removed.iter().sum::<u64>() + left, 100);
}
