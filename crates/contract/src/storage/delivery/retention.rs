//! What is removed after a while, and what is not.

use dashtam_domain::{
    connections::{Busy, SyncState},
    delivery::{
        AskedMail, Attempt,
        idempotency::{Begun, Fingerprint, StoredAnswer},
    },
    event::DomainEvent,
    id::DenialId,
    identity::{EndReason, OneTimeToken, RefreshGeneration, Session},
    rate_limit::DenialCount,
    retention::Outlived,
    secret::SecretHash,
    store::Storage,
};

use crate::builders::{self, at};
use crate::storage::{begin, stored_connection, stored_user};

const DAY: i64 = 86_400;

/// Removes at this second; how many rows of this sort.
async fn remove(storage: &Storage, what: Outlived, second: i64) -> u64 {
    let mut unit = begin(storage).await;
    let removed = unit.retention().remove(what, at(second), 500).await.unwrap();
    unit.commit().await.unwrap();
    removed
}

/// A refused request of the minute that begins at this second.
fn denial(second: i64) -> DenialCount {
    DenialCount {
        id: DenialId(builders::id()),
        rule: "login",
        endpoint: "POST /api/v1/auth/login".to_owned(),
        identifier: None,
        address: None,
        limit: 20,
        window_seconds: 240,
        count: 1,
        minute: at(second),
    }
}

/// Each sort by its own age; what could still be used, or be noticed when it is used again, stays.
pub async fn outlived_rows_go_and_the_others_stay(storage: &Storage) {
    let user = stored_user(storage).await;
    let connection = stored_connection(storage, user.id, "Mine").await;
    let token = OneTimeToken { expires_at: at(100), ..builders::one_time_token(&user) };
    let pending = builders::pending_authorization(&connection);
    // Ended by its owner after a day, while its refresh token would have lived on.
    let ended = builders::session(&user);
    let spent = RefreshGeneration { expires_at: at(40 * DAY), ..builders::generation(&ended, 0) };
    let living = Session { expires_at: at(400 * DAY), ..builders::session(&user) };
    let used = RefreshGeneration { expires_at: at(30 * DAY), ..builders::generation(&living, 0) };
    let key = "key".parse().unwrap();
    let print = Fingerprint(SecretHash::of("x"));
    let (dead, waiting) = (builders::outbox_id(), builders::outbox_id());
    let event = DomainEvent::EmailVerified { user: user.id };
    let asked = builders::mail_request(AskedMail::PasswordReset, "ada@example.com", 7);
    let mut unit = begin(storage).await;
    unit.mail_requests().insert(&asked).await.unwrap();
    unit.denials().append(&[denial(60)], at(75)).await.unwrap();
    assert!(unit.one_time_tokens().issue(&token).await.unwrap());
    unit.authorizations().replace(&pending).await.unwrap();
    for (session, generation) in [(&ended, &spent), (&living, &used)] {
        unit.sessions().insert(session).await.unwrap();
        unit.refresh_tokens().insert(generation).await.unwrap();
        assert!(unit.refresh_tokens().consume(&generation.hash, at(5)).await.unwrap());
    }
    assert!(unit.sessions().end(user.id, ended.id, EndReason::SignedOut, at(DAY)).await.unwrap());
    assert_eq!(unit.idempotency().begin("s", &key, print, at(0)).await.unwrap(), Begun::Fresh);
    let answer = StoredAnswer { status: 201, body: "{}".to_owned() };
    unit.idempotency().finish("s", &key, &answer).await.unwrap();
    for id in [dead, waiting] {
        unit.outbox().push(id, event.clone(), at(0)).await.unwrap();
    }
    assert!(unit.outbox().failed(dead, at(0), Attempt::Undelivered, None, "refused").await.unwrap());
    unit.commit().await.unwrap();

    for (what, last) in [
        (Outlived::OneTimeTokens, 100 + 2 * DAY),
        (Outlived::PendingAuthorizations, 100),
        (Outlived::IdempotencyKeys, DAY),
        (Outlived::DeadLetters, 30 * DAY),
        (Outlived::MailRequests, 7 + DAY),
        (Outlived::RateLimitDenials, 60 + 30 * DAY),
        // Thirty days after its end, and not while its refresh token could still be shown.
        (Outlived::Sessions, 40 * DAY),
    ] {
        assert_eq!(remove(storage, what, last).await, 0, "{what:?}");
        assert_eq!(remove(storage, what, last + 1).await, 1, "{what:?}");
        assert_eq!(remove(storage, what, last + 1).await, 0, "{what:?}");
    }
    // The refresh token of the ended session went with it; the other one has its own time.
    assert_eq!(remove(storage, Outlived::RefreshGenerations, 60 * DAY).await, 0);
    let mut unit = begin(storage).await;
    assert!(unit.refresh_tokens().find(&used.hash).await.unwrap().is_some());
    assert_eq!(unit.refresh_tokens().find(&spent.hash).await.unwrap(), None);
    drop(unit);
    assert_eq!(remove(storage, Outlived::RefreshGenerations, 60 * DAY + 1).await, 1);
    assert!(storage.queries.session(living.id).await.unwrap().is_some());
    let mut unit = begin(storage).await;
    let left = unit.outbox().claim(at(90 * DAY), at(91 * DAY), 10).await.unwrap();
    assert_eq!(left.iter().map(|item| item.id).collect::<Vec<_>>(), [waiting], "mail that waits is not dead");
}

