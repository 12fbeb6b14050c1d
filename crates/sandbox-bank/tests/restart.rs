//! Grants outlive the process: the bank is killed and opened again between calls.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{fs, os::unix::fs::MetadataExt, path::PathBuf, sync::Arc};

use chrono::Utc;
use dashtam_sandbox_bank::{AccountKind, Options, SandboxBank};
use reqwest::StatusCode;
use serde_json::Value;
use support::{CLIENT, SECRET, SEED, Tokens, Town, refused, text};
use tempfile::TempDir;

/// A bank with a state file, and the directory that holds it.
async fn town() -> (Town, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Town::open_with(Some(dir.path().join("grants.json"))).await, dir)
}

async fn status(town: &Town, tokens: &Tokens) -> StatusCode {
    town.get(tokens, "/v1/accounts").await.status()
}

#[tokio::test]
async fn a_link_goes_on() {
    let (town, _dir) = town().await;
    let first = town.link("bob+slow").await;
    let town = town.killed_and_opened_again().await;
    let accounts = town.accounts(&first).await;
    let town = town.killed_and_opened_again().await;
    let second = Tokens::of(town.refresh(&first.refresh).await).await;
    assert_eq!(second.body["scope"], "accounts transactions holdings");
    let town = town.killed_and_opened_again().await;
    assert_eq!(town.accounts(&second).await, accounts);
    assert_eq!(town.accounts(&first).await, accounts);
    town.wait(1_800);
    assert_eq!(status(&town, &second).await, StatusCode::UNAUTHORIZED);
    let third = Tokens::of(town.refresh(&second.refresh).await).await;

    // A token from before the last one is stolen, also when that was in another life.
    let town = town.killed_and_opened_again().await;
    refused(town.refresh(&first.refresh).await, "invalid_grant").await;
    let town = town.killed_and_opened_again().await;
    assert_eq!(status(&town, &third).await, StatusCode::UNAUTHORIZED);
    refused(town.refresh(&third.refresh).await, "invalid_grant").await;
}

#[tokio::test]
async fn a_new_grant_never_takes_an_old_ones_place() {
    let (town, _dir) = town().await;
    let (alice, bob) = (town.link("alice").await, town.link("bob").await);
    let form = [("token", bob.refresh.as_str())];
    let revoke = town.http.post(town.url("/oauth/revoke")).basic_auth(CLIENT, Some(SECRET)).form(&form);
    assert_eq!(revoke.send().await.unwrap().status(), StatusCode::OK);
    let town = town.killed_and_opened_again().await;
    assert_eq!(status(&town, &bob).await, StatusCode::UNAUTHORIZED);
    let carol = town.link("carol").await;
    assert_eq!(status(&town, &bob).await, StatusCode::UNAUTHORIZED);
    refused(town.refresh(&bob.refresh).await, "invalid_grant").await;
    assert_ne!(town.accounts(&alice).await, town.accounts(&carol).await);
}

