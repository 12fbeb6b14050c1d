//! The key pair that signs access tokens.

use dashtam_domain::{
    identity::{KeyState, PublishedKey, SigningKey},
    secret::Sealed,
    store::{Inserted, Storage},
};

use crate::{
    builders::at,
    storage::{begin, races::race},
};

/// A pair that nobody could sign with.
pub(in crate::storage) fn key(letter: char, second: i64) -> SigningKey {
    SigningKey {
        row: uuid::Uuid::from_u128(letter as u128),
        id: letter.to_string().repeat(43).parse().unwrap(),
        public: format!("public {letter}"),
        private: Sealed::new(format!("sealed {letter}")),
        created_at: at(second),
    }
}

fn next(letter: char, second: i64) -> PublishedKey {
    let SigningKey { row, id, public, private, .. } = key(letter, second);
    let private = Some(private);
    PublishedKey { row, id, public, private, state: KeyState::Next, published_at: at(second), until: None }
}

/// The first pair stays, and comes back as stored.
pub async fn the_keystore_takes_the_first_pair_only(storage: &Storage) {
    assert_eq!(storage.queries.keystore().await.unwrap(), None);
    let mut unit = begin(storage).await;
    assert_eq!(unit.keystore().create_if_absent(&key('a', 1)).await.unwrap(), Inserted::New);
    assert_eq!(unit.keystore().create_if_absent(&key('b', 2)).await.unwrap(), Inserted::Exists);
    unit.commit().await.unwrap();
    let stored = storage.queries.keystore().await.unwrap().unwrap();
    assert_eq!((stored.current, stored.published), (key('a', 1), Vec::new()));
}

/// Whoever rotates must know what he replaces.
pub async fn a_pair_is_replaced_only_if_it_is_the_expected_one(storage: &Storage) {
    let mut unit = begin(storage).await;
    unit.keystore().create_if_absent(&key('a', 1)).await.unwrap();
    assert!(!unit.keystore().replace(&key('b', 1).id, &key('c', 2)).await.unwrap());
    assert!(unit.keystore().replace(&key('a', 1).id, &key('b', 2)).await.unwrap());
    assert!(!unit.keystore().replace(&key('a', 1).id, &key('c', 3)).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.keystore().await.unwrap().unwrap().current, key('b', 2));
}

/// One next key at a time; retired ones until their end.
pub async fn published_keys_come_and_go(storage: &Storage) {
    let retired = |letter, second, until| PublishedKey {
        private: None,
        state: KeyState::Retired,
        until: Some(at(until)),
        ..next(letter, second)
    };
    let mut unit = begin(storage).await;
    unit.keystore().create_if_absent(&key('a', 1)).await.unwrap();
    for (published, expected) in [
        (next('b', 2), Inserted::New),
        (next('c', 3), Inserted::Exists),
        (retired('d', 4, 50), Inserted::New),
        (retired('d', 5, 60), Inserted::Exists),
        (retired('e', 6, 60), Inserted::New),
    ] {
        assert_eq!(unit.keystore().publish(&published).await.unwrap(), expected, "{published:?}");
    }
    unit.commit().await.unwrap();
    let listed = storage.queries.keystore().await.unwrap().unwrap();
    assert_eq!(listed.published, [retired('e', 6, 60), retired('d', 4, 50), next('b', 2)]);
    assert_eq!(listed.next(), Some(&next('b', 2)));

    let mut unit = begin(storage).await;
    assert_eq!(unit.keystore().forget_retired(at(50)).await.unwrap(), 0);
    assert_eq!(unit.keystore().forget_retired(at(51)).await.unwrap(), 1);
    assert!(unit.keystore().withdraw(&next('b', 2).id).await.unwrap());
    assert!(!unit.keystore().withdraw(&next('b', 2).id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.keystore().await.unwrap().unwrap().published, [retired('e', 6, 60)]);
    let mut unit = begin(storage).await;
    assert_eq!(unit.keystore().withdraw_all().await.unwrap(), 1);
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.keystore().await.unwrap().unwrap().published, []);
}

/// However many processes start together, there is one pair.
pub async fn one_of_many_makes_the_key_pair(storage: &Storage) {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).unwrap());
    let made = race(storage, |storage, number| async move {
        let key = key(letter(number), 1);
        let mut unit = begin(&storage).await;
        let made = unit.keystore().create_if_absent(&key).await.unwrap();
        unit.commit().await.unwrap();
        let stored = storage.queries.keystore().await.unwrap().unwrap().current;
        (made == Inserted::New, stored)
    })
    .await;
    assert_eq!(made.iter().filter(|(won, _)| *won).count(), 1);
    assert!(made.iter().all(|(_, stored)| *stored == made[0].1), "all see the same pair");
}
