//! Plaid's webhooks: which are taken, and what Plaid is asked for meanwhile.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        Credentials, GrantId, Hint, HintError, HintMessage, HostedGrant, HostedOutcome, HostedSession,
        Provider, ProviderError,
    },
    secret::SecretText,
    sources::Clock,
};
use dashtam_provider_plaid::PlaidOptions;
use dashtam_testkit::plaid::{FakePlaid, SignedMessage, samples};
use josekit::{
    jwk::{Jwk, P_256},
    jws::{self, ES256, HS256, JwsHeader},
};
use support::{Bench, start};

const KEYS: &str = "/webhook_verification_key/get";

impl Bench {
    async fn hears(&self, sent: &SignedMessage) -> Result<Hint, HintError> {
        let headers = vec![("plaid-verification".to_owned(), sent.verification.clone())];
        let message = HintMessage { headers, body: sent.body.clone() };
        self.provider.hints().unwrap().read(&message, self.clock.now()).await
    }

    fn keys_asked_for(&self) -> usize {
        self.plaid.paths().iter().filter(|path| *path == KEYS).count()
    }
}

impl Bench {
    /// What the session grants.
    async fn granted(&self, session: &HostedSession, current: Option<&Credentials>) -> HostedGrant {
        let HostedOutcome::Granted(grant) = self.link().outcome(&session.key).await.unwrap() else {
            unreachable!("it was granted")
        };
        self.link().exchange(&grant, current, self.clock.now()).await.unwrap()
    }
}

const ADDRESS: &str = "https://dashtam.example/api/v1/providers/webhooks/plaid";

/// With an address that Plaid may send messages to.
fn told(options: PlaidOptions) -> PlaidOptions {
    PlaidOptions { webhook_uri: ADDRESS.parse().ok(), ..options }
}

/// Plaid with one item, and news of it.
async fn linked() -> (Bench, Hint) {
    let bench = Bench::with(told).await;
    let session = bench.begin(None).await.unwrap();
    bench.plaid.finish(&session.url, samples::bank());
    let granted = bench.granted(&session, None).await;
    (bench, Hint::News(granted.id.unwrap()))
}

