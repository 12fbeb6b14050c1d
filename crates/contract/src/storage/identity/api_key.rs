//! API keys: how many there may be, what they are called, which one took whose place, and when their end is told;
//! one caller and thirty at once.

use std::collections::HashSet;

use chrono::TimeDelta;
use dashtam_domain::{
    id::SessionId,
    identity::{
        ApiKeyInserted, ApiKeyTerms, EndReason, Scope, Scopes, Session, SessionNote, Transport, User,
        parse_network,
    },
    secret::SecretHash,
    store::Storage,
    time::Timestamp,
};

use crate::builders::{self, at};
use crate::storage::{
    begin,
    races::{CALLERS, race, winners},
    stored_user,
};

const DAY: i64 = 86_400;

/// A key of this user and name that works until the thirtieth day.
fn key(user: &User, name: &str) -> Session {
    let scopes: Scopes = [Scope::AccountsRead, Scope::SyncRun].into_iter().collect();
    let networks = ["192.0.2.0/24", "2001:db8::1"].map(|text| parse_network(text).unwrap()).to_vec();
    let session = builders::session(user);
    Session {
        transport: Transport::ApiKey,
        label: Some(name.parse().unwrap()),
        credential: Some(SecretHash::of(&session.id.to_string())),
        key: Some(ApiKeyTerms { scopes, hint: "AAcJ".to_owned(), networks, replaced_by: None }),
        ..session
    }
}

async fn add(storage: &Storage, key: &Session, now: Timestamp) -> ApiKeyInserted {
    let mut unit = begin(storage).await;
    let added = unit.sessions().insert_key(key, now).await.unwrap();
    unit.commit().await.unwrap();
    added
}

async fn end(storage: &Storage, key: &Session) {
    let mut unit = begin(storage).await;
    assert!(unit.sessions().end(key.user, key.id, EndReason::Revoked, at(1)).await.unwrap());
    unit.commit().await.unwrap();
}

async fn replace(
    storage: &Storage,
    key: &Session,
    by: SessionId,
    until: Option<Timestamp>,
    now: i64,
) -> bool {
    let mut unit = begin(storage).await;
    let replaced = unit.sessions().replace_key(key.user, key.id, by, until, at(now)).await.unwrap();
    unit.commit().await.unwrap();
    replaced
}

async fn read(storage: &Storage, id: SessionId) -> Session {
    storage.queries.session(id).await.unwrap().unwrap().session
}

async fn listed(storage: &Storage, user: &User, now: Timestamp) -> Vec<SessionId> {
    storage.queries.api_keys(user.id, now).await.unwrap().iter().map(|key| key.id).collect()
}

/// Keys and sessions of browsers survive with all they have, and are found by what their holders show.
pub async fn what_a_credential_belongs_to_is_found_by_its_hash(storage: &Storage) {
    let user = stored_user(storage).await;
    let whole = key(&user, "Küche");
    assert_eq!(add(storage, &whole, at(0)).await, ApiKeyInserted::New);
    let mut bare = key(&user, "bare");
    bare.key = Some(ApiKeyTerms {
        scopes: Scopes::default(),
        hint: String::new(),
        networks: vec![],
        replaced_by: None,
    });
    assert_eq!(add(storage, &bare, at(0)).await, ApiKeyInserted::New);
    let cookie = Session {
        transport: Transport::Cookie,
        long_lived: false,
        credential: Some(SecretHash::of("cookie")),
        csrf: Some(SecretHash::of("page")),
        ..builders::session(&user)
    };
    let mut unit = begin(storage).await;
    unit.sessions().insert(&cookie).await.unwrap();
    unit.commit().await.unwrap();
    for session in [&whole, &bare, &cookie] {
        let found = storage.queries.session_by_credential(&session.credential.unwrap()).await.unwrap();
        let found = found.unwrap();
        assert_eq!((&found.session, found.user.id), (session, user.id));
    }
    let unknown = SecretHash::of("nobody's");
    assert_eq!(storage.queries.session_by_credential(&unknown).await.unwrap(), None);
    assert_eq!(listed(storage, &user, at(0)).await, [bare.id, whole.id], "the newest first");
    assert_eq!(listed(storage, &stored_user(storage).await, at(0)).await, []);
}

