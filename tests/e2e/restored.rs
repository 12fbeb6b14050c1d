//! An account leaves one installation as an archive and comes back on another, with the other engine.

use std::{fs::File, path::Path, process::Child};

use dashtam_tests::{
    Api, Engine, Place, Server, User,
    figures::today,
    patience::{SOON, eventually},
    program::{self, Ended},
    secrets,
    statement::{ofx, rows},
    user::fresh_credentials,
};
use serde_json::{Value, json};

use crate::{
    engines::{on_both_engines, place},
    portfolio,
};

on_both_engines!(
    an_archive_becomes_the_same_account_on_the_other_engine,
    what_is_not_a_whole_archive_is_refused_and_a_killed_restoration_leaves_nothing,
);

const TRANSACTIONS: &str = "/api/v1/transactions";
const USERS: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM users";

/// The command on this place, and its variables.
fn command(place: &Place, file: &Path, more: &[&str]) -> (Vec<String>, Option<String>) {
    let directory = place.path().display().to_string();
    let file = file.display().to_string();
    let fixed = ["restore-account", &file, "--data-dir", &directory];
    let arguments = fixed.iter().chain(more).map(|argument| (*argument).to_owned()).collect();
    (arguments, place.database_url().map(str::to_owned))
}

/// Runs it to its end, away from the test's runtime.
async fn restore(place: &Place, file: &Path, more: &[&str]) -> Ended {
    let (arguments, url) = command(place, file, more);
    let run = move || {
        let variables: Vec<_> = url.iter().map(|url| ("DATABASE_URL", url.as_str())).collect();
        program::run(&arguments, &variables)
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[track_caller]
fn refused(ended: &Ended, why: &str) {
    assert_eq!(ended.code, Some(1), "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(why), "{why}: {}", ended.stderr);
}

#[track_caller]
fn done(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("not JSON: {}", ended.stdout))
}

/// The archive, made at a moment when nothing works on the account any more.
async fn archive(user: &User) -> String {
    let text = eventually("a quiet moment", SOON, async || {
        let archive = user.api.get("/api/v1/auth/me/export").await;
        assert_eq!(archive.status, 200, "{}", archive.text());
        Some(archive.text()).filter(|text| text.contains("\"steady\":true"))
    })
    .await;
    assert_eq!(secrets::leaks(&text), [""; 0], "secrets in the archive");
    text
}

/// The lines of the ledger and of what its owner made of it, in an order that is the same on both engines; without those of
/// the moment, of sign-ins and of links, which are of one server.
fn ledger(archive: &str) -> Vec<String> {
    let own = ["archive", "user", "second_factor", "session", "provider", "webhook", "audit", "end"];
    let is_own = |line: &&str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let of_sign_ins = line["part"] == "users" || line["part"] == "user_clocks";
        own.contains(&line["type"].as_str().unwrap()) || of_sign_ins
    };
    let mut lines: Vec<String> = archive.lines().filter(|line| !is_own(line)).map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// What the API answers, without the cursors, which each server seals with its own key.
async fn shown(user: &User) -> Vec<(String, Value)> {
    let now = today();
    let year = format!("from={}&to={now}", now - chrono::Days::new(364));
    let mut shown = vec![(TRANSACTIONS.to_owned(), json!(user.api.all(TRANSACTIONS).await))];
    for path in [
        "/api/v1/accounts".to_owned(),
        "/api/v1/balances".to_owned(),
        "/api/v1/holdings".to_owned(),
        "/api/v1/securities".to_owned(),
        "/api/v1/categories".to_owned(),
        "/api/v1/rules".to_owned(),
        "/api/v1/views".to_owned(),
        "/api/v1/tags".to_owned(),
        "/api/v1/merchants".to_owned(),
        "/api/v1/imports".to_owned(),
        "/api/v1/transfers".to_owned(),
        "/api/v1/reconciliations".to_owned(),
        "/api/v1/recurring".to_owned(),
        "/api/v1/transactions/totals".to_owned(),
        format!("/api/v1/spending?{year}"),
        format!("/api/v1/income?{year}"),
        format!("/api/v1/net-worth?from={now}&to={now}&currency=USD"),
        "/api/v1/portfolio/lots".to_owned(),
        "/api/v1/portfolio/positions".to_owned(),
        "/api/v1/portfolio/gains".to_owned(),
        "/api/v1/portfolio/targets".to_owned(),
    ] {
        let mut answer = user.api.get(&path).await.expect(200);
        if let Some(members) = answer.as_object_mut() {
            members.remove("next_cursor");
        }
        shown.push((path, answer));
    }
    shown
}

/// The ids of all transactions.
async fn ids(user: &User) -> Vec<Value> {
    user.api.all(TRANSACTIONS).await.iter().map(|row| row["id"].clone()).collect()
}

/// A user with what an institution and statements told, and with what people make of it.
async fn household(server: &Server) -> (User, String) {
    let user = User::new(server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    user.api.upload("a.ofx", &ofx("4711", &rows(1, 40), 1_234, "20260831")).await.expect(201);
    user.api.upload("b.ofx", portfolio::statement().as_bytes()).await.expect(201);
    let category = json!({"label": "Tea", "group": "food"});
    let category = user.api.post("/api/v1/categories", &category).await.expect(201);
    let rule = json!({"name": "Pizza", "actions": {"category": "food.restaurants", "merchant": "Joe's"},
        "conditions": [{"field": "description", "operator": "contains", "values": ["coffee"]}]});
    user.api.post("/api/v1/rules", &rule).await.expect(201);
    let view = json!({"name": "Coffee", "filter": {"text": "coffee"}});
    user.api.post("/api/v1/views", &view).await.expect(201);
    let all = user.api.all(TRANSACTIONS).await;
    let spent = all.iter().find(|row| row["trade"].is_null() && row["status"] == "posted").unwrap();
    let path = format!("{TRANSACTIONS}/{}", spent["id"].as_str().unwrap());
    let correction = json!({"note": "mine", "category": category["id"], "tags": ["Trip"]});
    user.api.send("PATCH", &path, &correction).await.expect(200);
    (user, provider)
}

/// Chooses a password by the link that the command gave out, and signs in.
async fn welcome(server: &Server, link: &str, email: &str) -> User {
    let (_, token) = link.split_once("?token=").expect("a link is given out");
    secrets::plant(token);
    let (_, password) = fresh_credentials();
    let api = Api::of(server);
    let path = format!("/api/v1/password-resets/{token}");
    api.send("PATCH", &path, &json!({"new_password": password})).await.expect(200);
    User::sign_in(&api, email, &password).await
}

async fn an_archive_becomes_the_same_account_on_the_other_engine(engine: Engine, test: &str) {
    let other = if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite };
    let (from, to) = (place!(engine, test), place!(other, test));
    let server = Server::start(&from);
    let (user, provider) = household(&server).await;
    let before = shown(&user).await;
    let made = archive(&user).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archive.jsonl");
    std::fs::write(&file, &made).unwrap();

    // Beside a running server, on which somebody else has an account.
    let elsewhere = Server::start(&to);
    let bystander = User::new(&elsewhere).await;
    let rehearsed = done(&restore(&to, &file, &["--dry-run", "--json"]).await);
    assert_eq!((rehearsed["dry_run"].as_bool(), &rehearsed["link"]), (Some(true), &Value::Null));
    assert_eq!(to.number(USERS).await, 1);
    refused(&restore(&to, &file, &["--email", &bystander.email]).await, "give another one with --email");
    let report = done(&restore(&to, &file, &["--json"]).await);
    assert_eq!((&report["rows"], &report["parts"]), (&rehearsed["rows"], &rehearsed["parts"]));
    assert_eq!((&report["user_id"], &report["email"]), (&json!(user.id), &json!(user.email)));
    refused(&restore(&to, &file, &[]).await, "is on this server already");

    let back = welcome(&elsewhere, report["link"].as_str().unwrap(), &user.email).await;
    assert_eq!(back.id, user.id);
    for ((path, was), (_, is)) in before.into_iter().zip(shown(&back).await) {
        assert_eq!(is, was, "{path}");
    }
    let again = archive(&back).await;
    for (is, was) in ledger(&again).iter().zip(ledger(&made)) {
        assert_eq!(*is, was);
    }
    assert_eq!(ledger(&again).len(), ledger(&made).len());
    // What was linked has to be linked again. Then the institution's rows are those that are there.
    let shown = back.provider(&provider).await;
    assert_eq!(
        (&shown["status"], &shown["needs_reconnection"]),
        (&json!("expired"), &json!(true)),
        "{shown}"
    );
    back.link_again(&provider, "alice").await;
    back.sync_well(&provider).await;
    assert_eq!(ids(&back).await, ids(&user).await);
    let trail = again.lines().filter(|line| line.contains("account_restored")).count();
    assert_eq!(trail, 1);
    assert!(bystander.api.all(TRANSACTIONS).await.is_empty());
}

/// Starts the command so that it is held before its commit.
fn held(place: &Place, file: &Path, said: &Path) -> Child {
    let (arguments, url) = command(place, file, &[]);
    let mut command = program::command(&arguments);
    command.env("DASHTAM_FAILPOINT", "restoring-written").stderr(File::create(said).unwrap());
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    command.spawn().unwrap()
}

async fn what_is_not_a_whole_archive_is_refused_and_a_killed_restoration_leaves_nothing(
    engine: Engine,
    test: &str,
) {
    let (from, to) = (Place::sqlite(), place!(engine, test));
    let server = Server::start(&from);
    let user = User::new(&server).await;
    user.api.upload("a.ofx", &ofx("4711", &rows(1, 40), 1_234, "20260831")).await.expect(201);
    let made = archive(&user).await;
    drop(Server::start(&to));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archive.jsonl");

    let half = (made.len() / 2..made.len()).find(|place| made.is_char_boundary(*place)).unwrap();
    let cut = made[..half].to_owned();
    let without_end = made[..made.trim_end().rfind('\n').unwrap() + 1].to_owned();
    for (text, why) in [
        (cut, "is cut off"),
        (without_end, "its last line is missing"),
        (made.replacen("\"amount\":\"-", "\"amount\":\"", 1), "has changed since"),
        (made.replacen("\"version\":2", "\"version\":1", 1), "has the form 1"),
        (made.replacen("\"version\":2", "\"version\":9", 1), "needs a newer version"),
        ("{}\n".to_owned(), "is not the archive of an account"),
    ] {
        assert_ne!(text, made, "{why}");
        std::fs::write(&file, text).unwrap();
        refused(&restore(&to, &file, &[]).await, why);
        assert_eq!(to.number(USERS).await, 0, "{why}");
    }

    std::fs::write(&file, &made).unwrap();
    let said = folder.path().join("said");
    let mut child = held(&to, &file, &said);
    eventually("the failpoint", SOON, async || {
        std::fs::read_to_string(&said).is_ok_and(|said| said.contains("failpoint reached")).then_some(())
    })
    .await;
    assert_eq!(to.number(USERS).await, 0, "nobody sees it before it is whole");
    child.kill().unwrap();
    child.wait().unwrap();
    to.left_alone().await;
    assert_eq!(to.number(USERS).await, 0, "nothing is left of it");
    done(&restore(&to, &file, &["--json"]).await);
    assert_eq!(to.number(USERS).await, 1);
}
