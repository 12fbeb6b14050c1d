//! Killed while rows are found to be one transaction, and while stored rows are read again: what is half done is not there,
//! and going on ends right.

use std::{fs::File, process::Child};

use dashtam_sandbox_bank::{Lever, Status, World};
use dashtam_tests::{
    Engine, Place, Server, User,
    figures::{SEED, today},
    patience::{SOON, eventually},
    program,
    server::Options,
    statement::{ofx, rows},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(
    matching_killed_before_and_after_it_is_written_ends_right,
    a_remap_killed_before_and_after_a_page_is_written_goes_on,
);

const LEVER: &str = "posts-unlinked";
const TRANSACTIONS: &str = "/api/v1/transactions";

fn failing(name: &str) -> Options {
    Options { variables: vec![("DASHTAM_FAILPOINT", name.to_owned())], ..Options::default() }
}

/// A customer whose touched row is alone with its merchant for two weeks, so that nothing else can have become of it.
fn somebody() -> (String, String) {
    let since = today();
    let alone = |person: &String| {
        let world = World::generate(SEED, person, since);
        let touched = world.touched_by(Lever::PostsUnlinked, since)?.clone();
        let rows = world.accounts.iter().flat_map(|account| &account.transactions);
        let near =
            rows.filter(|row| (since - row.date).num_days() < 14 && row.counterparty == touched.counterparty);
        (near.count() == 1).then_some(touched.id)
    };
    let mut people = (0..500).map(|number| format!("vera{number}"));
    people.find_map(|person| alone(&person).map(|id| (person, id))).expect("there is somebody like that")
}

async fn matching_killed_before_and_after_it_is_written_ends_right(engine: Engine, test: &str) {
    for moment in ["writing", "written"] {
        let place = place!(engine, test);
        killed_while_matching(&place, moment).await;
    }
}

async fn killed_while_matching(place: &Place, moment: &str) {
    let (person, pending_id) = somebody();
    let since = today();
    let server = Server::start(place);
    let user = User::new(&server).await;
    let provider = user.link(&format!("{person}+{LEVER}")).await;
    user.sync_well(&provider).await;
    let of_bank = |rows: Vec<Value>, id: &str| -> Vec<Value> {
        rows.into_iter().filter(|row| row["provider_transaction_id"] == id).collect()
    };
    let pending = of_bank(user.api.all(TRANSACTIONS).await, &pending_id).remove(0);
    assert_eq!(pending["status"], "pending");
    server.kill();

    let server = Server::start_with(place, &failing(&format!("matching-{moment}")));
    let user = user.at(&server);
    let run = user.request_sync(&provider).await;
    eventually("the failpoint", SOON, async || server.log().contains("failpoint reached").then_some(()))
        .await;
    server.kill();
    // The thirty seconds of the lease are not waited for.
    place.change("UPDATE sync_runs SET lease_until = requested_at WHERE state = 'running'").await;

    let server = Server::start(place);
    let user = user.at(&server);
    let ended = user.ended_sync(&provider, &run).await;
    assert_eq!(ended["status"], "completed", "{ended}");
    let posted_id = pending_id.replacen("p-", "t-now", 1);
    for _ in 0..2 {
        let posted = of_bank(user.api.all(TRANSACTIONS).await, &posted_id);
        let [posted] = &posted[..] else { panic!("{posted:?}") };
        assert_eq!((&posted["id"], &posted["status"]), (&pending["id"], &json!("posted")));
        let decided = user.api.all("/api/v1/reconciliations?state=applied").await;
        let about = decided.iter().filter(|decision| decision["transaction_id"] == pending["id"]);
        assert_eq!(about.count(), 1, "{decided:?}");
        user.assert_figures_of(&provider, &person, since, |world| {
            let rows = world.accounts.iter_mut().flat_map(|account| &mut account.transactions);
            for row in rows.filter(|row| row.id == pending_id) {
                row.id.clone_from(&posted_id);
                row.status = Status::Posted;
            }
        })
        .await;
        user.sync_well(&provider).await;
    }
}

/// Rows of the file: several pages of a remap.
const ROWS: u32 = 1_300;

/// Starts a remap that is held.
fn held(place: &Place, failpoint: &str, said: &std::path::Path) -> Child {
    let directory = place.path().display().to_string();
    let mut command = program::command(&["remap", "--json", "--data-dir", &directory]);
    command.env("DASHTAM_FAILPOINT", failpoint).stderr(File::create(said).expect("the file can be made"));
    if let Some(url) = place.database_url() {
        command.env("DATABASE_URL", url);
    }
    command.spawn().expect("the program can be run")
}

async fn a_remap_killed_before_and_after_a_page_is_written_goes_on(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    user.api.upload("a.ofx", &ofx("77", &rows(1, ROWS), 1, "20260831")).await.expect(201);
    let plain = |rows: Vec<Value>| -> Vec<Value> {
        let without = |mut row: Value| {
            row.as_object_mut().expect("a row is an object").remove("updated_at");
            row
        };
        rows.into_iter().map(without).collect()
    };
    let right = plain(user.api.all(TRANSACTIONS).await);
    server.kill();
    let misread = "SELECT CAST(COUNT(*) AS TEXT) FROM transactions WHERE description = 'misread'";
    assert_eq!(place.change("UPDATE transactions SET description = 'misread'").await, u64::from(ROWS));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let said = folder.path().join("said");
    let mut left = vec![u64::from(ROWS)];
    for moment in ["writing", "written"] {
        let mut child = held(&place, &format!("remap-{moment}"), &said);
        eventually("the failpoint", SOON, async || {
            std::fs::read_to_string(&said).is_ok_and(|said| said.contains("failpoint reached")).then_some(())
        })
        .await;
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        left.push(place.number(misread).await);
    }
    assert_eq!(left[1], left[0], "what was not committed is not there");
    assert!(left[2] < left[1] && left[2] > 0, "a page is there: {left:?}");

    let stopped = place.clone();
    let again = move || {
        let directory = stopped.path().display().to_string();
        let database: Vec<_> = stopped.database_url().map(|url| ("DATABASE_URL", url)).into_iter().collect();
        program::run(&["remap", "--json", "--data-dir", &directory], &database)
    };
    let ended = tokio::task::spawn_blocking(again).await.expect("the command ends");
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    let report: Value =
        serde_json::from_str(ended.stdout.lines().last().unwrap_or_default()).expect("a report");
    assert_eq!(report["changed"], left[2], "it goes on where it was: {report}");
    assert_eq!(place.number(misread).await, 0);
    let server = Server::start(&place);
    assert_eq!(plain(user.at(&server).api.all(TRANSACTIONS).await), right);
}
