//! Users, sessions and tokens.

use dashtam_domain::{
    identity::{EndReason, OneTimeToken, PasswordHash, Purpose, Session, Transport},
    secret::SecretHash,
    store::{Inserted, Storage, StoreError},
};

use crate::builders::{self, at};
use crate::storage::{begin, stored_user};

/// Every field survives, microseconds and absences included.
pub async fn a_user_comes_back_as_stored(storage: &Storage) {
    let mut full = builders::user();
    full.verified(at(1));
    full.signed_in(Some("2001:db8::ffff:192.0.2.1".parse().unwrap()), at(2));
    full.is_active = false;
    full.token_version = 3;
    let mut bare = builders::user();
    bare.password = None;
    let mut unit = begin(storage).await;
    for user in [&full, &bare] {
        unit.users().insert_if_absent(user).await.unwrap();
        assert_eq!(unit.users().find(user.id).await.unwrap().as_ref(), Some(user));
        assert_eq!(unit.users().find_by_email(&user.email).await.unwrap().as_ref(), Some(user));
    }
    unit.commit().await.unwrap();
    for user in [&full, &bare] {
        let read = storage.queries.user(user.id).await.unwrap().unwrap();
        assert_eq!(&read, user);
        // Equality of addresses is that of the canonical form; the spelling stays as well.
        assert_eq!(read.email.as_str(), user.email.as_str());
        assert_eq!(storage.queries.user_by_email(&user.email).await.unwrap().as_ref(), Some(user));
    }
    assert_eq!(storage.queries.user(builders::user().id).await.unwrap(), None);
    assert_eq!(storage.queries.user_by_email(&"nobody@example.com".parse().unwrap()).await.unwrap(), None);
}

/// Case does not make another address.
pub async fn an_address_is_taken_once_whatever_its_spelling(storage: &Storage) {
    let first = stored_user(storage).await;
    let mut second = builders::user();
    second.email = first.email.as_str().to_uppercase().parse().unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.users().insert_if_absent(&second).await.unwrap(), Inserted::Exists);
    // The unit goes on: losing is a value.
    let third = builders::user();
    assert_eq!(unit.users().insert_if_absent(&third).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user_by_email(&second.email).await.unwrap().unwrap().id, first.id);
    assert_eq!(storage.queries.user(second.id).await.unwrap(), None);
}

/// An old copy cannot undo a newer write.
pub async fn a_user_update_bumps_the_revision_and_refuses_old_copies(storage: &Storage) {
    let mut user = stored_user(storage).await;
    let mut old = user.clone();
    let mut unit = begin(storage).await;
    user.verified(at(5));
    user.name = "Countess of Lovelace".parse().unwrap();
    unit.users().update(&mut user).await.unwrap();
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(user.revision, 2);
    assert_eq!(storage.queries.user(user.id).await.unwrap(), Some(user.clone()));
    let mut unit = begin(storage).await;
    old.is_active = false;
    assert!(matches!(unit.users().update(&mut old).await, Err(StoreError::Stale)));
    drop(unit);
    assert_eq!(storage.queries.user(user.id).await.unwrap(), Some(user));
}

/// Compare and swap, and older copies of the user become outdated.
pub async fn a_password_is_replaced_only_if_it_is_the_expected_one(storage: &Storage) {
    let mut user = stored_user(storage).await;
    let old = user.password.clone().unwrap();
    let (new, other) = (PasswordHash::new("new"), PasswordHash::new("other"));
    let mut unit = begin(storage).await;
    assert!(!unit.users().replace_password(user.id, &other, &new).await.unwrap());
    assert!(unit.users().replace_password(user.id, &old, &new).await.unwrap());
    assert!(!unit.users().replace_password(user.id, &old, &other).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(user.id).await.unwrap().unwrap().password, Some(new));
    let mut unit = begin(storage).await;
    assert!(matches!(unit.users().update(&mut user).await, Err(StoreError::Stale)));
}

/// Two sign-ins at once are no conflict.
pub async fn a_sign_in_does_not_touch_the_revision(storage: &Storage) {
    let user = stored_user(storage).await;
    let mut unit = begin(storage).await;
    unit.users().record_sign_in(user.id, Some([198, 51, 100, 1].into()), at(9)).await.unwrap();
    unit.commit().await.unwrap();
    let mut expected = user;
    expected.signed_in(Some([198, 51, 100, 1].into()), at(9));
    assert_eq!(storage.queries.user(expected.id).await.unwrap(), Some(expected));
}

