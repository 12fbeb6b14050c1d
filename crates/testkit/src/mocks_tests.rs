//! The mocks fail a test when they should.

use dashtam_domain::{
    call::Call,
    id::{AuditId, UserId},
    identity::{AuditAction, AuditLine, PasswordHasher, PlainPassword},
    store::Store,
};

use super::*;
use crate::{builders, fakes::PlainHasher};

fn password() -> PlainPassword {
    PlainPassword::presented("secret").unwrap()
}

#[tokio::test]
async fn a_unit_is_open_until_it_is_committed_or_dropped() {
    let open = OpenUnits::new();
    let committed = MockUnitOfWork::new();
    let (first, second) = (committed.committed.clone(), MockUnitOfWork::new());
    let store = store_of(&open, [committed, second]);
    let hasher = PlainHasher::new(&open);
    let unit = store.begin().await.unwrap();
    assert_eq!(open.count(), 1);
    unit.commit().await.unwrap();
    assert!(first.load(Ordering::SeqCst));
    hasher.waste(&password()).await.unwrap();
    drop(store.begin().await.unwrap());
    hasher.waste(&password()).await.unwrap();
}

#[tokio::test]
#[should_panic(expected = "a unit of work is open during password hashing")]
async fn hashing_while_a_unit_is_open_fails_the_test() {
    let open = OpenUnits::new();
    let store = store_of(&open, [MockUnitOfWork::new()]);
    let _unit = store.begin().await.unwrap();
    let _ = PlainHasher::new(&open).waste(&password()).await;
}

#[tokio::test]
#[should_panic(expected = "a unit of work is open during the opening of another one")]
async fn a_second_unit_beside_an_open_one_fails_the_test() {
    let open = OpenUnits::new();
    let store = store_of(&open, [MockUnitOfWork::new(), MockUnitOfWork::new()]);
    let _unit = store.begin().await.unwrap();
    let _ = store.begin().await;
}

#[tokio::test]
#[should_panic(expected = "AuditTrail::append")]
async fn a_write_nobody_expects_fails_the_test() {
    let open = OpenUnits::new();
    let store = store_of(&open, [MockUnitOfWork::new()]);
    let mut unit = store.begin().await.unwrap();
    let call = Call::system(builders::at(0));
    let id = AuditId(builders::id());
    let action = AuditAction::SyncStarted;
    let entry = AuditEntry::of(id, &call, AuditLine::new(action, UserId(builders::id())));
    let _ = unit.audit().append(&entry).await;
}
