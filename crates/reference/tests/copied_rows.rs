//! Which rows were copied: what a store to copy into promises, on both engines.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod notes;

use std::sync::Arc;

use dashtam_persistence::{Options, connect};
use dashtam_reference::ImportStore;
use dashtam_testkit::servers::{self, Postgres};

/// Keeps a database alive.
enum Guard {
    File(#[expect(dead_code, reason = "held")] tempfile::TempDir),
    Clone(#[expect(dead_code, reason = "held")] servers::Database),
}

/// A migrated SQLite file.
async fn sqlite(_test: &str) -> Option<(Arc<dyn ImportStore>, Guard)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dashtam.db");
    let database = connect(Options::new(path.to_str().unwrap())).await.unwrap();
    database.migrate().await.unwrap();
    Some((Arc::new(database), Guard::File(folder)))
}

/// A migrated Postgres database, or a notice that there is no server.
async fn postgres(test: &str) -> Option<(Arc<dyn ImportStore>, Guard)> {
    let server = match Postgres::start_or_connect() {
        Ok(server) => server,
        Err(skip) => {
            skip.announce(test);
            return None;
        }
    };
    let migrate = async |url: String| -> Result<(), String> {
        let database = connect(Options::new(url)).await.unwrap();
        database.migrate().await.map_err(|error| format!("{error:?}"))?;
        database.close().await;
        Ok(())
    };
    let template = server.template("migrated", migrate).await;
    let clone = server.clone_database(&template).await;
    let database = connect(Options::new(clone.url.clone())).await.unwrap();
    Some((Arc::new(database), Guard::Clone(clone)))
}

macro_rules! on_both_engines {
    ($($case:ident)+) => {
        on_both_engines!(@engine sqlite $($case)+);
        on_both_engines!(@engine postgres $($case)+);
    };
    (@engine $engine:ident $($case:ident)+) => {
        mod $engine {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some((store, _guard)) = super::$engine(stringify!($case)).await {
                    super::notes::$case(&store).await;
                }
            })+
        }
    };
}
on_both_engines! {
    an_imported_row_is_noted_once
    a_forgotten_row_can_be_noted_again
    many_rows_are_noted_at_once
    a_note_goes_with_its_unit_of_work
    one_of_many_notes_an_imported_row
}
