//! Linking by a pair of keys: proved where they belong, and never shown.

mod support;

use dashtam_domain::connections::{Linking, Provider as _, ProviderError};
use support::{ACCOUNT, Bench, LIVE, Log, PAPER, SECRET, credentials, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{any, header, method, path},
};

#[tokio::test]
async fn live_and_paper_keys_are_proved_at_their_own_address() {
    let bench = Bench::new().await;
    bench.answers("/v2/account", json(ACCOUNT)).await;
    Mock::given(method("GET"))
        .and(path("/v2/account"))
        .and(header("apca-api-key-id", PAPER))
        .respond_with(json(ACCOUNT))
        .expect(1)
        .mount(&bench.paper)
        .await;
    let live = bench.claim(LIVE, SECRET).await.unwrap();
    bench.claim(PAPER, SECRET).await.unwrap();
    assert_eq!(bench.asked().await.len(), 1);
    assert_eq!(live.access_token.expose(), format!(r#"{{"key_id":"{LIVE}","secret_key":"{SECRET}"}}"#));
    assert!(live.refresh_token.is_none() && live.expires_at.is_none() && live.grant_expires_at.is_none());
    // What was stored is what is used.
    let accounts = bench.provider.feeds().accounts.unwrap().accounts(&live).await.unwrap().accounts;
    assert_eq!(
        (accounts[0].external_id.as_str(), accounts[0].mask.as_deref()),
        ("e6fe16f3", Some("****QUIR"))
    );
}

#[tokio::test]
async fn a_pair_of_keys_has_to_be_pasted() {
    let bench = Bench::new().await;
    let Linking::Secret(link) = bench.provider.linking() else { panic!("not linked by a secret") };
    let names: Vec<_> = link.fields().iter().map(|field| field.name).collect();
    assert_eq!(names, ["api_key_id", "api_secret_key"]);
    for (id, secret) in [("", SECRET), (LIVE, ""), ("AK 1", SECRET), (LIVE, "a\r\nx-evil: 1")] {
        let refused = bench.claim(id, secret).await.unwrap_err();
        assert_eq!(refused, ProviderError::NeedsReauthorization);
        let said = link.explain(&refused).unwrap();
        assert!(said.contains("pair of API keys") && !said.contains("authorization"), "{said}");
    }
    assert_eq!(bench.asked().await.len(), 0);
}

#[tokio::test]
async fn keys_that_are_not_accepted_are_dead() {
    for (answer, error) in [
        (ResponseTemplate::new(401), ProviderError::NeedsReauthorization),
        (
            json(r#"{"message": "forbidden."}"#).insert_header("x", "y"),
            ProviderError::Malformed { at: "account" },
        ),
        (ResponseTemplate::new(403), ProviderError::NeedsReauthorization),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "9"),
            ProviderError::RateLimited { retry_after: Some(9) },
        ),
        (ResponseTemplate::new(500), ProviderError::Unavailable),
        (
            ResponseTemplate::new(302).insert_header("location", "/v2/elsewhere"),
            ProviderError::Rejected { code: "http_302".to_owned() },
        ),
        (json("<html>"), ProviderError::Malformed { at: "account" }),
    ] {
        let bench = Bench::new().await;
        Mock::given(path("/v2/elsewhere")).respond_with(json(ACCOUNT)).expect(0).mount(&bench.live).await;
        bench.answers("/v2/account", answer).await;
        assert_eq!(bench.claim(LIVE, SECRET).await.unwrap_err(), error);
        assert_eq!(bench.accounts().await.unwrap_err(), error);
    }
}

#[tokio::test]
async fn keys_do_not_travel_in_the_clear() {
    let address = |text: &str| url::Url::parse(text).unwrap();
    let bounds = dashtam_provider_kit::ClientOptions::default();
    let (randomness, clock) = (dashtam_local::SystemRandomness, dashtam_local::SystemClock);
    let http = dashtam_provider_kit::Client::new(
        bounds,
        std::sync::Arc::new(randomness),
        std::sync::Arc::new(clock),
    );
    let options = dashtam_provider_alpaca::AlpacaOptions {
        live_url: address("http://alpaca.example"),
        paper_url: address("http://alpaca.example"),
    };
    let provider = dashtam_provider_alpaca::AlpacaProvider::new(options, http).unwrap();
    let refused = provider.feeds().accounts.unwrap().accounts(&credentials(LIVE)).await.unwrap_err();
    assert_eq!(refused, ProviderError::Rejected { code: "insecure_endpoint".to_owned() });
}

#[tokio::test]
async fn no_key_is_shown() {
    let log = Log::default();
    let listening = log.listen();
    let bench = Bench::new().await;
    let said = format!("no {LIVE} {SECRET}");
    bench.answers("/v2/account", json(ACCOUNT)).await;
    bench
        .answers("/v2/positions", json(format!(r#"[{{"symbol": "T", "qty": "{said}"}}, {{"symbol": "F", "qty": "1", "market_value": "{said}"}}]"#)))
        .await;
    bench.answers("/v2/account/activities", ResponseTemplate::new(503).set_body_string(said)).await;
    let credentials = bench.claim(LIVE, SECRET).await.unwrap();
    let holdings = bench.holdings().await.unwrap();
    assert_eq!(holdings.len(), 1);
    let failed = bench.transactions(None).await.unwrap_err();
    let debug = format!("{credentials:?} {:?} {failed:?} {failed}", bench.provider);
    drop(listening);
    let log = log.text();
    assert!(log.contains("a position was refused") && log.contains("a figure was left out"), "{log}");
    for (text, name) in [(&log, "log"), (&debug, "debug")] {
        for secret in [LIVE, SECRET] {
            assert!(!text.contains(secret), "{secret} is in the {name}: {text}");
        }
    }
}

#[tokio::test]
async fn stored_text_that_holds_no_keys_needs_a_new_link() {
    let bench = Bench::new().await;
    Mock::given(any()).respond_with(json(ACCOUNT)).expect(0).mount(&bench.live).await;
    let mut stored = credentials(LIVE);
    stored.access_token = dashtam_domain::secret::SecretText::new("AKLIVE");
    let failed = bench.provider.feeds().accounts.unwrap().accounts(&stored).await.unwrap_err();
    assert_eq!(failed, ProviderError::NeedsReauthorization);
}