#[tokio::test]
async fn a_signed_message_names_the_item_that_was_linked() {
    let (bench, news) = linked().await;
    for (kind, code) in [("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"), ("ITEM", "LOGIN_REPAIRED")] {
        assert_eq!(bench.hears(&bench.plaid.says(kind, code)).await, Ok(news.clone()));
    }
    assert_eq!(bench.keys_asked_for(), 1, "a key is asked for once");
    // What is of no item, such as the end of a session, is proven and says nothing.
    let sent = bench.plaid.signs(br#"{"webhook_type": "LINK", "webhook_code": "SESSION_FINISHED"}"#);
    assert_eq!(bench.hears(&sent).await, Ok(Hint::Nothing));
}

#[tokio::test]
async fn a_renewed_item_has_the_name_it_had() {
    let (bench, news) = linked().await;
    let token = bench.plaid.secrets().into_iter().find(|secret| secret.starts_with("access-")).unwrap();
    let current = Credentials::bearer(SecretText::new(token));
    let session = bench.begin(Some(&current)).await.unwrap();
    bench.plaid.finish(&session.url, samples::bank());
    let id: Option<GrantId> = bench.granted(&session, Some(&current)).await.id;
    assert_eq!(id.map(Hint::News), Some(news));
}

#[tokio::test]
async fn whatever_is_not_signed_so_is_not_taken() {
    let (bench, _) = linked().await;
    let good = bench.plaid.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    let with = |verification: &str| SignedMessage { verification: verification.to_owned(), ..good.clone() };
    let parts: Vec<&str> = good.verification.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    // Another stand-in has a key of the same name.
    let stranger = FakePlaid::start(bench.clock.clone()).await;
    let theirs = stranger.signs(&good.body);
    // An algorithm with a shared secret: what everybody knows of the key.
    let mut named = JwsHeader::new();
    named.set_key_id("key1");
    let signer = HS256.signer_from_bytes([7; 64]).unwrap();
    let shared = jws::serialize_compact(br#"{"iat":1}"#, &named, &signer).unwrap();
    // {"alg":"none","kid":"key1"}
    let none = "eyJhbGciOiJub25lIiwia2lkIjoia2V5MSJ9";
    let zeros = "A".repeat(86);
    let mut spaced = good.clone();
    spaced.body.push(b' ');
    for sent in [
        with(""),
        with("x"),
        with(&format!("{header}.{claims}.")),
        with(&format!("{header}.{claims}.{zeros}")),
        with(&format!("{header}.{claims}.{}", &signature[..signature.len() - 2])),
        with(&format!("{header}.eyJpYXQiOjF9.{signature}")),
        with(&format!("{none}.{claims}.")),
        with(&format!("{none}.{claims}.{signature}")),
        with(&shared),
        theirs,
        spaced,
        SignedMessage { body: Vec::new(), ..good.clone() },
    ] {
        assert_eq!(bench.hears(&sent).await, Err(HintError::Unproven), "{sent:?}");
    }
    let without = HintMessage { headers: Vec::new(), body: good.body.clone() };
    let read = bench.provider.hints().unwrap().read(&without, bench.clock.now()).await;
    assert_eq!(read, Err(HintError::Unproven));
    assert!(bench.hears(&good).await.is_ok());
}

#[tokio::test]
async fn a_message_is_good_for_five_minutes() {
    let (bench, _) = linked().await;
    let sent = bench.plaid.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    bench.clock.set(start().plus(TimeDelta::minutes(5)));
    assert!(bench.hears(&sent).await.is_ok());
    bench.clock.set(start().plus(TimeDelta::seconds(301)));
    assert_eq!(bench.hears(&sent).await, Err(HintError::Unproven));
    bench.clock.set(start().plus(TimeDelta::seconds(-301)));
    assert_eq!(bench.hears(&sent).await, Err(HintError::Unproven), "nor before it was sent");
}

#[tokio::test]
async fn a_key_that_plaid_gave_up_is_good_no_longer() {
    let (bench, news) = linked().await;
    let by_the_first = bench.plaid.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    bench.plaid.replace_key();
    let by_the_second = bench.plaid.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    assert_eq!(bench.hears(&by_the_first).await, Err(HintError::Unproven));
    assert_eq!(bench.hears(&by_the_second).await, Ok(news));
    assert_eq!(bench.keys_asked_for(), 2);
    // One that was known before is looked at again after an hour.
    bench.plaid.replace_key();
    assert!(bench.hears(&by_the_second).await.is_ok());
    bench.clock.set(start().plus(TimeDelta::minutes(61)));
    let mut late = by_the_second;
    late.verification = "x".to_owned();
    assert_eq!(bench.hears(&late).await, Err(HintError::Unproven));
    assert_eq!(bench.keys_asked_for(), 2, "what is no token asks for nothing");
}

#[tokio::test]
async fn plaid_is_not_asked_for_whatever_strangers_make_up() {
    let (bench, news) = linked().await;
    let good = bench.plaid.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    let made_up = |number: usize| {
        let mut header = JwsHeader::new();
        header.set_key_id(format!("made-up-{number}"));
        let signer = ES256.signer_from_jwk(&Jwk::generate_ec_key(P_256).unwrap());
        let verification = jws::serialize_compact(b"{}", &header, &signer.unwrap()).unwrap();
        SignedMessage { verification, body: b"{}".to_vec() }
    };
    // One that is none of Plaid's is asked for once in a minute.
    for _ in 0..3 {
        assert_eq!(bench.hears(&made_up(0)).await, Err(HintError::Unproven));
    }
    assert_eq!(bench.keys_asked_for(), 1);
    for number in 1..30 {
        assert!(bench.hears(&made_up(number)).await.is_err());
    }
    assert_eq!(bench.keys_asked_for(), 10);
    // What cannot be looked at for now is sent again.
    let later = ProviderError::RateLimited { retry_after: None };
    assert_eq!(bench.hears(&good).await, Err(HintError::Provider(later)));
    bench.clock.set(start().plus(TimeDelta::minutes(1)));
    assert_eq!(bench.hears(&good).await, Ok(news.clone()));
    // What is known is good in the middle of it.
    for number in 30..60 {
        assert!(bench.hears(&made_up(number)).await.is_err());
    }
    assert_eq!(bench.hears(&good).await, Ok(news.clone()));
    assert_eq!(bench.keys_asked_for(), 20);
    // And so it is when it is looked at again after an hour.
    bench.clock.set(start().plus(TimeDelta::minutes(70)));
    for number in 60..90 {
        assert!(bench.hears(&made_up(number)).await.is_err());
    }
    let later = bench.plaid.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    assert_eq!(bench.hears(&later).await, Ok(news));
    assert_eq!(bench.keys_asked_for(), 31);
}

#[tokio::test]
async fn what_plaid_cannot_say_for_now_is_no_forgery() {
    let (bench, news) = linked().await;
    let sent = bench.plaid.says("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE");
    bench.plaid.fail(KEYS, 400, "API_ERROR", "INTERNAL_SERVER_ERROR");
    assert_eq!(bench.hears(&sent).await, Err(HintError::Provider(ProviderError::Unavailable)));
    assert_eq!(bench.hears(&sent).await, Ok(news));
}

#[tokio::test]
async fn plaid_is_told_where_to_send_them() {
    let bench = Bench::with(told).await;
    bench.begin(None).await.unwrap();
    assert_eq!(bench.plaid.calls()[0].body["webhook"], ADDRESS);
    let bench = Bench::new().await;
    assert!(bench.provider.hints().is_none(), "where Plaid is told nothing, what comes is a stranger's");
    bench.begin(None).await.unwrap();
    assert!(bench.plaid.calls()[0].body.get("webhook").is_none());
}
