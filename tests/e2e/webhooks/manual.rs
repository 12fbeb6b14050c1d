//! `docs/webhooks.md`, followed as it stands.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use dashtam_tests::{Engine, Server, User, manual, process::Guarded, secrets};

use super::allowing;
use crate::engines::place;

const MANUAL: &str = "docs/webhooks.md";

/// The program in the manual.
fn receiver() -> String {
    let text = manual::read(MANUAL);
    let (_, rest) = text.split_once("```python\n").expect("there is a program");
    rest.split_once("```").expect("it ends").0.to_owned()
}

fn run(home: &Path, server: &Server, user: &User, receiver: &str, block: &str) {
    let ran = Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", block])
        .current_dir(home)
        .env("DASHTAM", server.api.trim_end_matches('/'))
        .env("TOKEN", &user.access_token)
        .env("RECEIVER", receiver)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{block}\n{}", String::from_utf8_lossy(&ran.stderr));
}

#[tokio::test]
async fn the_receiver_of_the_manual_takes_what_is_sent() {
    let has_library = Command::new("python3").args(["-c", "import standardwebhooks"]).output();
    if !has_library.is_ok_and(|ran| ran.status.success()) {
        let required = std::env::var_os("DASHTAM_REQUIRE_SERVERS").is_some();
        assert!(!required, "python3 with the module standardwebhooks is needed");
        eprintln!("skipped: python3 with the module standardwebhooks is missing");
        return;
    }
    let place = place!(Engine::Sqlite, "webhooks_manual");
    let server = Server::start_with(&place, &allowing());
    let user = User::new(&server).await;
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let [make, test] = &manual::blocks(MANUAL)[..] else { panic!("the manual has two blocks of commands") };
    run(home.path(), &server, &user, &url, make);
    secrets::plant(std::fs::read_to_string(home.path().join("webhook.secret")).unwrap().trim());
    let mut program = Command::new("python3");
    program.args(["-c", &receiver()]).current_dir(home.path()).env("PORT", port.to_string());
    let mut process = Guarded::start(program.stdout(Stdio::piped()).stderr(Stdio::null()));
    let said = process.child().stdout.take().unwrap();
    // A message that comes too early for it is sent again.
    run(home.path(), &server, &user, &url, test);
    let line = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).unwrap();
        line
    });
    let line =
        tokio::time::timeout(dashtam_tests::patience::SOON, line).await.expect("it is told soon").unwrap();
    assert!(line.starts_with("webhook.test {'webhook_id': '"), "{line}");
    process.kill();
}
