//! How people said that tables are read.

use dashtam_domain::{
    ledger::{DateOrder, SavedLayout},
    store::Storage,
};

use crate::{
    builders::{at, saved_layout},
    storage::{begin, races::race, stored_user},
};

async fn keep(storage: &Storage, layout: &SavedLayout) {
    let mut unit = begin(storage).await;
    unit.saved_layouts().keep(layout).await.unwrap();
    unit.commit().await.unwrap();
}

/// Of whoever owns them, the newest first, one for the same column names.
pub async fn saved_layouts_come_back_as_stored(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (mut first, mut second, elses) =
        (saved_layout(owner, "Tag"), saved_layout(owner, "Day"), saved_layout(other, "Tag"));
    second.saved_at = at(2);
    for layout in [&first, &second, &elses] {
        keep(storage, layout).await;
    }
    assert_eq!(storage.queries.saved_layouts(owner).await.unwrap(), [second.clone(), first.clone()]);
    first.profile.date_order = Some(DateOrder::MonthFirst);
    first.saved_at = at(3);
    keep(storage, &first).await;
    assert_eq!(storage.queries.saved_layouts(owner).await.unwrap(), [first, second]);
    assert_eq!(storage.queries.saved_layouts(other).await.unwrap(), [elses]);
}

/// Those that were told longest ago make room.
pub async fn the_newest_layouts_are_kept(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let count = i64::try_from(SavedLayout::MOST).unwrap() + 2;
    let mut unit = begin(storage).await;
    for number in 0..count {
        let layout = SavedLayout { saved_at: at(number), ..saved_layout(owner, &format!("Day {number}")) };
        unit.saved_layouts().keep(&layout).await.unwrap();
    }
    unit.commit().await.unwrap();
    let kept = storage.queries.saved_layouts(owner).await.unwrap();
    let times: Vec<_> = kept.iter().map(|layout| layout.saved_at).collect();
    assert_eq!(times, (2..count).rev().map(at).collect::<Vec<_>>());
}

/// Many that are told at the same time are all kept, and of the same column names one.
pub async fn layouts_are_told_side_by_side(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    race(storage, |storage, number| async move {
        keep(&storage, &saved_layout(owner, &format!("Day {}", number % 3))).await;
    })
    .await;
    assert_eq!(storage.queries.saved_layouts(owner).await.unwrap().len(), 3);
}