/// One look-up finds the session and its user.
pub async fn a_session_comes_back_with_its_user(storage: &Storage) {
    let user = stored_user(storage).await;
    let plain = builders::session(&user);
    let full = Session {
        transport: Transport::Cookie,
        long_lived: false,
        ended: Some((at(4), EndReason::RefreshReuse)),
        address: None,
        user_agent: None,
        ..builders::session(&user)
    };
    let mut unit = begin(storage).await;
    for session in [&plain, &full] {
        unit.sessions().insert(session).await.unwrap();
        let found = unit.sessions().find(session.id).await.unwrap().unwrap();
        assert_eq!((&found.session, &found.user), (session, &user));
    }
    unit.commit().await.unwrap();
    for session in [&plain, &full] {
        let found = storage.queries.session(session.id).await.unwrap().unwrap();
        assert_eq!((&found.session, &found.user), (session, &user));
    }
    assert_eq!(storage.queries.session(builders::session(&user).id).await.unwrap(), None);
}

/// The first end counts; a stranger's does not.
pub async fn a_session_ends_once_and_only_for_its_owner(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let session = builders::session(&user);
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    assert!(!unit.sessions().end(stranger.id, session.id, EndReason::SignedOut, at(1)).await.unwrap());
    assert!(unit.sessions().end(user.id, session.id, EndReason::SignedOut, at(2)).await.unwrap());
    assert!(!unit.sessions().end(user.id, session.id, EndReason::RefreshReuse, at(3)).await.unwrap());
    unit.commit().await.unwrap();
    let found = storage.queries.session(session.id).await.unwrap().unwrap();
    assert_eq!(found.session.ended, Some((at(2), EndReason::SignedOut)));
}

/// What is stored is judged like what was never stored.
pub async fn validity_of_a_stored_session_is_the_rules(storage: &Storage) {
    let user = stored_user(storage).await;
    for (long_lived, seen, expires, ended) in [
        (true, 0, 1_000_000, None),
        (false, 0, 1_000_000, None),
        (false, 600_000, 1_000_000, None),
        (true, 0, 604_800, None),
        (true, 0, 1_000_000, Some((at(10), EndReason::SignedOut))),
    ] {
        let session = Session {
            long_lived,
            last_seen_at: at(seen),
            expires_at: at(expires),
            ended,
            ..builders::session(&user)
        };
        let mut unit = begin(storage).await;
        unit.sessions().insert(&session).await.unwrap();
        unit.commit().await.unwrap();
        let stored = storage.queries.session(session.id).await.unwrap().unwrap();
        for now in [-1, 0, 5, 604_799, 604_800, 604_801, 1_000_000, 1_000_001] {
            let (expected, found) = (session.is_valid(at(now)), stored.session.is_valid(at(now)));
            assert_eq!(found, expected, "{session:?} after {now} seconds");
        }
    }
}

/// Found by its hash; used once.
pub async fn a_refresh_token_is_found_by_hash_and_used_once(storage: &Storage) {
    let user = stored_user(storage).await;
    let session = builders::session(&user);
    let generations =
        [builders::generation(&session, 0), builders::generation(&session, i64::from(u32::MAX) + 1)];
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    for generation in &generations {
        unit.refresh_tokens().insert(generation).await.unwrap();
        assert_eq!(unit.refresh_tokens().find(&generation.hash).await.unwrap().as_ref(), Some(generation));
    }
    assert_eq!(unit.refresh_tokens().find(&SecretHash::of("nobody's")).await.unwrap(), None);
    assert!(!unit.refresh_tokens().consume(&SecretHash::of("nobody's"), at(1)).await.unwrap());
    assert!(unit.refresh_tokens().consume(&generations[0].hash, at(1)).await.unwrap());
    assert!(!unit.refresh_tokens().consume(&generations[0].hash, at(2)).await.unwrap());
    let used = unit.refresh_tokens().find(&generations[0].hash).await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(at(1)));
    unit.commit().await.unwrap();
    // The same generation twice is an error, not a second chain.
    let mut unit = begin(storage).await;
    assert!(unit.refresh_tokens().insert(&generations[0]).await.is_err());
}

/// Once, and not after its last instant.
pub async fn a_one_time_token_works_once_until_its_end(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = builders::one_time_token(&user);
    let mut unit = begin(storage).await;
    let token = OneTimeToken { subject: Some("new@example.com".to_owned()), ..token };
    assert!(unit.one_time_tokens().issue(&token).await.unwrap());
    let late = token.expires_at.plus(chrono::TimeDelta::microseconds(1));
    let purpose = Purpose::EmailVerification;
    assert_eq!(unit.one_time_tokens().redeem(purpose, &token.hash, late).await.unwrap(), None);
    assert_eq!(unit.one_time_tokens().redeem(purpose, &SecretHash::of("x"), at(1)).await.unwrap(), None);
    unit.commit().await.unwrap();
    let end = token.expires_at;
    let live = async |now| storage.queries.one_time_token(purpose, &token.hash, now).await.unwrap();
    for _ in 0..2 {
        assert_eq!((live(late).await, live(end).await), (None, Some(token.clone())));
    }
    let mut unit = begin(storage).await;
    assert_eq!(unit.one_time_tokens().redeem(purpose, &token.hash, end).await.unwrap(), Some(token.clone()));
    assert_eq!(unit.one_time_tokens().redeem(purpose, &token.hash, end).await.unwrap(), None);
    unit.commit().await.unwrap();
    assert_eq!(live(end).await, None);
}

