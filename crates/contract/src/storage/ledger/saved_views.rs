//! What people ask of their transactions again and again.

use dashtam_domain::{
    id::{SavedViewId, UserId},
    ledger::SavedView,
    store::Storage,
};

use crate::{
    builders::{at, saved_view},
    storage::{begin, races::race, stored_user},
};

async fn put(storage: &Storage, view: &SavedView) {
    let mut unit = begin(storage).await;
    unit.saved_views().put(view).await.unwrap();
    unit.commit().await.unwrap();
}

async fn remove(storage: &Storage, owner: UserId, id: SavedViewId) -> bool {
    let mut unit = begin(storage).await;
    let removed = unit.saved_views().remove(owner, id).await.unwrap();
    unit.commit().await.unwrap();
    removed
}

/// Of whoever owns them, by id, as they are written last, until they are removed.
pub async fn saved_views_come_back_as_stored(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (first, mut second, elses) =
        (saved_view(owner, "One"), saved_view(owner, "Two"), saved_view(other, "One"));
    for view in [&first, &second, &elses] {
        put(storage, view).await;
    }
    second.filter.clear();
    second.updated_at = at(9);
    put(storage, &second).await;
    let all = [first.clone(), second.clone()];
    assert_eq!(storage.queries.saved_views(owner).await.unwrap(), all);
    let mut unit = begin(storage).await;
    assert_eq!(unit.saved_views().hold_all(owner).await.unwrap(), all);
    unit.commit().await.unwrap();
    assert!(!remove(storage, owner, elses.id).await, "it is somebody else's");
    assert!(remove(storage, owner, first.id).await);
    assert_eq!(storage.queries.saved_views(owner).await.unwrap(), [second]);
    assert_eq!(storage.queries.saved_views(other).await.unwrap(), [elses]);
}

/// Of many callers that remove one view, one does.
pub async fn one_of_many_removes_a_view(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let view = saved_view(owner, "One");
    put(storage, &view).await;
    let id = view.id;
    let removed = race(storage, |storage, _| async move { remove(&storage, owner, id).await }).await;
    assert_eq!(removed.into_iter().filter(|removed| *removed).count(), 1);
}
