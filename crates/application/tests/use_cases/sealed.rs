//! Counting stored secrets by key, and moving them to the newest one.

use std::sync::{Arc, Mutex};

use dashtam_application::{
    errors::CommonError,
    sealed::{CountKeys, ForgetLost, InspectKeys, KeyCounts, Keys, MarkSecret, RotateValues, Rotated},
};
use dashtam_domain::{
    access::AccessDenied,
    call::Call,
    page::{Limit, Page},
    sealed::{SealedField, SealedValue},
    secret::Sealed,
    store::{Storage, StoreError},
};
use dashtam_testkit::{
    builders::at,
    fakes::{NumberedKeys, OpenUnits},
    mocks::{MockQueries, MockUnitOfWork, store_of},
};
use uuid::Uuid;

use crate::world::{World, assert_refused, broken};

const FIELD: SealedField = SealedField::RefreshToken;

fn row(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The value of a row under the key of this number.
fn value(number: u128, key: u32) -> SealedValue {
    SealedValue { row: row(number), sealed: NumberedKeys::sealed_by(key, "secret", FIELD.at(row(number))) }
}

/// A page of the column with these values, and more behind it.
fn page(values: Vec<SealedValue>) -> MockQueries {
    let mut queries = MockQueries::new();
    queries
        .sealed
        .expect_sealed_values()
        .withf(|field, after, limit| (*field, *after, limit.get()) == (FIELD, Some(row(9)), 7))
        .times(1)
        .return_once(move |_, _, _| Ok(Page { items: values, next: Some(row(99)) }));
    queries
}

fn keys(queries: MockQueries, units: Vec<MockUnitOfWork>) -> Keys {
    let storage = Storage { store: Arc::new(store_of(&OpenUnits::new(), units)), queries: Arc::new(queries) };
    Keys::new(&storage, dashtam_local::sources(), Arc::new(NumberedKeys(vec![3, 2, 1])))
}

fn request() -> RotateValues {
    RotateValues { field: FIELD, after: Some(row(9)), limit: Limit::new(7).unwrap() }
}

#[tokio::test]
async fn what_an_older_key_opens_is_moved_and_everything_else_is_left_alone() {
    let elsewhere = SealedValue { row: row(14), ..value(15, 1) };
    let values = vec![value(11, 1), value(12, 3), value(13, 8), elsewhere, value(16, 2)];
    let written: Arc<Mutex<Vec<(SealedValue, Sealed)>>> = Arc::default();
    let mut unit = MockUnitOfWork::new();
    let list = written.clone();
    unit.sealed_values.expect_replace_if_same().times(2).returning(move |field, value, new| {
        assert_eq!(field, FIELD);
        list.lock().unwrap().push((value.clone(), new.clone()));
        // The second one was changed by the running server meanwhile.
        Ok(value.row == row(11))
    });
    let committed = unit.committed.clone();
    let done = keys(page(values), vec![unit]).rotate(&Call::system(at(1)), request()).await.unwrap();

    let unreadable = vec![row(13), row(14)];
    assert_eq!(done, Rotated { moved: 1, current: 1, changed: 1, unreadable, next: Some(row(99)) });
    assert!(committed.load(std::sync::atomic::Ordering::SeqCst));
    let expected = [(value(11, 1), value(11, 3).sealed), (value(16, 2), value(16, 3).sealed)];
    assert_eq!(*written.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_page_with_nothing_to_move_opens_no_unit_of_work() {
    let keys = keys(page(vec![value(12, 3), value(13, 8)]), Vec::new());
    let done = keys.rotate(&Call::system(at(1)), request()).await.unwrap();
    assert_eq!((done.current, done.moved, done.unreadable), (1, 0, vec![row(13)]));
}

#[tokio::test]
async fn a_page_is_moved_whole_or_not_at_all() {
    let mut unit = MockUnitOfWork::new();
    unit.sealed_values.expect_replace_if_same().times(1).returning(|_, _, _| Err(broken()));
    let committed = unit.committed.clone();
    let failed = keys(page(vec![value(11, 1), value(12, 1)]), vec![unit]);
    let result = failed.rotate(&Call::system(at(1)), request()).await;
    assert_refused!(result, CommonError::Store(StoreError::Database(_)));
    assert!(!committed.load(std::sync::atomic::Ordering::SeqCst));
}

#[tokio::test]
async fn values_are_counted_by_the_key_that_opens_them() {
    let values = vec![value(11, 1), value(12, 3), value(13, 8), value(14, 1)];
    let count = CountKeys { field: FIELD, after: Some(row(9)), limit: Limit::new(7).unwrap() };
    let counts = keys(page(values), Vec::new()).count(&Call::system(at(1)), count).await.unwrap();
    let expected = KeyCounts { by_key: vec![1, 0, 2], unreadable: vec![row(13)], next: Some(row(99)) };
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn nobody_but_the_program_itself_may() {
    let world = World::new();
    for (call, expected) in
        [(world.anonymous(), AccessDenied::Anonymous), (world.call(), AccessDenied::Forbidden)]
    {
        let keys = keys(MockQueries::new(), Vec::new());
        let RotateValues { field, after, limit } = request();
        let rotated = keys.rotate(&call, request()).await.map(drop);
        let counted = keys.count(&call, CountKeys { field, after, limit }).await.map(drop);
        let forget = ForgetLost { field, after, limit };
        let forgotten = keys.forget_lost(&call, forget).await.map(drop);
        let inspected = keys.inspect(&call, InspectKeys { limit }).await.map(drop);
        let marked = keys.mark_secret(&call, MarkSecret { mark: "m".to_owned() }).await.map(drop);
        for result in [rotated, counted, forgotten, inspected, marked] {
            let Err(CommonError::Denied(denied)) = result else { panic!("{result:?}") };
            assert_eq!(denied, expected);
        }
    }
}
