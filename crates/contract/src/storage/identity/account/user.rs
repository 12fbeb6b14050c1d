//! Users as they are stored, and their addresses.

use dashtam_domain::{
    identity::PasswordHash,
    store::{Inserted, Storage, StoreError},
};

use crate::{
    builders::{self, at},
    storage::{begin, stored_user},
};

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

/// Losing an address is a value, and the unit goes on.
pub async fn a_user_moves_to_a_free_address_only(storage: &Storage) {
    let (mut user, other) = (stored_user(storage).await, stored_user(storage).await);
    let (mut old, from) = (user.clone(), user.email.clone());
    let mut unit = begin(storage).await;
    let mut taken = user.clone();
    taken.change_email(other.email.as_str().to_uppercase().parse().unwrap(), at(1));
    assert_eq!(unit.users().update_email(&mut taken).await.unwrap(), Inserted::Exists);
    assert_eq!(taken.revision, 0);
    user.change_email("Moved@Example.com".parse().unwrap(), at(1));
    assert_eq!(unit.users().update_email(&mut user).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(storage.queries.user_by_email(&from).await.unwrap(), None);
    let mut unit = begin(storage).await;
    old.change_email("elsewhere@example.com".parse().unwrap(), at(2));
    assert!(matches!(unit.users().update_email(&mut old).await, Err(StoreError::Stale)));
}

/// Who proved an address keeps it.
pub async fn an_account_nobody_proved_can_be_removed_by_its_address(storage: &Storage) {
    let unproved = stored_user(storage).await;
    let mut proved = builders::user();
    proved.verified(at(1));
    let mut unit = begin(storage).await;
    unit.users().insert_if_absent(&proved).await.unwrap();
    assert!(!unit.users().remove_unverified(&proved.email).await.unwrap());
    assert!(unit.users().remove_unverified(&unproved.email).await.unwrap());
    assert!(!unit.users().remove_unverified(&unproved.email).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(unproved.id).await.unwrap(), None);
    assert!(storage.queries.user(proved.id).await.unwrap().is_some());
}
