//! What happens when Redis is flushed, killed, frozen and back again: limits stay limits, and nobody waits long.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use dashtam_domain::{
    id::UserId,
    identity::{SessionCache, SessionSnapshot},
    rate_limit::{Bucket, Decision, Rate, Subject},
};
use dashtam_local::MemoryRateLimiter;
use dashtam_testkit::{builders, servers::Redis};
use support::{Replica, eventually};
use uuid::Uuid;

/// A server of this test's own; the test ends here where there is none.
macro_rules! redis {
    ($test:literal) => {
        match Redis::start() {
            Ok(redis) => redis,
            Err(skip) => return skip.announce($test),
        }
    };
}

const RATE: &str = "5/0.1";

fn bucket(user: u128) -> Bucket {
    Bucket { rule: "login", subject: Subject::User(UserId(Uuid::from_u128(user))) }
}

async fn take(replica: &Replica, user: u128) -> Decision {
    let rate: Rate = RATE.parse().unwrap();
    replica.shared.rate_limiter().take(bucket(user), rate, 1).decided().await
}

/// How many of 20 requests get through.
async fn through(replicas: &[&Replica], user: u128) -> usize {
    let mut through = 0;
    for turn in 0..20 {
        through += usize::from(take(replicas[turn % replicas.len()], user).await.allowed);
    }
    through
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_limits() {
    let redis = redis!("replicas_share_limits");
    let (one, two) = (Replica::new(&redis.url(), "").await, Replica::new(&redis.url(), "").await);
    assert_eq!(through(&[&one, &two], 1).await, 5);
    let elsewhere = Replica::new(&redis.url(), "other").await;
    assert_eq!(through(&[&elsewhere], 1).await, 5, "another installation has limits of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_server_limits_again_at_once() {
    let redis = redis!("a_flushed_server_limits_again_at_once");
    let replica = Replica::with(&redis.url(), "", Arc::new(support::NoLimiter)).await;
    assert_eq!(through(&[&replica], 1).await, 5);
    assert_eq!(redis.command("SCRIPT FLUSH"), "+OK");
    assert_eq!(through(&[&replica], 1).await, 0, "the buckets are still there, the script is there again");
    assert_eq!(redis.command("FLUSHALL"), "+OK");
    assert_eq!(redis.command("SCRIPT FLUSH"), "+OK");
    assert_eq!(through(&[&replica], 1).await, 5, "the buckets were new, and limits still hold");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_tell_nobody_and_go_away() {
    let redis = redis!("keys_tell_nobody_and_go_away");
    let replica = Replica::new(&redis.url(), "").await;
    assert!(take(&replica, 0x7777).await.allowed);
    let keys = redis.command("KEYS *limit:login*");
    let key = keys.lines().map(str::trim).find(|line| line.contains("limit:login:")).unwrap().to_owned();
    let rest = key.rsplit(':').next().unwrap();
    assert!(rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    assert!(!keys.contains("7777"));
    // One token in ten minutes, and a minute more.
    let left: i64 = redis.command(&format!("PTTL {key}")).trim_start_matches(':').parse().unwrap();
    assert!((600_000..=660_000).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_each_replica_limits_by_itself() {
    let redis = redis!("without_a_server_each_replica_limits_by_itself");
    redis.kill();
    let started = Instant::now();
    let replica = Replica::new(&redis.url(), "").await;
    assert!(started.elapsed() < Duration::from_secs(3), "a start does not wait for Redis");
    assert!(!replica.shared.is_connected());
    assert_eq!(through(&[&replica], 1).await, 5);
    redis.start_again();
    replica.until(true).await;
    assert_eq!(through(&[&replica], 1).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_and_back_leaves_no_limit_open() {
    let redis = redis!("a_server_killed_and_back_leaves_no_limit_open");
    let replica = Replica::new(&redis.url(), "").await;
    assert_eq!(through(&[&replica], 1).await, 5);
    redis.kill();
    // The very next request finds out, and is decided all the same.
    assert_eq!(through(&[&replica], 2).await, 5);
    assert_eq!(through(&[&replica], 2).await, 0);
    assert!(!replica.shared.is_connected());
    let started = Instant::now();
    for _ in 0..1_000 {
        take(&replica, 3).await;
    }
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "a dead server is not asked: {:?}",
        started.elapsed()
    );
    redis.start_again();
    replica.until(true).await;
    assert_eq!(through(&[&replica], 4).await, 5, "a server that knows no script is given it");
    assert_eq!(through(&[&replica], 4).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_holds_nobody_up() {
    let redis = redis!("a_server_that_falls_silent_holds_nobody_up");
    let (fallback, patience) = (Arc::new(MemoryRateLimiter::new()), Duration::from_millis(250));
    let replica = Arc::new(Replica::patient(&redis.url(), "", fallback, patience).await);
    replica.until(true).await;
    assert!(take(&replica, 1).await.allowed);
    redis.freeze();
    let started = Instant::now();
    let together: Vec<_> = (0..30)
        .map(|_| {
            let replica = replica.clone();
            tokio::spawn(async move { take(&replica, 2).await.allowed })
        })
        .collect();
    let mut allowed = 0;
    for one in together {
        allowed += usize::from(one.await.unwrap());
    }
    assert_eq!(allowed, 5, "also those who waited together are limited");
    assert!(started.elapsed() < Duration::from_millis(1_500), "{:?}", started.elapsed());
    let started = Instant::now();
    assert_eq!(through(&[&replica], 2).await, 0);
    assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
    redis.thaw();
    replica.until(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_to_write_is_not_used() {
    let redis = redis!("a_server_that_refuses_to_write_is_not_used");
    let replica = Replica::new(&redis.url(), "").await;
    redis.command("REPLICAOF 127.0.0.1 1");
    assert_eq!(through(&[&replica], 1).await, 5);
    eventually(|| !replica.shared.is_connected()).await;
    redis.command("REPLICAOF NO ONE");
    replica.until(true).await;
    assert_eq!(through(&[&replica], 5).await, 5);
}

fn snapshot() -> Arc<SessionSnapshot> {
    let user = builders::user();
    Arc::new(SessionSnapshot { session: builders::session(&user), user, floor: builders::token_floor() })
}

fn kept(replica: &Replica, snapshot: &SessionSnapshot) -> bool {
    replica.local.get(snapshot.session.id).is_some()
}

/// Puts the snapshots into both caches. A moment after a connection nothing is kept, so that this may take a while.
async fn keep(replicas: [&Replica; 2], snapshots: &[Arc<SessionSnapshot>]) {
    eventually(|| {
        replicas.iter().all(|replica| {
            snapshots.iter().for_each(|snapshot| replica.shared.session_cache().put(snapshot.clone()));
            snapshots.iter().all(|snapshot| kept(replica, snapshot))
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_forgets_the_others_forget_at_once() {
    let redis = redis!("what_one_replica_forgets_the_others_forget_at_once");
    let (one, two) = (Replica::new(&redis.url(), "").await, Replica::new(&redis.url(), "").await);
    let elsewhere = Replica::new(&redis.url(), "other").await;
    let sessions: Vec<_> = (0..4).map(|_| snapshot()).collect();
    keep([&one, &two], &sessions).await;
    keep([&one, &elsewhere], &sessions).await;

    let started = Instant::now();
    one.shared.session_cache().forget(sessions[0].session.id);
    assert!(!kept(&one, &sessions[0]));
    eventually(|| !kept(&two, &sessions[0])).await;
    assert!(kept(&two, &sessions[1]));
    two.shared.session_cache().forget_user(sessions[1].user.id);
    eventually(|| !kept(&one, &sessions[1])).await;
    assert!(kept(&one, &sessions[2]));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    one.shared.session_cache().forget_all();
    eventually(|| !kept(&two, &sessions[2]) && !kept(&two, &sessions[3])).await;
    assert!(sessions.iter().all(|snapshot| kept(&elsewhere, snapshot)), "another installation heard nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_can_wait_is_told_as_everything() {
    let redis = redis!("more_than_can_wait_is_told_as_everything");
    let (one, two) = (Replica::new(&redis.url(), "").await, Replica::new(&redis.url(), "").await);
    let session = snapshot();
    keep([&one, &two], std::slice::from_ref(&session)).await;
    redis.freeze();
    for _ in 0..20_000 {
        one.shared.session_cache().forget(snapshot().session.id);
    }
    redis.thaw();
    eventually(|| !kept(&two, &session)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_nobody_listened_is_made_up_for() {
    let redis = redis!("what_was_said_while_nobody_listened_is_made_up_for");
    let (one, two) = (Replica::new(&redis.url(), "").await, Replica::new(&redis.url(), "").await);
    let session = snapshot();
    keep([&one, &two], std::slice::from_ref(&session)).await;
    redis.kill();
    one.until(false).await;
    two.until(false).await;
    one.shared.session_cache().forget(session.session.id);
    assert!(kept(&two, &session), "nobody told it");
    redis.start_again();
    two.until(true).await;
    assert!(!kept(&two, &session), "a replica that is back believes nothing of before");
    assert!(!kept(&one, &session));
}
