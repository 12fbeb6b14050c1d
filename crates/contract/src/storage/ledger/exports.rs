//! Large exports: prepared by one worker at a time, never shown before they are whole, and gone after a while.

use dashtam_domain::{
    id::{ExportId, UserId},
    ledger::{ExportFailure, ExportJob, ExportState},
    retention::Outlived,
    store::Storage,
};

use crate::{
    builders::{self, at},
    storage::{begin, races::race, stored_user},
};

/// An export that was asked for at this second.
fn export(owner: UserId, second: i64) -> ExportJob {
    let asked = [("format", "csv"), ("text", "café \"x\"")];
    ExportJob {
        id: ExportId(builders::id()),
        owner,
        asked: asked.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        file_name: "dashtam-transactions-2026-01-01.csv".to_owned(),
        media_type: "text/csv; charset=utf-8".to_owned(),
        state: ExportState::Waiting,
        failure: None,
        attempts: 0,
        lease_until: None,
        rows: 0,
        total: None,
        bytes: 0,
        chunks: 0,
        created_at: at(second),
        finished_at: None,
        expires_at: None,
    }
}

async fn insert(storage: &Storage, job: &ExportJob) {
    let mut unit = begin(storage).await;
    unit.exports().insert(job).await.unwrap();
    unit.commit().await.unwrap();
}

/// What a worker gets at this second.
async fn claim(storage: &Storage, second: i64) -> Option<ExportJob> {
    let mut unit = begin(storage).await;
    let claimed = unit.exports().claim(at(second), at(second + 120)).await.unwrap();
    unit.commit().await.unwrap();
    claimed
}

async fn go_on(storage: &Storage, job: &ExportJob, chunk: &[u8]) -> bool {
    let mut unit = begin(storage).await;
    let held = unit.exports().go_on(job, chunk).await.unwrap();
    unit.commit().await.unwrap();
    held
}

async fn finish(storage: &Storage, job: &ExportJob) -> bool {
    let mut unit = begin(storage).await;
    let held = unit.exports().finish(job).await.unwrap();
    unit.commit().await.unwrap();
    held
}

async fn count(storage: &Storage, owner: UserId, second: i64) -> usize {
    let mut unit = begin(storage).await;
    let count = unit.exports().count(owner, at(second)).await.unwrap();
    unit.commit().await.unwrap();
    count
}

async fn remove(storage: &Storage, owner: UserId, job: &ExportJob, second: i64) -> bool {
    let mut unit = begin(storage).await;
    let removed = unit.exports().remove(owner, job.id, at(second)).await.unwrap();
    unit.commit().await.unwrap();
    removed
}

async fn purge(storage: &Storage, what: Outlived, second: i64) -> u64 {
    let mut unit = begin(storage).await;
    let removed = unit.retention().remove(what, at(second), 2).await.unwrap();
    unit.commit().await.unwrap();
    removed
}

/// One chunk more.
fn with(job: &ExportJob, chunk: &[u8]) -> ExportJob {
    let bytes = job.bytes + i64::try_from(chunk.len()).unwrap();
    ExportJob { rows: job.rows + 1, bytes, chunks: job.chunks + 1, ..job.clone() }
}

/// As it was written last, to its owner only, with whatever bytes its file has.
pub async fn an_export_comes_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let first = export(owner, 0);
    let second = export(owner, 1);
    insert(storage, &first).await;
    insert(storage, &second).await;
    assert_eq!((count(storage, owner, 2).await, count(storage, other, 2).await), (2, 0));
    let seen = storage.queries.exports(owner, at(2)).await.unwrap();
    assert_eq!(seen, [second.clone(), first.clone()]);
    assert!(storage.queries.exports(other, at(2)).await.unwrap().is_empty());
    let mut job = claim(storage, 2).await.unwrap();
    let held = Some(at(122));
    let expected = ExportJob { state: ExportState::Running, attempts: 1, lease_until: held, ..first.clone() };
    assert_eq!(job, expected);
    let chunks: [&[u8]; 2] = [b"a,\xc3\xa4\r\n\0\xff", b"'\\\n"];
    for chunk in chunks {
        job = ExportJob { total: Some(7), lease_until: Some(at(200)), ..with(&job, chunk) };
        assert!(go_on(storage, &job, chunk).await);
    }
    assert!(go_on(storage, &job, &[]).await, "a sign of life");
    assert_eq!(storage.queries.export(owner, first.id, at(3)).await.unwrap(), Some(job.clone()));
    assert_eq!(storage.queries.export(other, first.id, at(3)).await.unwrap(), None);
    let job = job.done(at(4));
    assert!(finish(storage, &job).await);
    assert!(!finish(storage, &job).await, "it is over");
    assert!(!go_on(storage, &with(&job, b"x"), b"x").await, "it is over");
    assert_eq!(storage.queries.export(owner, first.id, at(5)).await.unwrap(), Some(job.clone()));
    for (number, chunk) in chunks.iter().enumerate() {
        let number = i64::try_from(number).unwrap();
        let found = storage.queries.export_chunk(owner, first.id, number).await.unwrap();
        assert_eq!(found.as_deref(), Some(*chunk));
        assert_eq!(storage.queries.export_chunk(other, first.id, number).await.unwrap(), None);
    }
    assert_eq!(storage.queries.export_chunk(owner, first.id, 2).await.unwrap(), None);
    let large = with(&claim(storage, 6).await.unwrap(), b"x");
    assert!(go_on(storage, &large, b"x").await);
    let failed = large.failed(ExportFailure::TooLarge, at(7));
    assert_eq!(failed.id, second.id);
    assert!(finish(storage, &failed).await);
    assert_eq!(storage.queries.export(owner, second.id, at(8)).await.unwrap(), Some(failed));
    assert_eq!(purge(storage, Outlived::ExportChunks, 8).await, 1, "nothing of what was given up");
    assert!(storage.queries.export_chunk(owner, first.id, 1).await.unwrap().is_some());
}

