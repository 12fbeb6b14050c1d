//! Sign-ins that wait for their second factor, and sessions whose holders prove again who they are.

use dashtam_domain::{
    identity::{
        Assurance, Challenge, EndReason, FirstFactor, MailedCode, Reauthentication, Session, Transport,
    },
    retention::Outlived,
    secret::SecretHash,
    store::Storage,
    time::Timestamp,
};

use crate::builders::{self, at};
use crate::storage::{
    begin,
    races::{race, winners},
    stored_user,
};

async fn stored(storage: &Storage, challenge: Challenge) -> Challenge {
    let mut unit = begin(storage).await;
    unit.challenges().insert(&challenge).await.unwrap();
    unit.commit().await.unwrap();
    challenge
}

async fn attempt(storage: &Storage, challenge: &Challenge, now: Timestamp) -> Option<i32> {
    let mut unit = begin(storage).await;
    let tried = unit.challenges().attempt(&challenge.hash, now).await.unwrap();
    unit.commit().await.unwrap();
    tried.map(|tried| tried.attempts)
}

async fn consume(storage: &Storage, challenge: &Challenge, now: Timestamp) -> bool {
    let mut unit = begin(storage).await;
    let won = unit.challenges().consume(challenge.id, now).await.unwrap();
    unit.commit().await.unwrap();
    won
}

async fn resend(storage: &Storage, challenge: &Challenge, code: &str, now: Timestamp) -> bool {
    let mut unit = begin(storage).await;
    let sent = unit.challenges().resend(challenge.id, &SecretHash::of(code), now).await.unwrap();
    unit.commit().await.unwrap();
    sent
}

fn code(sends: i32) -> Option<MailedCode> {
    Some(MailedCode { hash: SecretHash::of("code"), sends, sent_at: at(0) })
}

/// With all it knows, and with nothing it need not know.
pub async fn a_challenge_comes_back_as_stored(storage: &Storage) {
    let user = stored_user(storage).await;
    let bare = builders::challenge(&user);
    let full = Challenge {
        first_factor: FirstFactor::LoginLink,
        transport: Transport::Cookie,
        long_lived: false,
        attempts: 3,
        consumed_at: Some(at(7)),
        code: code(2),
        ..builders::challenge(&user)
    };
    for challenge in [bare, full] {
        let challenge = stored(storage, challenge).await;
        assert_eq!(storage.queries.challenge(&challenge.hash).await.unwrap(), Some(challenge));
    }
    assert_eq!(storage.queries.challenge(&SecretHash::of("unknown")).await.unwrap(), None);
}

/// Five, each counted; none after its end, once it is used, or for a token nobody gave out.
pub async fn a_challenge_takes_five_tries_until_its_end(storage: &Storage) {
    let user = stored_user(storage).await;
    let challenge = stored(storage, builders::challenge(&user)).await;
    for number in 1..=Challenge::ATTEMPTS {
        assert_eq!(attempt(storage, &challenge, challenge.expires_at).await, Some(number));
    }
    assert_eq!(attempt(storage, &challenge, at(1)).await, None);
    let late = stored(storage, builders::challenge(&user)).await;
    assert_eq!(attempt(storage, &late, late.expires_at.plus(chrono::TimeDelta::microseconds(1))).await, None);
    assert!(consume(storage, &late, at(1)).await);
    assert_eq!(attempt(storage, &late, at(2)).await, None);
    let unknown = builders::challenge(&user);
    assert_eq!(attempt(storage, &unknown, at(1)).await, None);
}

/// Also with its last try, and not after its end.
pub async fn a_challenge_is_used_up_once_until_its_end(storage: &Storage) {
    let user = stored_user(storage).await;
    let spent = Challenge { attempts: Challenge::ATTEMPTS, ..builders::challenge(&user) };
    let challenge = stored(storage, spent).await;
    assert!(
        !consume(storage, &challenge, challenge.expires_at.plus(chrono::TimeDelta::microseconds(1))).await
    );
    assert!(consume(storage, &challenge, challenge.expires_at).await);
    assert!(!consume(storage, &challenge, challenge.expires_at).await);
    let kept = storage.queries.challenge(&challenge.hash).await.unwrap().unwrap();
    assert_eq!(kept.consumed_at, Some(challenge.expires_at));
}

