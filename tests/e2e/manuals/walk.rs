//! The first hour as the README tells it, in bash and in zsh, against a server started as it says there.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
    time::Duration,
};

use dashtam_tests::{
    Api, bank,
    manual::block_with,
    patience::eventually,
    process::Guarded,
    program::{self, Ended},
    secrets,
};
use reqwest::{Certificate, Client, redirect};
use serde_json::Value;

use super::shell;

/// Longest time for one half of the walk.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn the_first_hour_works_in_bash() {
    walk("bash").await;
}

#[tokio::test]
async fn the_first_hour_works_in_zsh() {
    walk("zsh").await;
}

async fn walk(name: &'static str) {
    if !super::shells().contains(&name) {
        return eprintln!("SKIPPED the_first_hour_works_in_{name}: there is no {name}");
    }
    let home = tempfile::tempdir().unwrap();
    let mut serve = program::command(&["serve"]);
    serve.env("HOME", home.path()).env("DASHTAM__SERVER__LISTEN", "127.0.0.1:0");
    serve.env("DASHTAM__SERVER__CALLBACK_LISTEN", "127.0.0.1:0").stdout(Stdio::piped());
    serve.stderr(fs::File::create(home.path().join("log")).unwrap());
    let mut server = Guarded::start(&mut serve);
    let mut line = String::new();
    BufReader::new(server.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    let says: Value = serde_json::from_str(&line).expect("the server says where it is");
    let address = says["api"].as_str().unwrap().trim_start_matches("https://").to_owned();

    // Between the two blocks a person goes to the browser.
    let [asked, agreed] = ["asked", "agreed"].map(|name| home.path().join(name));
    let first = block_with("README.md", "api() {");
    let (before, begin) = first.trim_end().rsplit_once('\n').unwrap();
    let begin = begin.split("   ").next().unwrap();
    assert!(begin.contains("authorize"), "the block ends with the way to the bank: {begin}");
    let script = format!(
        "{before}\n{begin} > '{0}.draft'\nmv '{0}.draft' '{0}'\nuntil [ -e '{1}' ]; do sleep 0.1; done\n{2}",
        asked.display(),
        agreed.display(),
        block_with("README.md", "me accounts"),
    );
    assert!(script.contains("127.0.0.1:8000"), "the default address");
    let script = script.replace("127.0.0.1:8000", &address);
    let mut command = shell(name, home.path(), &script);
    let out = home.path().join("out");
    command.stdin(Stdio::null()).stdout(fs::File::create(&out).unwrap());
    command.stderr(fs::File::create(home.path().join("err")).unwrap());
    let mut process = Guarded::start(&mut command);
    let told = || fs::read_to_string(home.path().join("err")).unwrap();
    let page = eventually("the address of the bank", PATIENCE, async || {
        let ended = process.child().try_wait().unwrap();
        assert!(ended.is_none(), "{name} ended early: {}\n{}", told(), fs::read_to_string(&out).unwrap());
        fs::read_to_string(&asked).ok()
    })
    .await;
    let page: url::Url = page.trim().parse().expect("an address");
    secrets::plant(&bank::parameter(&page, "state"));
    let browser = browser(&says);
    let callback = bank::consent(&browser, &page, "alice", "approve").await;
    let shown = browser.http.get(callback).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("is connected"), "{shown}");
    fs::write(&agreed, "").unwrap();
    let status =
        eventually("the end of the walk", PATIENCE, async || process.child().try_wait().unwrap()).await;
    let out = fs::read_to_string(&out).unwrap();
    assert_eq!(status.code(), Some(0), "{out}\n{}", told());
    // The figures are there: accounts of the bank, its transactions, and the rows of the sample.
    assert!(out.contains("\"items\"") && out.contains("\"amount\""), "{out}");
    assert!(out.contains("\"new\": 9") || out.contains("9"), "{out}");

    // What fails, fails loudly: with a code, and with what the server says.
    let helpers: String = script
        .lines()
        .take_while(|line| !line.starts_with("api auth/"))
        .fold(String::new(), |text, line| text + line + "\n");
    let mut wrong = shell(name, home.path(), &format!("{helpers}token=wrong\nme accounts | jq -e ."));
    let ended: Ended = wrong.output().unwrap().into();
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("401") && ended.stdout.contains("/errors/"), "{ended:?}");
}

/// A browser that trusts the certificate, as a person does after the warning.
fn browser(says: &Value) -> Api {
    let pem = fs::read(says["certificate"].as_str().unwrap()).unwrap();
    let http = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .add_root_certificate(Certificate::from_pem(&pem).unwrap())
        .build()
        .unwrap();
    Api::with_client(http, says["api"].as_str().unwrap())
}