/// Only the newest works.
pub async fn a_new_one_time_token_stops_the_old_one(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let reset = |user| OneTimeToken { purpose: Purpose::PasswordReset, ..builders::one_time_token(user) };
    let (old, new, others) = (reset(&user), reset(&user), reset(&other));
    let mut unit = begin(storage).await;
    for token in [&old, &others, &new] {
        assert!(unit.one_time_tokens().issue(token).await.unwrap());
    }
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    for (token, expected) in [(&old, None), (&new, Some(user.id)), (&others, Some(other.id))] {
        let redeemed = unit.one_time_tokens().redeem(token.purpose, &token.hash, at(1)).await.unwrap();
        assert_eq!(redeemed.map(|token| token.user), expected);
    }
    unit.commit().await.unwrap();
}

/// Where a link is mailed again unasked, those before it work until one is used; then none does.
pub async fn earlier_links_stay_good_until_one_is_used(storage: &Storage) {
    for purpose in [Purpose::EmailVerification, Purpose::DeletionCancel] {
        let (user, other) = (stored_user(storage).await, stored_user(storage).await);
        let token = |user, seconds| OneTimeToken {
            purpose,
            created_at: at(seconds),
            ..builders::one_time_token(user)
        };
        let (first, second, others) = (token(&user, 10), token(&user, 20), token(&other, 10));
        for token in [&second, &first, &others] {
            issue(storage, token, true).await;
        }
        let longer = OneTimeToken { expires_at: at(200), ..first.clone() };
        issue(storage, &longer, true).await;
        assert_eq!(found(storage, &longer).await, Some(longer.clone()));
        assert_eq!(found(storage, &second).await, Some(second.clone()));
        let redeem = async |token: &OneTimeToken, now| {
            let mut unit = begin(storage).await;
            let redeemed = unit.one_time_tokens().redeem(purpose, &token.hash, at(now)).await.unwrap();
            unit.commit().await.unwrap();
            redeemed
        };
        assert_eq!(redeem(&second, 101).await, None, "its own end counts");
        assert_eq!(redeem(&longer, 101).await, Some(longer));
        assert_eq!((redeem(&second, 1).await, redeem(&first, 1).await), (None, None));
        assert_eq!(redeem(&others, 1).await, Some(others));
    }
}

/// Mails are delivered in any order; a late one does not stop the link of a later request.
pub async fn of_two_issued_tokens_the_one_asked_for_later_works(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = |name: &str, seconds| OneTimeToken {
        hash: SecretHash::of(name),
        purpose: Purpose::PasswordReset,
        created_at: at(seconds),
        ..builders::one_time_token(&user)
    };
    let (first, second) = (token("first", 10), token("second", 20));
    issue(storage, &second, true).await;
    issue(storage, &first, false).await;
    assert_eq!(found(storage, &first).await, None);
    assert_eq!(found(storage, &second).await, Some(second.clone()));
    let longer =
        OneTimeToken { expires_at: second.expires_at.plus(chrono::TimeDelta::seconds(5)), ..second.clone() };
    issue(storage, &longer, true).await;
    assert_eq!(found(storage, &longer).await, Some(longer));
    issue(storage, &token("third", 30), true).await;
    assert_eq!(found(storage, &second).await, None);
}

/// Issues a token in a unit of its own; whether it is now the one that works.
async fn issue(storage: &Storage, token: &OneTimeToken, works: bool) {
    let mut unit = begin(storage).await;
    assert_eq!(unit.one_time_tokens().issue(token).await.unwrap(), works);
    unit.commit().await.unwrap();
}

async fn found(storage: &Storage, token: &OneTimeToken) -> Option<OneTimeToken> {
    storage.queries.one_time_token(token.purpose, &token.hash, at(0)).await.unwrap()
}

/// A token that was used or replaced does not come back.
pub async fn a_token_is_prolonged_only_while_it_is_there(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = builders::one_time_token(&user);
    let longer =
        OneTimeToken { expires_at: token.expires_at.plus(chrono::TimeDelta::seconds(5)), ..token.clone() };
    let mut unit = begin(storage).await;
    let tokens = unit.one_time_tokens();
    assert!(!tokens.prolong(&longer).await.unwrap());
    assert!(tokens.issue(&token).await.unwrap());
    assert!(tokens.prolong(&longer).await.unwrap());
    let redeemed = tokens.redeem(token.purpose, &token.hash, longer.expires_at).await.unwrap();
    assert_eq!(redeemed, Some(longer.clone()));
    assert!(!tokens.prolong(&longer).await.unwrap());
    let newer = OneTimeToken { hash: SecretHash::of("newer"), ..token };
    assert!(tokens.issue(&newer).await.unwrap());
    assert!(!tokens.prolong(&longer).await.unwrap());
    unit.commit().await.unwrap();
}