/// Twenty of each connection, whatever another one has; what waits or runs does not count.
pub async fn the_newest_ended_runs_stay(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (busy, quiet) =
        (stored_connection(storage, owner, "Busy").await, stored_connection(storage, owner, "Quiet").await);
    for (connection, runs) in [(&busy, 23), (&quiet, 3)] {
        for second in 0..runs {
            let mut unit = begin(storage).await;
            unit.sync_runs().insert_if_idle(&builders::sync_run(connection, second)).await.unwrap();
            let mut run = unit.sync_runs().claim(at(500), at(530), &Busy::default()).await.unwrap().unwrap();
            run.state = if second % 2 == 0 { SyncState::Completed } else { SyncState::Failed };
            assert!(unit.sync_runs().finish(&run).await.unwrap());
            unit.commit().await.unwrap();
        }
    }
    let waiting = builders::sync_run(&busy, 600);
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&waiting).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(remove(storage, Outlived::SyncRuns, DAY).await, 3);
    assert_eq!(remove(storage, Outlived::SyncRuns, DAY).await, 0);
    let shown = storage.queries.connection(owner, busy.id).await.unwrap().unwrap().latest_run.unwrap();
    assert_eq!(shown.id, waiting.id);
    assert!(storage.queries.connection(owner, quiet.id).await.unwrap().unwrap().latest_run.is_some());
}

/// Keys that nobody repeats any more.
pub(in crate::storage) async fn store_keys(storage: &Storage, count: u32) {
    let mut unit = begin(storage).await;
    for number in 0..count {
        let key = format!("key-{number}").parse().unwrap();
        unit.idempotency().begin("s", &key, Fingerprint(SecretHash::of("x")), at(0)).await.unwrap();
    }
    unit.commit().await.unwrap();
}

/// No more than asked for at once.
pub async fn rows_go_in_batches(storage: &Storage) {
    store_keys(storage, 25).await;
    let mut removed = Vec::new();
    loop {
        let mut unit = begin(storage).await;
        let batch = unit.retention().remove(Outlived::IdempotencyKeys, at(2 * DAY), 10).await.unwrap();
        unit.commit().await.unwrap();
        removed.push(batch);
        if batch < 10 {
            break;
        }
    }
    assert_eq!(removed, [10, 10, 5]);
}
