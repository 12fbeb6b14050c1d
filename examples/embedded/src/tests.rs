//! The example works, is as short as the manual says, and is in the manual to the letter.

use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

const MAIN: &str = include_str!("main.rs");
const JAR: &str = include_str!("jar.rs");
const MANIFEST: &str = include_str!("../Cargo.toml");
const MANUAL: &str = include_str!("../../../docs/embedding.md");

const ADA: &str = "00000000-0000-0000-0000-0000000000ad";
const BOB: &str = "00000000-0000-0000-0000-0000000000b0";

/// The service on a port of its own.
async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { super::serve(listener).await.unwrap() });
    format!("http://{address}")
}

async fn get(url: &str, user: &str) -> Value {
    let answer = Client::new().get(url).header("x-user", user).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    answer.json().await.unwrap()
}

async fn link(site: &str, alias: &str, word: &str) -> StatusCode {
    let request = Client::new().post(format!("{site}/jars/{alias}")).header("x-user", ADA).json(word);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_user_links_a_jar_and_follows_what_is_in_it() {
    let site = start().await;
    let nobody = Client::new().get(format!("{site}/accounts")).send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    let begun = get(&format!("{site}/changes"), ADA).await;
    assert_eq!(begun["changes"], Value::Array(Vec::new()));

    assert_eq!(link(&site, "wrong", "swordfish").await, StatusCode::BAD_REQUEST);
    assert_eq!(link(&site, "mine", "sesame").await, StatusCode::OK);
    assert_eq!(link(&site, "mine", "sesame").await, StatusCode::BAD_REQUEST);

    // The worker of the service fetches, and the feed tells when it has: the account and a coin for each day.
    let mut place = begun["next"].clone();
    let mut seen = Vec::new();
    while seen.iter().filter(|kind| *kind == "transaction").count() < 31 {
        let page = get(&format!("{site}/changes/{}/{}", place[0], place[1]), ADA).await;
        place = page["next"].clone();
        let kinds = page["changes"].as_array().unwrap().iter().map(|change| change[1].clone());
        seen.extend(kinds);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(seen.iter().any(|kind| kind == "account"), "{seen:?}");

    let accounts = get(&format!("{site}/accounts"), ADA).await;
    assert_eq!((&accounts[0]["name"], &accounts[0]["balance"]), (&"Coins".into(), &"30.00".into()));
    let transactions = get(&format!("{site}/transactions"), ADA).await;
    assert_eq!(transactions.as_array().unwrap().len(), 31);
    assert_eq!(transactions[0]["amount"], "1");

    for path in ["accounts", "transactions"] {
        let others = get(&format!("{site}/{path}"), BOB).await;
        assert_eq!(others, Value::Array(Vec::new()), "{path} of somebody else");
    }
}

/// Lines that are neither empty nor a comment, nor about this test.
fn lines_of_code(text: &str) -> usize {
    text.replace("#[cfg(test)]\nmod tests;\n", "")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

#[test]
fn it_is_as_short_as_the_manual_says() {
    let lines = lines_of_code(MAIN) + lines_of_code(JAR);
    assert!(lines < 150, "{lines} lines of code");
    assert!(MANUAL.contains(&format!("{lines} lines")), "the manual does not say that it has {lines} lines");
}

#[test]
fn the_manual_shows_it_to_the_letter() {
    for (name, text) in [("main.rs", MAIN), ("jar.rs", JAR)] {
        assert!(MANUAL.contains(&format!("```rust\n{text}```\n")), "docs/embedding.md shows another {name}");
    }
    for line in
        MANIFEST.lines().filter(|line| line.ends_with(".workspace = true") && line.starts_with("dashtam"))
    {
        let name = line.split('.').next().unwrap();
        assert!(MANUAL.contains(&format!("\n{name} = {{ ")), "docs/embedding.md does not name {name}");
    }
}
