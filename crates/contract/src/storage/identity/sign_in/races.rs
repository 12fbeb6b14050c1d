//! Thirty callers at once on tokens of mailed links.

use dashtam_domain::{
    identity::{OneTimeToken, Purpose},
    secret::SecretHash,
    store::Storage,
};

use crate::{
    builders::{self, at},
    storage::{
        begin,
        races::{CALLERS, race, winners},
        stored_user,
    },
};

/// A one-time token is redeemed once.
pub async fn one_of_many_redeems_a_one_time_token(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = builders::one_time_token(&user);
    let mut unit = begin(storage).await;
    assert!(unit.one_time_tokens().issue(&token).await.unwrap());
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| {
        let token = token.clone();
        async move {
            let mut unit = begin(&storage).await;
            let user = unit.one_time_tokens().redeem(token.purpose, &token.hash, at(1)).await.unwrap();
            unit.commit().await.unwrap();
            user.is_some()
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Whatever the order in which tokens are issued, the one that was asked for last works.
pub async fn the_newest_of_many_issued_tokens_works(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = |number: usize| OneTimeToken {
        hash: SecretHash::of(&format!("token {number}")),
        created_at: at(i64::try_from(number).unwrap()),
        ..builders::one_time_token(&user)
    };
    race(storage, |storage, number| {
        let token = token(number);
        async move {
            let mut unit = begin(&storage).await;
            unit.one_time_tokens().issue(&token).await.unwrap();
            unit.commit().await.unwrap();
        }
    })
    .await;
    let newest = token(CALLERS - 1);
    let found = storage.queries.one_time_token(newest.purpose, &newest.hash, at(1)).await.unwrap();
    assert_eq!(found, Some(newest));
}

/// A mailed token works once, whatever it is for.
pub async fn one_of_many_redeems_a_reset_token(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = OneTimeToken { purpose: Purpose::PasswordReset, ..builders::one_time_token(&user) };
    let mut unit = begin(storage).await;
    assert!(unit.one_time_tokens().issue(&token).await.unwrap());
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let redeemed =
            unit.one_time_tokens().redeem(Purpose::PasswordReset, &token.hash, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        redeemed.is_some()
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Several links of one purpose in several hands: one caller gets one of them.
pub async fn one_of_many_redeems_any_of_several_links(storage: &Storage) {
    let user = stored_user(storage).await;
    let tokens: Vec<OneTimeToken> = (0..3).map(|_| builders::one_time_token(&user)).collect();
    let mut unit = begin(storage).await;
    for token in &tokens {
        assert!(unit.one_time_tokens().issue(token).await.unwrap());
    }
    unit.commit().await.unwrap();
    let hashes: Vec<SecretHash> = tokens.iter().map(|token| token.hash).collect();
    let won = race(storage, move |storage, number| {
        let hash = hashes[number % hashes.len()];
        async move {
            let mut unit = begin(&storage).await;
            let purpose = Purpose::EmailVerification;
            let redeemed = unit.one_time_tokens().redeem(purpose, &hash, at(1)).await.unwrap();
            unit.commit().await.unwrap();
            redeemed.is_some()
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}
