//! Sealed values of every column, and replacing them.

use dashtam_domain::{
    connections::{Connection, SealedCredentials},
    page::Limit,
    sealed::{SealedField, SealedValue},
    secret::Sealed,
    store::Storage,
};
use uuid::Uuid;

use crate::{
    builders::{self, at},
    storage::{begin, races::race, stored_connection, stored_user},
};

/// A connection with stored credentials, of a user of its own.
pub(in crate::storage) async fn stored_credentials(storage: &Storage) -> (Connection, SealedCredentials) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut credentials = builders::credentials(&connection);
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    (connection, credentials)
}

async fn all(storage: &Storage, field: SealedField, limit: u16) -> Vec<SealedValue> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let limit = Limit::new(limit).unwrap();
        let page = storage.queries.sealed_values(field, after, limit).await.unwrap();
        assert!(page.items.len() <= limit.get());
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// All users' rows, in the order of their ids, each once however large the page.
pub async fn sealed_values_come_by_row_and_page(storage: &Storage) {
    let mut expected = Vec::new();
    for _ in 0..5 {
        let (connection, credentials) = stored_credentials(storage).await;
        expected.push(SealedValue { row: connection.id.0, sealed: credentials.access_token });
    }
    expected.sort_by_key(|value| value.row);
    for limit in [1, 2, 5, 500] {
        assert_eq!(all(storage, SealedField::AccessToken, limit).await, expected, "pages of {limit}");
    }
}

/// By its row and by its value; the rest of the row stays, and its holder may still write.
pub async fn a_sealed_value_is_replaced_only_if_it_is_the_expected_one(storage: &Storage) {
    let (connection, mut credentials) = stored_credentials(storage).await;
    let (other, others) = stored_credentials(storage).await;
    let field = SealedField::RefreshToken;
    let value = SealedValue { row: connection.id.0, sealed: credentials.refresh_token.clone().unwrap() };
    let new = Sealed::new("under the newest key");
    let mut unit = begin(storage).await;
    for wrong in [
        SealedValue { sealed: Sealed::new("something else"), ..value.clone() },
        SealedValue { row: Uuid::from_u128(7), ..value.clone() },
    ] {
        assert!(!unit.sealed_values().replace_if_same(field, &wrong, &new).await.unwrap());
    }
    assert!(unit.sealed_values().replace_if_same(field, &value, &new).await.unwrap());
    assert!(!unit.sealed_values().replace_if_same(field, &value, &new).await.unwrap(), "a second time");
    unit.commit().await.unwrap();
    let stored = storage.queries.credentials(connection.owner, connection.id).await.unwrap().unwrap();
    assert_eq!(stored, SealedCredentials { refresh_token: Some(new), ..credentials.clone() });
    assert_eq!(storage.queries.credentials(other.owner, other.id).await.unwrap(), Some(others));
    // A refresh that was under way meanwhile is not refused.
    let mut unit = begin(storage).await;
    credentials.access_token = Sealed::new("fresh");
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
}

/// An institution without id tokens leaves none to be rotated.
pub async fn rows_without_a_value_are_left_out(storage: &Storage) {
    stored_credentials(storage).await;
    assert!(all(storage, SealedField::IdToken, 10).await.is_empty());
    assert_eq!(all(storage, SealedField::RefreshToken, 10).await.len(), 1);
}

/// Exactly this value goes, and nothing beside it.
pub async fn a_sealed_value_is_taken_away_only_if_it_is_the_expected_one(storage: &Storage) {
    let (connection, credentials) = stored_credentials(storage).await;
    let (other, others) = stored_credentials(storage).await;
    let field = SealedField::RefreshToken;
    let value = SealedValue { row: connection.id.0, sealed: credentials.refresh_token.clone().unwrap() };
    let mut unit = begin(storage).await;
    for wrong in [
        SealedValue { sealed: Sealed::new("something else"), ..value.clone() },
        SealedValue { row: Uuid::from_u128(7), ..value.clone() },
    ] {
        assert!(!unit.sealed_values().clear_if_same(field, &wrong).await.unwrap());
        assert!(!unit.sealed_values().remove_row_if_same(field, &wrong).await.unwrap());
    }
    assert!(unit.sealed_values().clear_if_same(field, &value).await.unwrap());
    assert!(!unit.sealed_values().clear_if_same(field, &value).await.unwrap(), "a second time");
    unit.commit().await.unwrap();
    let found = async |connection: &Connection| {
        storage.queries.credentials(connection.owner, connection.id).await.unwrap()
    };
    let cleared = SealedCredentials { refresh_token: None, ..credentials.clone() };
    assert_eq!(found(&connection).await, Some(cleared));

    let value = SealedValue { row: connection.id.0, sealed: credentials.access_token };
    let mut unit = begin(storage).await;
    assert!(unit.sealed_values().remove_row_if_same(SealedField::AccessToken, &value).await.unwrap());
    assert!(!unit.sealed_values().remove_row_if_same(SealedField::AccessToken, &value).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(found(&connection).await, None);
    assert_eq!(found(&other).await, Some(others));
}

/// The first is news, and so is another one; the same is not.
pub async fn the_mark_of_the_secret_key_is_remembered(storage: &Storage) {
    assert_eq!(storage.queries.secret_key_mark().await.unwrap(), None);
    for (mark, news) in [("one", true), ("one", false), ("two", true), ("two", false), ("one", true)] {
        let mut unit = begin(storage).await;
        assert_eq!(unit.sealed_values().mark_secret_key(mark, at(1)).await.unwrap(), news, "{mark}");
        unit.commit().await.unwrap();
        assert_eq!(storage.queries.secret_key_mark().await.unwrap().as_deref(), Some(mark));
    }
}

/// The list names tables and columns that are there.
pub async fn every_declared_column_can_be_read_and_written(storage: &Storage) {
    let new = Sealed::new("new");
    for field in SealedField::ALL {
        assert!(all(storage, *field, 10).await.is_empty());
        let nobody = SealedValue { row: Uuid::from_u128(1), sealed: Sealed::new("old") };
        let mut unit = begin(storage).await;
        assert!(!unit.sealed_values().replace_if_same(*field, &nobody, &new).await.unwrap());
        unit.commit().await.unwrap();
    }
}

/// A stored value moves to another key once: of thirty rotations of the same value one writes.
pub async fn one_of_many_replaces_a_sealed_value(storage: &Storage) {
    let (connection, credentials) = stored_credentials(storage).await;
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