/// Whoever takes it over begins anew, and the other one can write nothing any more.
pub async fn an_export_is_taken_over_and_begun_anew(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let job = export(owner, 0);
    insert(storage, &job).await;
    assert!(storage.queries.exports_wait(at(1)).await.unwrap());
    let lost = claim(storage, 1).await.unwrap();
    let one = with(&lost, b"half");
    assert!(go_on(storage, &one, b"half").await);
    let two = with(&one, b"more");
    assert!(go_on(storage, &two, b"more").await);
    assert!(!storage.queries.exports_wait(at(121)).await.unwrap());
    assert_eq!(claim(storage, 121).await, None, "it is held");
    assert!(storage.queries.exports_wait(at(122)).await.unwrap());
    let again = claim(storage, 122).await.unwrap();
    assert_eq!((again.attempts, again.rows, again.bytes, again.chunks), (2, 0, 0, 0));
    assert!(!go_on(storage, &with(&two, b"late"), b"late").await);
    assert!(!go_on(storage, &one, b"late").await, "nor in the place of what is there");
    assert!(!finish(storage, &two.done(at(123))).await);
    let chunk = async |number| storage.queries.export_chunk(owner, job.id, number).await.unwrap();
    assert_eq!((chunk(0).await, chunk(2).await), (Some(b"half".to_vec()), None));
    // Put off: it waits as long as it is told to.
    let later = ExportJob { state: ExportState::Waiting, lease_until: Some(at(200)), ..again.clone() };
    assert!(finish(storage, &later).await);
    assert_eq!(claim(storage, 200).await, None);
    let third = claim(storage, 201).await.unwrap();
    assert_eq!((third.id, third.attempts), (job.id, 3));
    // A clock that was ahead holds nothing for ever.
    let ahead = ExportJob { lease_until: Some(at(86_400)), ..third };
    assert!(go_on(storage, &ahead, &[]).await);
    let fourth = claim(storage, 202).await.unwrap();
    assert_eq!(fourth.attempts, 4);
    // A file that is shorter than what was there.
    let whole = with(&fourth, b"whole");
    assert!(go_on(storage, &whole, b"whole").await);
    assert!(finish(storage, &whole.done(at(203))).await);
    assert_eq!((chunk(0).await, chunk(1).await), (Some(b"whole".to_vec()), None));
}

/// Of each owner the oldest that is open, so that nobody waits for all of somebody else's.
pub async fn one_export_of_an_owner_runs_at_a_time(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let jobs = [export(owner, 0), export(owner, 1), export(other, 2)];
    for job in &jobs {
        insert(storage, job).await;
    }
    let first = claim(storage, 3).await.unwrap();
    assert_eq!(first.id, jobs[0].id);
    assert_eq!(claim(storage, 3).await.unwrap().id, jobs[2].id);
    assert_eq!(claim(storage, 3).await, None);
    assert!(!storage.queries.exports_wait(at(3)).await.unwrap());
    assert!(finish(storage, &first.done(at(4))).await);
    assert!(storage.queries.exports_wait(at(4)).await.unwrap());
    assert_eq!(claim(storage, 4).await.unwrap().id, jobs[1].id);
}