#[tokio::test]
async fn a_code_does_not_outlive_the_process() {
    let (town, _dir) = town().await;
    let code = town.code("alice").await;
    let town = town.killed_and_opened_again().await;
    refused(town.exchange(&code).await, "invalid_grant").await;
    town.link("alice").await;
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_may_be_repeated() {
    let (town, _dir) = town().await;
    let first = town.link("alice").await;
    let lost = Tokens::of(town.refresh(&first.refresh).await).await;
    let town = town.killed_and_opened_again().await;
    let lost_too = Tokens::of(town.refresh(&first.refresh).await).await;
    let town = town.killed_and_opened_again().await;
    let last = Tokens::of(town.refresh(&first.refresh).await).await;
    assert_eq!(town.accounts(&last).await.len(), 4);
    // From the first use of the last tokens on, all others are old.
    let town = town.killed_and_opened_again().await;
    refused(town.refresh(&first.refresh).await, "invalid_grant").await;
    for old in [last, lost_too, lost] {
        refused(town.refresh(&old.refresh).await, "invalid_grant").await;
        assert_eq!(status(&town, &old).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_lost_answer_that_turns_up_elsewhere_is_theft() {
    let (town, _dir) = town().await;
    let first = town.link("alice").await;
    let other = Tokens::of(town.refresh(&first.refresh).await).await;
    let own = Tokens::of(town.refresh(&first.refresh).await).await;
    refused(town.refresh(&other.refresh).await, "invalid_grant").await;
    assert_eq!(status(&town, &own).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn levers_remember_what_was_seen() {
    let (town, _dir) = town().await;
    let limited = town.link("rate-limited").await;
    let flaky = town.link("flaky").await;
    let touched = town.link("bob+removed-row+reissued-id").await;
    let account = town.world("bob").account_of(AccountKind::Checking).unwrap().id.clone();
    let before = town.rows(&touched, &account, "").await;
    assert_eq!(
        (status(&town, &limited).await, status(&town, &limited).await),
        (StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(status(&town, &flaky).await, StatusCode::INTERNAL_SERVER_ERROR);

    let town = town.killed_and_opened_again().await;
    assert_eq!(status(&town, &limited).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status(&town, &flaky).await, StatusCode::OK);
    let after = town.rows(&touched, &account, "").await;
    assert_eq!(after.len(), before.len() - 1);
    let reissued = |rows: &[Value]| rows.iter().filter(|row| text(row, "id").starts_with("t-re")).count();
    assert_eq!((reissued(&before), reissued(&after)), (0, 1));
}

#[tokio::test]
async fn the_file_holds_no_token_and_is_its_owners_alone() {
    let (town, dir) = town().await;
    let tokens = town.link("alice").await;
    let again = Tokens::of(town.refresh(&tokens.refresh).await).await;
    town.accounts(&again).await;
    let meta = fs::metadata(town.state_file()).unwrap();
    assert_eq!(meta.mode() & 0o777, 0o600);
    let kept = fs::read_to_string(town.state_file()).unwrap();
    for token in [&tokens.access, &tokens.refresh, &again.access, &again.refresh] {
        let secret = token.splitn(3, '_').nth(2).unwrap();
        assert!(!kept.contains(token) && !kept.contains(secret));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    // A data call that changes nothing is not written.
    town.accounts(&again).await;
    assert_eq!(fs::metadata(town.state_file()).unwrap().ino(), meta.ino());
}

#[tokio::test]
async fn tokens_that_cannot_be_kept_are_not_handed_out() {
    let (town, _dir) = town().await;
    let tokens = town.link("alice").await;
    let code = town.code("bob").await;
    // A directory with something in it stands where the draft of the file is made.
    let draft = PathBuf::from(format!("{}.tmp", town.state_file().display()));
    fs::create_dir_all(draft.join("in the way")).unwrap();
    for response in [town.refresh(&tokens.refresh).await, town.exchange(&code).await] {
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.json::<Value>().await.unwrap()["error"], "server_error");
    }
    assert_eq!(town.accounts(&tokens).await.len(), 4, "data is served all the same");
    fs::remove_dir_all(&draft).unwrap();
    let town = town.killed_and_opened_again().await;
    let again = Tokens::of(town.refresh(&tokens.refresh).await).await;
    let town = town.killed_and_opened_again().await;
    assert_eq!(town.accounts(&again).await.len(), 4);
}

#[tokio::test]
async fn a_broken_file_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("grants.json");
    let foreign = r#"{"kind":"sandbox-bank-grants","version":2,"next":1,"grants":{}}"#;
    let texts = ["", "{\"kind\":", foreign, "[database]\nurl = \"precious\"\n", "\u{0}\u{1}"];
    for (number, content) in texts.iter().enumerate() {
        fs::write(&path, content).unwrap();
        let town = Town::open_with(Some(path.clone())).await;
        let tokens = town.link("alice").await;
        assert_eq!(town.killed_and_opened_again().await.accounts(&tokens).await.len(), 4);
        let aside = match number {
            0 => "grants.json.broken".to_owned(),
            _ => format!("grants.json.broken-{}", number + 1),
        };
        assert_eq!(fs::read_to_string(dir.path().join(aside)).unwrap(), *content);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_used_is_reported_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    for (path, what) in [(dir.path().to_owned(), "read"), (dir.path().join("none/grants.json"), "written")] {
        let mut options = Options::new(SEED, Arc::new(|| chrono::DateTime::<Utc>::UNIX_EPOCH));
        options.state_file = Some(path.clone());
        let error = SandboxBank::start(options).await.err().unwrap().to_string();
        assert!(error.contains(&format!("{} cannot be {what}", path.display())), "{error}");
    }
}

#[tokio::test]
async fn many_at_once_are_all_kept() {
    let (town, _dir) = town().await;
    let codes = [town.code("a").await, town.code("b").await, town.code("c").await, town.code("d").await];
    let exchanges = codes.iter().map(|code| async { Tokens::of(town.exchange(code).await).await });
    let tokens = futures_util::future::join_all(exchanges).await;
    let town = town.killed_and_opened_again().await;
    for tokens in &tokens {
        assert_eq!(town.accounts(tokens).await.len(), 4);
    }
}
