//! Races about keys: thirty callers at once.

use dashtam_domain::{
    sealed::{SealedField, SealedValue},
    secret::Sealed,
    store::{Inserted, Storage},
};

use super::{begin, races::race};
use crate::builders::at;

/// However many processes start together, there is one pair.
pub async fn one_of_many_makes_the_key_pair(storage: &Storage) {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).unwrap());
    let made = race(storage, |storage, number| async move {
        let key = super::identity::keystore::key(letter(number), 1);
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

/// A stored value moves to another key once: of thirty rotations of the same value one writes.
pub async fn one_of_many_replaces_a_sealed_value(storage: &Storage) {
    let (connection, credentials) = super::sealed::stored_credentials(storage).await;
    let value = SealedValue { row: connection.id.0, sealed: credentials.access_token };
    let won = race(storage, |storage, number| {
        let value = value.clone();
        async move {
            let new = Sealed::new(format!("of caller {number}"));
            let mut unit = begin(&storage).await;
            let done = unit.sealed_values().replace_if_same(SealedField::AccessToken, &value, &new).await;
            unit.commit().await.unwrap();
            done.unwrap().then_some(new)
        }
    })
    .await;
    let won: Vec<_> = won.into_iter().flatten().collect();
    let stored = storage.queries.credentials(connection.owner, connection.id).await.unwrap().unwrap();
    assert_eq!(won, [stored.access_token]);
}

/// Of servers that start together with another secret, one notices.
pub async fn one_of_many_marks_another_secret_key(storage: &Storage) {
    let mut unit = begin(storage).await;
    unit.sealed_values().mark_secret_key("before", at(1)).await.unwrap();
    unit.commit().await.unwrap();
    let marked = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let news = unit.sealed_values().mark_secret_key("after", at(2)).await.unwrap();
        unit.commit().await.unwrap();
        news
    })
    .await;
    assert_eq!(marked.into_iter().filter(|news| *news).count(), 1);
}