/// At once for everybody, and its worker notices; its rows go later, in batches, those of the file first.
pub async fn an_export_that_is_removed_or_expires_goes(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let kept = ExportJob::KEPT.num_seconds();
    let removed = export(owner, 0);
    insert(storage, &removed).await;
    let mut job = claim(storage, 1).await.unwrap();
    for chunk in [b"a", b"b", b"c"] {
        job = with(&job, chunk);
        assert!(go_on(storage, &job, chunk).await);
    }
    assert!(!remove(storage, other, &removed, 2).await);
    assert!(remove(storage, owner, &removed, 2).await);
    assert!(!remove(storage, owner, &removed, 2).await);
    assert_eq!(storage.queries.export(owner, removed.id, at(2)).await.unwrap(), None);
    assert_eq!(
        (storage.queries.exports(owner, at(2)).await.unwrap().len(), count(storage, owner, 2).await),
        (0, 0)
    );
    assert!(!go_on(storage, &with(&job, b"d"), b"d").await);
    assert!(!finish(storage, &job.clone().done(at(3))).await);
    assert!(!storage.queries.exports_wait(at(300)).await.unwrap(), "nobody takes it up");

    let expires = export(owner, 3);
    insert(storage, &expires).await;
    let job = claim(storage, 4).await.unwrap();
    assert_eq!(job.id, expires.id);
    let job = with(&job, b"x");
    assert!(go_on(storage, &job, b"x").await);
    let job = job.done(at(5));
    assert!(finish(storage, &job).await);

    assert_eq!(purge(storage, Outlived::Exports, 6).await, 0, "its file is still there");
    assert_eq!(purge(storage, Outlived::ExportChunks, 6).await, 2);
    assert_eq!(purge(storage, Outlived::ExportChunks, 6).await, 1);
    assert_eq!(purge(storage, Outlived::ExportChunks, 6).await, 0);
    assert_eq!(purge(storage, Outlived::Exports, 6).await, 1);
    assert!(storage.queries.export(owner, expires.id, at(4 + kept)).await.unwrap().is_some());
    assert_eq!(storage.queries.export(owner, expires.id, at(5 + kept)).await.unwrap(), None);
    assert_eq!(count(storage, owner, 5 + kept).await, 0);
    assert!(!remove(storage, owner, &expires, 5 + kept).await);
    assert_eq!(purge(storage, Outlived::ExportChunks, 5 + kept).await, 0);
    assert_eq!(purge(storage, Outlived::ExportChunks, 6 + kept).await, 1);
    assert_eq!(purge(storage, Outlived::Exports, 6 + kept).await, 1);
    assert_eq!(storage.queries.export_chunk(owner, expires.id, 0).await.unwrap(), None);
}

/// However many rows of another sort would go at once: its chunks are large.
pub async fn files_of_an_erased_account_go_in_small_batches(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    insert(storage, &export(owner, 0)).await;
    let mut job = claim(storage, 1).await.unwrap();
    for _ in 0..=ExportJob::CHUNKS_AT_ONCE {
        job = with(&job, b"x");
        assert!(go_on(storage, &job, b"x").await);
    }
    let mut batches = Vec::new();
    loop {
        let mut unit = begin(storage).await;
        let erased = unit.erasure().erase_rows(owner, 2_000).await.unwrap();
        unit.commit().await.unwrap();
        if erased == 0 {
            break;
        }
        batches.push(erased);
    }
    assert_eq!(batches, [u64::from(ExportJob::CHUNKS_AT_ONCE), 1]);
}

/// Of thirty workers one gets it, though another one of the same owner waits.
pub async fn one_of_many_claims_an_export(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let job = export(owner, 0);
    insert(storage, &job).await;
    insert(storage, &export(owner, 1)).await;
    let claimed = race(storage, |storage, _| async move { claim(&storage, 2).await.map(|job| job.id) });
    let claimed: Vec<_> = claimed.await.into_iter().flatten().collect();
    assert_eq!(claimed, [job.id]);
    let stored = storage.queries.export(owner, job.id, at(2)).await.unwrap().unwrap();
    assert_eq!(stored.attempts, 1);
}

/// Who holds the owner's row counts what the others added.
pub async fn no_more_exports_than_the_limit(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let added = race(storage, |storage, number| async move {
        let mut unit = begin(&storage).await;
        unit.users().find(owner).await.unwrap().unwrap();
        if unit.exports().count(owner, at(100)).await.unwrap() >= ExportJob::MOST {
            unit.roll_back().await;
            return false;
        }
        let job = export(owner, i64::try_from(number).unwrap());
        unit.exports().insert(&job).await.unwrap();
        unit.commit().await.unwrap();
        true
    });
    let added = added.await.into_iter().filter(|added| *added).count();
    assert_eq!((added, count(storage, owner, 100).await), (ExportJob::MOST, ExportJob::MOST));
}