/// After a minute each, three in all; never where none was sent at first, and not when the challenge is over.
pub async fn another_code_takes_the_place_of_the_last_after_a_pause(storage: &Storage) {
    let user = stored_user(storage).await;
    let challenge = stored(storage, Challenge { code: code(1), ..builders::challenge(&user) }).await;
    assert!(!resend(storage, &challenge, "too soon", at(59)).await);
    assert!(resend(storage, &challenge, "second", at(60)).await);
    assert!(!resend(storage, &challenge, "too soon", at(119)).await);
    assert!(resend(storage, &challenge, "third", at(120)).await);
    assert!(!resend(storage, &challenge, "too many", at(240)).await);
    let kept = storage.queries.challenge(&challenge.hash).await.unwrap().unwrap();
    let newest = MailedCode { hash: SecretHash::of("third"), sends: 3, sent_at: at(120) };
    assert_eq!(kept.code, Some(newest));

    let none = builders::challenge(&user);
    let used = Challenge { code: code(1), consumed_at: Some(at(1)), ..builders::challenge(&user) };
    let spent = Challenge { code: code(1), attempts: Challenge::ATTEMPTS, ..builders::challenge(&user) };
    let over = Challenge { code: code(1), expires_at: at(99), ..builders::challenge(&user) };
    for closed in [none, used, spent, over] {
        let closed = stored(storage, closed).await;
        assert!(!resend(storage, &closed, "closed", at(100)).await, "{closed:?}");
    }
}

/// They go when they can do nothing more, and with their user.
pub async fn challenges_that_are_over_are_removed(storage: &Storage) {
    let user = stored_user(storage).await;
    let over = stored(storage, Challenge { expires_at: at(99), ..builders::challenge(&user) }).await;
    let open = stored(storage, Challenge { expires_at: at(100), ..builders::challenge(&user) }).await;
    let mut unit = begin(storage).await;
    assert_eq!(unit.retention().remove(Outlived::Challenges, at(100), 500).await.unwrap(), 1);
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.challenge(&over.hash).await.unwrap(), None);
    assert!(storage.queries.challenge(&open.hash).await.unwrap().is_some());
}

/// Only by its owner, and not when it has ended. A session held by tokens keeps having no secret.
pub async fn a_session_is_proved_again_by_its_owner(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let tokens = builders::session(&user);
    let cookie = Session {
        transport: Transport::Cookie,
        credential: Some(SecretHash::of("old")),
        ..builders::session(&user)
    };
    let ended = builders::session(&user);
    let mut unit = begin(storage).await;
    for session in [&tokens, &cookie, &ended] {
        unit.sessions().insert(session).await.unwrap();
    }
    unit.sessions().end(user.id, ended.id, EndReason::SignedOut, at(1)).await.unwrap();
    let proof = Reauthentication { at: at(9), assurance: Assurance::TwoFactors, credential: None };
    let renewed = Reauthentication { credential: Some(SecretHash::of("new")), ..proof };
    assert!(unit.sessions().reauthenticate(user.id, tokens.id, &proof).await.unwrap());
    assert!(unit.sessions().reauthenticate(user.id, cookie.id, &renewed).await.unwrap());
    assert!(!unit.sessions().reauthenticate(user.id, ended.id, &proof).await.unwrap());
    assert!(!unit.sessions().reauthenticate(stranger.id, tokens.id, &renewed).await.unwrap());
    unit.commit().await.unwrap();
    let proved = |session: Session, credential| Session {
        authenticated_at: at(9),
        assurance: Assurance::TwoFactors,
        credential,
        ..session
    };
    let read = async |session: &Session| storage.queries.session(session.id).await.unwrap().unwrap().session;
    assert_eq!(read(&tokens).await, proved(tokens, None));
    assert_eq!(read(&cookie).await, proved(cookie.clone(), Some(SecretHash::of("new"))));
    let by = async |secret| storage.queries.session_by_credential(&SecretHash::of(secret)).await.unwrap();
    assert!(by("old").await.is_none() && by("new").await.is_some());
    assert_eq!(read(&ended).await.authenticated_at, ended.authenticated_at);
}

/// Thirty tries at once are five.
pub async fn tries_at_once_are_as_many_as_a_challenge_takes(storage: &Storage) {
    let user = stored_user(storage).await;
    let challenge = stored(storage, builders::challenge(&user)).await;
    let tried = race(storage, |storage, _| {
        let challenge = challenge.clone();
        async move { attempt(&storage, &challenge, at(1)).await }
    })
    .await;
    let mut numbers: Vec<i32> = tried.into_iter().flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=Challenge::ATTEMPTS).collect::<Vec<_>>());
}

/// Thirty right codes at once are one sign-in.
pub async fn one_of_many_uses_up_a_challenge(storage: &Storage) {
    let user = stored_user(storage).await;
    let challenge = stored(storage, builders::challenge(&user)).await;
    let won = race(storage, |storage, _| {
        let challenge = challenge.clone();
        async move { consume(&storage, &challenge, at(1)).await }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Thirty wishes for another code are one mail.
pub async fn one_of_many_has_another_code_sent(storage: &Storage) {
    let user = stored_user(storage).await;
    let challenge = stored(storage, Challenge { code: code(1), ..builders::challenge(&user) }).await;
    let won = race(storage, |storage, number| {
        let challenge = challenge.clone();
        async move { resend(&storage, &challenge, &number.to_string(), at(60)).await }
    })
    .await;
    assert_eq!(winners(&won), 1);
}
