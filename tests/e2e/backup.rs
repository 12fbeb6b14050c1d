//! An installation as a folder, and the folder as an installation on another machine.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use dashtam_tests::{
    Place, Server, User,
    program::{self, Ended},
    statement,
};
use serde_json::Value;

/// Runs a command with the data directory of this place, away from the test's runtime.
async fn care(place: &Place, command: &[&str]) -> Ended {
    let directory = place.path().display().to_string();
    let arguments: Vec<String> =
        command.iter().copied().chain(["--data-dir", &directory]).map(str::to_owned).collect();
    tokio::task::spawn_blocking(move || program::run(&arguments, &[])).await.unwrap()
}

#[track_caller]
fn done(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("not JSON: {}", ended.stdout))
}

#[track_caller]
fn refused(ended: &Ended, why: &str) {
    assert_eq!(ended.code, Some(1), "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(why), "{why}: {}", ended.stderr);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything a user can see of a linked institution and of an imported statement.
async fn figures(user: &User, provider: &str) -> String {
    let shown = user.shown(provider).await;
    let all = user.api.all("/api/v1/transactions").await;
    format!("{shown:?}\n{all:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_server_is_the_same_on_another_machine() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    let file = statement::ofx("4711", &statement::rows(0, 40), 1_234, "20261101");
    user.api.upload("statement.ofx", &file).await.expect(201);
    let before = figures(&user, &provider).await;

    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("backup");
    let name = folder.display().to_string();
    let made = done(&care(&place, &["backup", &name, "--with-keys", "--json"]).await);
    assert_eq!(made["unreadable"], 0, "{made}");
    assert!(made["backup"]["tables"]["transactions"].as_u64().unwrap() > 40, "{made}");
    assert_eq!(mode(&folder), 0o700);
    for file in ["dashtam.db", "backup.json", "encryption.key", "secret.key"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4, "nothing else is left in it");
    // What is written afterwards is not in it, and the server has not noticed.
    let later = statement::ofx("4712", &statement::rows(100, 5), 1, "20261101");
    user.api.upload("later.ofx", &later).await.expect(201);
    refused(&care(&place, &["backup", &name]).await, "is there already");

    let other = Place::sqlite();
    done(&care(&other, &["restore", &name, "--json"]).await);
    let verified = care(&other, &["keys", "verify", "--json"]).await;
    assert!(done(&verified)["keys"][0]["values"].as_u64().unwrap() > 0, "{}", verified.stdout);
    let moved = Server::start(&other);
    assert_eq!(figures(&user.at(&moved), &provider).await, before);

    // A second restore changes nothing.
    moved.kill();
    refused(&care(&other, &["restore", &name]).await, "is there already and is left as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_kept_apart_are_asked_for_and_wrong_ones_refused() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    let before = figures(&user, &provider).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("backup");
    let name = folder.display().to_string();
    done(&care(&place, &["backup", &name, "--json"]).await);
    assert!(!folder.join("encryption.key").exists() && !folder.join("secret.key").exists());

    let other = Place::sqlite();
    refused(&care(&other, &["restore", &name]).await, "encryption.key is missing");
    assert!(!other.path().join("dashtam.db").exists() && !other.path().join("encryption.key").exists());
    fs::copy(place.path().join("secret.key"), other.path().join("secret.key")).unwrap();
    let stranger = program::run(&["keys", "generate"], &[]).stdout;
    fs::write(other.path().join("encryption.key"), stranger).unwrap();
    refused(&care(&other, &["restore", &name]).await, "do not open the backup's secrets");
    assert!(!other.path().join("dashtam.db").exists());
    fs::copy(place.path().join("encryption.key"), other.path().join("encryption.key")).unwrap();
    done(&care(&other, &["restore", &name, "--json"]).await);
    let moved = Server::start(&other);
    assert_eq!(figures(&user.at(&moved), &provider).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_and_what_is_none_are_refused_without_a_trace() {
    let place = Place::sqlite();
    let empty = Place::sqlite();
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("backup");
    let name = folder.display().to_string();
    refused(&care(&empty, &["backup", &name]).await, "nothing to back up");
    assert!(!folder.exists());
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "a refused backup made something");
    drop(Server::start(&place));
    done(&care(&place, &["backup", &name, "--with-keys", "--json"]).await);

    let copy = folder.join("dashtam.db");
    let whole = fs::read(&copy).unwrap();
    let mut damaged = whole.clone();
    damaged[9_000] ^= 0xff;
    for (content, why) in
        [(&damaged[..], "has changed since"), (&whole[..whole.len() / 2], "has changed since")]
    {
        fs::write(&copy, content).unwrap();
        refused(&care(&empty, &["restore", &name]).await, why);
        assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "a refused restore left something");
    }
    fs::write(&copy, &whole).unwrap();
    let nothing = elsewhere.path().display().to_string();
    refused(&care(&empty, &["restore", &nothing]).await, "is");
    let url = ("DATABASE_URL", "postgres://127.0.0.1:1/none");
    let elsewhere = program::run(&["backup", "never"], &[url]);
    refused(&elsewhere, "pg_dump");
    done(&care(&empty, &["restore", &name, "--json"]).await);
}