/// 25 that work; those that ended, have expired or are void by a rotation make room.
pub async fn keys_are_as_many_as_there_may_be(storage: &Storage) {
    let user = stored_user(storage).await;
    let mut keys = Vec::new();
    for number in 0..ApiKeyTerms::MOST {
        let next = key(&user, &format!("key {number}"));
        assert_eq!(add(storage, &next, at(1)).await, ApiKeyInserted::New);
        keys.push(next);
    }
    let more = key(&user, "one more");
    assert_eq!(add(storage, &more, at(1)).await, ApiKeyInserted::LimitReached);
    let taken = key(&user, "key 7");
    assert_eq!(add(storage, &taken, at(1)).await, ApiKeyInserted::NameTaken, "the name is told first");
    // Somebody else's keys, and sessions that are no keys, are not counted.
    let other = stored_user(storage).await;
    assert_eq!(add(storage, &key(&other, "key 7"), at(1)).await, ApiKeyInserted::New);
    end(storage, &keys[3]).await;
    assert_eq!(add(storage, &more, at(1)).await, ApiKeyInserted::New);
    assert_eq!(add(storage, &key(&user, "again"), at(1)).await, ApiKeyInserted::LimitReached);
    // All have expired; the last instant counts.
    assert_eq!(add(storage, &key(&user, "again"), at(30 * DAY)).await, ApiKeyInserted::LimitReached);
    let later = at(30 * DAY).plus(TimeDelta::microseconds(1));
    let mut late = key(&user, "key 1");
    (late.created_at, late.expires_at) = (later, at(60 * DAY));
    assert_eq!(add(storage, &late, later).await, ApiKeyInserted::New);
    assert_eq!(listed(storage, &user, later).await, [late.id]);
}

