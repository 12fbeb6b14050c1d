//! Tokens of mailed links: each works once, and which one does.

use dashtam_domain::{
    identity::{OneTimeToken, Purpose, User},
    secret::SecretHash,
    store::Storage,
};

use crate::{
    builders::{self, at},
    storage::{begin, stored_user},
};

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

/// Only those purposes, only that user.
pub async fn one_time_tokens_are_revoked_by_purpose(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let token = |user: &User, purpose| OneTimeToken { purpose, ..builders::one_time_token(user) };
    let reset = token(&user, Purpose::PasswordReset);
    let change = token(&user, Purpose::EmailChange);
    let undo = token(&user, Purpose::EmailChangeUndo);
    let foreign = token(&other, Purpose::PasswordReset);
    let mut unit = begin(storage).await;
    for token in [&reset, &change, &undo, &foreign] {
        assert!(unit.one_time_tokens().issue(token).await.unwrap());
    }
    unit.one_time_tokens().revoke(user.id, &[Purpose::PasswordReset, Purpose::EmailChange]).await.unwrap();
    unit.commit().await.unwrap();
    for (token, stays) in [(&reset, false), (&change, false), (&undo, true), (&foreign, true)] {
        let found = storage.queries.one_time_token(token.purpose, &token.hash, at(1)).await.unwrap();
        assert_eq!(found.is_some(), stays, "{:?}", token.purpose);
    }
}
