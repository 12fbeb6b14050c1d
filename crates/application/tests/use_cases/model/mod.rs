//! Random histories against what is true: an institution posts, books anew, takes back and rewrites; files overlap; people
//! correct, accept, refuse and undo; runs break off, workers die and race. After every step the lists, the sums of days,
//! balances and net worth agree with one another and with the institution's own books, and a client that only follows
//! events, and the feed when they say that something changed, holds what one that begins is shown.
//!
//! A failure prints the shortest history that still fails. `DASHTAM_MODEL_CASES` makes more histories, and
//! `DASHTAM_MODEL_SEED` other ones.

mod bank;
mod checks;
mod files;
mod happenings;
mod history;
mod steps;

use dashtam_domain::store::Storage;
use dashtam_memory::MemoryStore;
use dashtam_persistence::{Options, connect};
use dashtam_testkit::servers::Postgres;
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use tokio::runtime::Runtime;

use history::History;
use steps::{Booking, Step, history};

/// Runs one history to its end.
async fn live(stores: [Storage; 2], steps: &[Step]) {
    let mut history = History::begin(stores).await;
    for (at, step) in steps.iter().enumerate() {
        history.take(*step).await;
        history.check(1 + (at % 5) as u16).await;
    }
}

fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs histories on stores that two processes share.
fn run(runtime: &Runtime, cases: u32, longest: usize, stores: impl Fn() -> [Storage; 2]) {
    let cases = number("DASHTAM_MODEL_CASES").unwrap_or(cases);
    let seed = number("DASHTAM_MODEL_SEED").unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&history(longest), |steps| {
        runtime.block_on(live(stores(), &steps));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("seed {seed}: {failure}");
    }
}

#[test]
fn histories_in_memory_agree_with_the_books() {
    let runtime = Runtime::new().unwrap();
    run(&runtime, 60, 40, || {
        let storage = MemoryStore::new().storage();
        [storage.clone(), storage]
    });
}

/// A row that was shown as before becomes one with another, and is still shown.
#[test]
fn a_row_that_is_told_as_before_is_shown_under_the_id_that_it_gets() {
    let steps = [
        Step::Announces { kind: 0 },
        Step::Books { which: 0, how: Booking::Beside },
        Step::Syncs,
        Step::Books { which: 0, how: Booking::SameId },
        Step::Syncs,
    ];
    let storage = MemoryStore::new().storage();
    Runtime::new().unwrap().block_on(live([storage.clone(), storage], &steps));
}

#[test]
fn histories_on_sqlite_agree_with_the_books() {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.db");
    let storage = runtime.block_on(async {
        let database = connect(Options::new(path.to_str().unwrap())).await.unwrap();
        database.migrate().await.unwrap();
        database.storage
    });
    run(&runtime, 10, 30, || [storage.clone(), storage.clone()]);
}

/// Two programs, each with connections of its own, on one server.
#[test]
fn histories_of_two_programs_on_postgres_agree_with_the_books() {
    let runtime = Runtime::new().unwrap();
    let server = match Postgres::start_or_connect() {
        Ok(server) => server,
        Err(skip) => {
            skip.announce("histories_of_two_programs_on_postgres_agree_with_the_books");
            return;
        }
    };
    let (_database, stores) = runtime.block_on(async {
        let template = server
            .template("model", |url| async move {
                let database = connect(Options::new(url)).await.map_err(|error| error.to_string())?;
                database.migrate().await.map_err(|error| error.to_string())?;
                database.close().await;
                Ok::<(), String>(())
            })
            .await;
        let database = server.clone_database(&template).await;
        let one = connect(Options::new(database.url.clone())).await.unwrap().storage;
        let other = connect(Options::new(database.url.clone())).await.unwrap().storage;
        (database, [one, other])
    });
    run(&runtime, 6, 30, || stores.clone());
}