/// A rotation of the user's tokens voids keys, which are then neither shown nor in the way.
pub async fn a_void_key_is_not_in_the_way(storage: &Storage) {
    let user = stored_user(storage).await;
    assert_eq!(add(storage, &key(&user, "job"), at(1)).await, ApiKeyInserted::New);
    assert_eq!(add(storage, &key(&user, "job"), at(1)).await, ApiKeyInserted::NameTaken);
    assert_eq!(add(storage, &key(&user, "Job"), at(1)).await, ApiKeyInserted::New);
    let mut unit = begin(storage).await;
    unit.users().rotate_tokens(user.id, at(2)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(listed(storage, &user, at(3)).await, []);
    let again = Session { token_version: 2, ..key(&user, "job") };
    assert_eq!(add(storage, &again, at(3)).await, ApiKeyInserted::New);
    assert_eq!(listed(storage, &user, at(3)).await, [again.id]);
}

/// Once, by its owner, while it works; it never lives longer for it, and its name is free.
pub async fn a_key_is_replaced_once(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let old = key(&user, "job");
    assert_eq!(add(storage, &old, at(0)).await, ApiKeyInserted::New);
    let by = SessionId(builders::id());
    let foreign = Session { user: stranger.id, ..old.clone() };
    assert!(!replace(storage, &foreign, by, Some(at(9)), 1).await);
    assert!(!replace(storage, &old, by, Some(at(99 * DAY)), 31 * DAY).await, "past its end");
    assert!(replace(storage, &old, by, Some(at(9)), 1).await);
    assert!(!replace(storage, &old, by, Some(at(8)), 2).await && !replace(storage, &old, by, None, 2).await);
    let read_back = read(storage, old.id).await;
    assert_eq!((read_back.expires_at, read_back.ended), (at(9), None));
    assert_eq!(read_back.key.unwrap().replaced_by, Some(by));
    // The name is the new one's, and both are there until the old one ends.
    let new = Session { id: by, ..key(&user, "job") };
    assert_eq!(add(storage, &new, at(1)).await, ApiKeyInserted::New);
    assert_eq!(add(storage, &key(&user, "job"), at(1)).await, ApiKeyInserted::NameTaken);
    assert_eq!(listed(storage, &user, at(9)).await.len(), 2);
    assert_eq!(listed(storage, &user, at(10)).await, [new.id]);
    // Never later than it would have ended, and at once without a grace.
    let third = SessionId(builders::id());
    assert!(replace(storage, &new, third, Some(at(31 * DAY)), 30 * DAY).await);
    assert_eq!(read(storage, new.id).await.expires_at, at(30 * DAY));
    let short = key(&user, "short");
    assert_eq!(add(storage, &short, at(1)).await, ApiKeyInserted::New);
    assert!(replace(storage, &short, third, None, 5).await);
    let ended = read(storage, short.id).await;
    assert_eq!((ended.ended, ended.expires_at), (Some((at(5), EndReason::Replaced)), at(30 * DAY)));
    // What is no key is not replaced, and a key is not renamed as sessions are.
    let session = builders::session(&user);
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    assert!(!unit.sessions().replace_key(user.id, session.id, third, None, at(1)).await.unwrap());
    let note = SessionNote { label: Some(Some("job".parse().unwrap())), is_trusted: None };
    assert!(!unit.sessions().note(user.id, new.id, &note).await.unwrap());
}

/// Two weeks and three days before the end, each once; not for keys that were replaced or have ended.
pub async fn notices_of_keys_move_on(storage: &Storage) {
    let user = stored_user(storage).await;
    let names = ["told", "replaced", "revoked", "short"];
    let [told, replaced, revoked, mut short] = names.map(|name| key(&user, name));
    short.expires_at = at(2 * DAY);
    for key in [&told, &replaced, &revoked, &short] {
        assert_eq!(add(storage, key, at(0)).await, ApiKeyInserted::New);
    }
    let due = async |now| storage.queries.due_key_notices(now, 10).await.unwrap();
    assert_eq!(due(at(16 * DAY - 1)).await, []);
    let found = due(at(16 * DAY)).await;
    assert_eq!(found.iter().map(|notice| notice.key).collect::<Vec<_>>(), [told.id, replaced.id, revoked.id]);
    assert!(replace(storage, &replaced, told.id, Some(at(29 * DAY)), 1).await);
    end(storage, &revoked).await;
    let [first] = due(at(16 * DAY)).await.try_into().unwrap();
    assert_eq!((first.key, first.owner, first.due_at), (told.id, user.id, at(16 * DAY)));
    assert_eq!(first.expires_at, told.expires_at);
    let settle = async |notice, next| {
        let mut unit = begin(storage).await;
        let settled = unit.sessions().settle_key_notice(notice, next).await.unwrap();
        unit.commit().await.unwrap();
        settled
    };
    let next = ApiKeyTerms::next_notice(told.expires_at, at(16 * DAY));
    assert!(settle(&first, next).await && !settle(&first, next).await);
    assert_eq!(due(at(27 * DAY - 1)).await, []);
    let [second] = due(at(27 * DAY)).await.try_into().unwrap();
    assert!(settle(&second, None).await);
    assert_eq!(due(at(40 * DAY)).await, []);
}

/// A key as thirty callers ask for it, each by its own clock: they come in another order than they read it.
fn asked_for(user: &User, name: &str, number: usize) -> (Session, Timestamp) {
    let now = at((CALLERS - number) as i64);
    (Session { created_at: now, last_seen_at: now, ..key(user, name) }, now)
}

/// Thirty keys made at once are exactly 25.
pub async fn keys_made_at_once_are_as_many_as_there_may_be(storage: &Storage) {
    let user = stored_user(storage).await;
    let answers = race(storage, |storage, number| {
        let (key, now) = asked_for(&user, &format!("key {number}"), number);
        async move { add(&storage, &key, now).await }
    })
    .await;
    let count = |wanted| answers.iter().filter(|answer| **answer == wanted).count();
    assert_eq!((count(ApiKeyInserted::New), count(ApiKeyInserted::LimitReached)), (25, CALLERS - 25));
    assert_eq!(listed(storage, &user, at(CALLERS as i64)).await.len(), 25);
}

/// A name goes to one key.
pub async fn one_of_many_takes_a_key_name(storage: &Storage) {
    let user = stored_user(storage).await;
    let answers = race(storage, |storage, number| {
        let (key, now) = asked_for(&user, "job", number);
        async move { add(&storage, &key, now).await }
    })
    .await;
    let won: Vec<_> = answers.iter().map(|answer| *answer == ApiKeyInserted::New).collect();
    assert_eq!(winners(&won), 1);
    assert!(!answers.contains(&ApiKeyInserted::LimitReached));
}

/// A key is replaced by one other, with and without a grace.
pub async fn one_of_many_replaces_a_key(storage: &Storage) {
    let user = stored_user(storage).await;
    for until in [None, Some(at(100))] {
        let old = key(&user, "job");
        assert_eq!(add(storage, &old, at(0)).await, ApiKeyInserted::New);
        let won = race(storage, |storage, number| {
            let old = old.clone();
            async move {
                let new = key_for(&old);
                let mut unit = begin(&storage).await;
                // As whoever rotates does: the old one goes first.
                let sessions = unit.sessions();
                let now = at(1 + number as i64);
                if !sessions.replace_key(old.user, old.id, new.id, until, now).await.unwrap() {
                    return false;
                }
                assert_eq!(sessions.insert_key(&new, now).await.unwrap(), ApiKeyInserted::New);
                unit.commit().await.unwrap();
                true
            }
        })
        .await;
        assert_eq!(winners(&won), 1);
        let keys: HashSet<_> = listed(storage, &user, at(50)).await.into_iter().collect();
        assert_eq!(keys.len(), 1 + usize::from(until.is_some()));
        for id in keys {
            let mut unit = begin(storage).await;
            assert!(unit.sessions().end(user.id, id, EndReason::Revoked, at(60)).await.unwrap());
            unit.commit().await.unwrap();
        }
    }
}

fn key_for(old: &Session) -> Session {
    let id = builders::id();
    Session { id: SessionId(id), credential: Some(SecretHash::of(&id.to_string())), ..old.clone() }
}

/// A notice is told by one worker.
pub async fn one_of_many_settles_a_key_notice(storage: &Storage) {
    let user = stored_user(storage).await;
    assert_eq!(add(storage, &key(&user, "job"), at(0)).await, ApiKeyInserted::New);
    let [notice] = storage.queries.due_key_notices(at(20 * DAY), 10).await.unwrap().try_into().unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let won = unit.sessions().settle_key_notice(&notice, Some(at(27 * DAY))).await.unwrap();
        unit.commit().await.unwrap();
        won
    })
    .await;
    assert_eq!(winners(&won), 1);
}
