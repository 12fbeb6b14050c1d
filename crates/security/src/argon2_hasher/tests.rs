//! Tests of the password hasher.

use std::{
    sync::{
        atomic::AtomicU8,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use super::*;

struct Counting(AtomicU8);

impl Randomness for Counting {
    fn bytes(&self) -> [u8; 32] {
        [self.0.fetch_add(1, Ordering::Relaxed); 32]
    }
}

fn hasher(turns: usize, queue: usize) -> Argon2Hasher {
    let randomness = Arc::new(Counting(AtomicU8::new(1)));
    Argon2Hasher::with_limits(Argon2Parameters::FLOOR, randomness, turns, queue).unwrap()
}

fn typed(text: &str) -> PlainPassword {
    PlainPassword::presented(text).unwrap()
}

const RIGHT: PasswordMatch = PasswordMatch { right: true, outdated: false };
const WRONG: PasswordMatch = PasswordMatch { right: false, outdated: false };

#[tokio::test]
async fn a_hash_is_salted_and_verifies() {
    let hasher = hasher(2, 8);
    let password = typed("Correct-Horse-7");
    let hash = hasher.hash(&password).await.unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    assert_eq!(hash.as_str().len(), 97);
    assert_ne!(hash, hasher.hash(&password).await.unwrap());
    assert_eq!(hasher.verify(&password, &hash).await, Ok(RIGHT));
    assert_eq!(hasher.verify(&typed("Correct-Horse-8"), &hash).await, Ok(WRONG));
    assert_eq!(hasher.waste(&password).await, Ok(()));
}

#[tokio::test]
async fn a_long_password_is_never_cut() {
    let hasher = hasher(2, 8);
    let long = "a".repeat(127);
    let hash = hasher.hash(&typed(&format!("{long}1"))).await.unwrap();
    assert_eq!(hasher.verify(&typed(&format!("{long}2")), &hash).await, Ok(WRONG));
}

#[tokio::test]
async fn hashes_of_other_systems_verify_and_are_outdated() {
    let hasher = hasher(2, 8);
    for (password, hash, outdated) in [(
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        true,
    )] {
        let hash = PasswordHash::new(hash);
        let found = hasher.verify(&typed(password), &hash).await.unwrap();
        assert_eq!(found, PasswordMatch { right: true, outdated }, "{}", hash.as_str());
        assert!(!hasher.verify(&typed("something else"), &hash).await.unwrap().right);
    }
}

#[tokio::test]
async fn higher_parameters_outdate_a_hash_and_lower_ones_do_not() {
    let weak = hasher(2, 8);
    let randomness = Arc::new(Counting(AtomicU8::new(9)));
    let strong = Argon2Hasher::new(Argon2Parameters::new(20_480, 3, 1).unwrap(), randomness).unwrap();
    let password = typed("Correct-Horse-7");
    let [old, new] = [weak.hash(&password).await.unwrap(), strong.hash(&password).await.unwrap()];
    assert_eq!(strong.verify(&password, &old).await, Ok(PasswordMatch { right: true, outdated: true }));
    assert_eq!(weak.verify(&password, &new).await, Ok(RIGHT));
    for (hasher, hash, outdated) in [
        (&strong, &old, true),
        (&strong, &new, false),
        (&weak, &old, false),
        (&weak, &new, false),
        (&strong, &PasswordHash::new("unreadable"), false),
    ] {
        assert_eq!(hasher.needs_rehash(hash), outdated, "{}", hash.as_str());
    }
}

#[tokio::test]
async fn an_unreadable_hash_costs_the_same_and_never_matches() {
    let hasher = hasher(1, 8);
    let password = typed("Correct-Horse-7");
    let hash = hasher.hash(&password).await.unwrap();
    let time = async |hash: PasswordHash| {
        let start = std::time::Instant::now();
        let found = hasher.verify(&password, &hash).await.unwrap();
        (found.right, start.elapsed())
    };
    let mut honest = Duration::MAX;
    let mut unreadable = Duration::MAX;
    for _ in 0..5 {
        honest = honest.min(time(hash.clone()).await.1);
        for text in ["", "!", "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q"] {
            let (right, took) = time(PasswordHash::new(text)).await;
            assert!(!right);
            unreadable = unreadable.min(took);
        }
    }
    assert!(unreadable * 2 > honest && honest * 2 > unreadable, "{unreadable:?} and {honest:?}");
}

/// Work that lasts until the sender says so.
fn held() -> (Sender<()>, impl FnOnce(&Engine) + Send + 'static) {
    let (release, hold): (Sender<()>, Receiver<()>) = channel();
    (release, move |_: &Engine| hold.recv().unwrap())
}

async fn settle(condition: impl Fn() -> bool) {
    let reached = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached).await.expect("never happened");
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let hasher = Arc::new(hasher(1, 2));
    let password = typed("Correct-Horse-7");
    let (release, work) = held();
    let running = tokio::spawn({
        let hasher = Arc::clone(&hasher);
        async move { hasher.run(work).await }
    });
    settle(|| hasher.turns.available_permits() == 0).await;
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let (hasher, password) = (Arc::clone(&hasher), password.clone());
            tokio::spawn(async move { hasher.waste(&password).await })
        })
        .collect();
    settle(|| hasher.waiting.load(Ordering::Relaxed) == 2).await;
    assert_eq!(hasher.waste(&password).await, Err(HashError::Busy));
    assert_eq!(hasher.waiting.load(Ordering::Relaxed), 2, "a refused caller leaves no trace");

    // A waiting caller that gives up makes room.
    waiting[0].abort();
    settle(|| hasher.waiting.load(Ordering::Relaxed) == 1).await;
    release.send(()).unwrap();
    running.await.unwrap().unwrap();
    for waiter in waiting.into_iter().skip(1) {
        assert_eq!(waiter.await.unwrap(), Ok(()));
    }
    assert_eq!(hasher.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_turn_lasts_as_long_as_the_work_not_as_the_caller() {
    let hasher = Arc::new(hasher(1, 0));
    let (release, work) = held();
    let caller = tokio::spawn({
        let hasher = Arc::clone(&hasher);
        async move { hasher.run(work).await }
    });
    settle(|| hasher.turns.available_permits() == 0).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    assert_eq!(hasher.waste(&typed("x")).await, Err(HashError::Busy));
    release.send(()).unwrap();
    settle(|| hasher.turns.available_permits() == 1).await;
    assert_eq!(hasher.waste(&typed("x")).await, Ok(()));
}

#[tokio::test]
async fn memory_is_kept_for_no_more_hashes_than_turns() {
    let hasher = Arc::new(hasher(2, 100));
    let logins: Vec<_> = (0..20)
        .map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.waste(&typed("x")).await })
        })
        .collect();
    for login in logins {
        login.await.unwrap().unwrap();
    }
    assert!(hasher.engine.spare.lock().unwrap().len() <= 2);
}

/// Prints what a password costs; run with `--ignored --nocapture`.
#[tokio::test]
#[ignore = "a measurement"]
async fn how_long_a_password_takes() {
    let hasher = hasher(1, 8);
    let time = async |keep: bool| {
        let start = std::time::Instant::now();
        for _ in 0..30 {
            if !keep {
                hasher.engine.spare.lock().unwrap().clear();
            }
            hasher.waste(&typed("Correct-Horse-7")).await.unwrap();
        }
        start.elapsed() / 30
    };
    time(true).await;
    println!("with kept memory {:?}, with fresh memory {:?}", time(true).await, time(false).await);
}
