//! SQLite files that are not what was stored, and servers that share one.

use std::{
    fs::{self, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::PathBuf,
};

use dashtam_domain::fault::with_causes;
use dashtam_persistence::{ConnectError, Damage, Options, connect};

use super::fill;
use crate::support::{Guard, sqlite};

/// A database that a server has used, closed.
async fn used() -> (Guard, PathBuf) {
    let (database, guard) = sqlite().await;
    database.claim(&["api", "worker"]).unwrap().note().unwrap();
    for _ in 0..40 {
        fill(&database.storage).await;
    }
    database.examine().await.unwrap();
    database.close().await;
    let file = PathBuf::from(guard.url());
    (guard, file)
}

/// What a start says.
async fn start(guard: &Guard) -> Result<(), ConnectError> {
    let database = connect(Options::new(guard.url())).await?;
    let examined = database.examine().await;
    database.close().await;
    examined
}

#[tokio::test]
async fn a_file_that_lost_everything_is_told_from_a_new_one() {
    let (guard, file) = used().await;
    start(&guard).await.unwrap();
    let kept = fs::read(&file).unwrap();
    let empty_database = {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("x.db").display().to_string();
        connect(Options::new(&other)).await.unwrap().close().await;
        fs::read(other).unwrap()
    };
    for lost in [Some(Vec::new()), None, Some(empty_database)] {
        match &lost {
            Some(content) => fs::write(&file, content).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let error = start(&guard).await.unwrap_err();
        assert!(matches!(error, ConnectError::Damaged(Damage::Lost { .. })), "{error:?}");
        let shown = with_causes(&error);
        assert!(shown.contains("backup") && shown.contains("dashtam.db-worker.lock"), "{shown}");
        if lost.is_none() {
            assert!(!file.exists(), "an empty file was put in its place");
        }
    }
    fs::write(&file, kept).unwrap();
    start(&guard).await.unwrap();
    // Whoever follows the advice begins anew.
    fs::remove_file(&file).unwrap();
    for part in ["api", "worker"] {
        fs::remove_file(format!("{}-{part}.lock", file.display())).unwrap();
    }
    start(&guard).await.unwrap();
}

#[tokio::test]
async fn pages_that_were_overwritten_are_found() {
    let (guard, file) = used().await;
    let pages = file.metadata().unwrap().len() / 4096;
    assert!(pages > 60, "{pages}");
    let kept = fs::read(&file).unwrap();
    let mut garbage = vec![0xA5; 4096];
    garbage[0] = 0x42;
    for (first, count) in [(0, 1), (0, pages), (1, 1), (pages / 3, 4), (pages / 2, 1), (pages - 12, 8)] {
        fs::write(&file, &kept).unwrap();
        let mut open = OpenOptions::new().write(true).open(&file).unwrap();
        open.seek(SeekFrom::Start(first * 4096)).unwrap();
        for _ in 0..count {
            open.write_all(&garbage).unwrap();
        }
        let error =
            start(&guard).await.err().unwrap_or_else(|| panic!("pages {first} and on were not missed"));
        assert!(
            matches!(error, ConnectError::Damaged(Damage::Overwritten { .. })),
            "page {first}: {error:?}"
        );
        let shown = with_causes(&error);
        assert!(shown.contains("damaged") && shown.contains("backup"), "{shown}");
    }
    // Half a file is one, too.
    fs::write(&file, &kept[..kept.len() / 2]).unwrap();
    assert!(matches!(start(&guard).await, Err(ConnectError::Damaged(Damage::Overwritten { .. }))));
    fs::write(&file, kept).unwrap();
    start(&guard).await.unwrap();
}

#[tokio::test]
async fn each_part_of_the_work_on_a_file_knows_who_else_does_it() {
    let (database, _guard) = sqlite().await;
    let other = connect(Options::new(_guard.url())).await.unwrap();
    let mut first = database.claim(&["api"]).unwrap();
    first.note().unwrap();
    assert_eq!(first.rival(), None);
    assert_eq!(other.claim(&["worker"]).unwrap().rival(), None);
    let second = other.claim(&["api", "worker"]).unwrap();
    let rival = second.rival().unwrap();
    assert_eq!((rival.part.as_str(), rival.process), ("api", Some(std::process::id())));
    drop((first, second));
    assert_eq!(other.claim(&["api", "worker"]).unwrap().rival(), None);
}
