//! Hosted Link: opening, asking, exchanging, renewing, removing.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Feature, GrantedAccount, HostedOutcome, Provider, ProviderError, Revocation},
    secret::SecretText,
    sources::Clock,
};
use dashtam_provider_plaid::{PlaidOptions, Product};
use dashtam_testkit::{
    fakes::LogKeeper,
    plaid::{FakeBank, SECRET, samples},
};
use support::{Bench, STATE};

async fn outcome(bench: &Bench, key: &SecretText) -> String {
    match bench.link().outcome(key).await.unwrap() {
        HostedOutcome::UnderWay => "under way".to_owned(),
        HostedOutcome::NotGranted => "not granted".to_owned(),
        HostedOutcome::Granted(_) => "granted".to_owned(),
    }
}

#[tokio::test]
async fn a_session_is_opened_with_the_products_and_no_name_of_the_user() {
    let bench = Bench::new().await;
    let session = bench.begin(None).await.unwrap();
    assert_eq!(session.expires_at, bench.clock.now().plus(TimeDelta::hours(4)));
    let body = &bench.plaid.calls()[0].body;
    assert_eq!(body["user"]["client_user_id"], "01890a5d-ac96-774b-bcce-b302099a8057");
    assert_eq!(body["products"].to_string(), r#"["transactions"]"#);
    assert_eq!(body["required_if_supported_products"].to_string(), r#"["investments","liabilities"]"#);
    assert_eq!(body["transactions"]["days_requested"].to_string(), "730");
    assert_eq!(body["hosted_link"].to_string(), "{}", "nothing has to reach us");
}

#[tokio::test]
async fn the_browser_comes_back_with_the_state_where_the_operator_wants_it() {
    let back = "https://dashtam.example/callback?from=plaid".parse().unwrap();
    let bench = Bench::with(|options| PlaidOptions { redirect_uri: Some(back), ..options }).await;
    let session = bench.begin(None).await.unwrap();
    let sent = bench.plaid.finish(&session.url, samples::bank()).unwrap();
    assert_eq!(sent.as_str(), format!("https://dashtam.example/callback?from=plaid&state={STATE}"));
}

#[tokio::test]
async fn the_outcome_is_what_the_user_did() {
    let bench = Bench::new().await;
    let session = bench.begin(None).await.unwrap();
    assert_eq!(outcome(&bench, &session.key).await, "under way");
    bench.plaid.open(&session.url);
    assert_eq!(outcome(&bench, &session.key).await, "under way");
    bench.plaid.give_up(&session.url);
    assert_eq!(outcome(&bench, &session.key).await, "not granted");
    bench.plaid.finish(&session.url, samples::bank());
    for _ in 0..2 {
        assert_eq!(outcome(&bench, &session.key).await, "granted", "it is asked as often as one likes");
    }
    bench.clock.set(bench.clock.now().plus(TimeDelta::hours(11)));
    assert_eq!(outcome(&bench, &session.key).await, "not granted", "Plaid has forgotten it");
    assert_eq!(outcome(&bench, &SecretText::new("not ours")).await, "not granted");
}

#[tokio::test]
async fn credentials_say_what_the_item_has_and_when_the_consent_ends() {
    let bench = Bench::new().await;
    let bank = FakeBank {
        products: vec!["transactions".to_owned(), "liabilities".to_owned()],
        consent_expiration_time: Some("2027-02-28T15:53:00Z".to_owned()),
        ..samples::bank()
    };
    let session = bench.begin(None).await.unwrap();
    bench.plaid.finish(&session.url, bank);
    let credentials = bench.end(&session, None).await.unwrap();
    assert_eq!(credentials.scope.as_deref(), Some("transactions liabilities"));
    assert_eq!(credentials.grant_expires_at.unwrap().to_string(), "2027-02-28T15:53:00.000000Z");
    assert_eq!(credentials.expires_at, None);
    // The public token is spent.
    let again = bench.end(&session, None).await.unwrap_err();
    assert_eq!(again, ProviderError::Rejected { code: "invalid_public_token".to_owned() });
}

#[tokio::test]
async fn an_access_token_that_was_given_out_is_kept_whatever_comes_next() {
    let bench = Bench::new().await;
    let session = bench.begin(None).await.unwrap();
    bench.plaid.finish(&session.url, samples::bank());
    bench.plaid.fail("/item/get", 400, "INSTITUTION_ERROR", "INSTITUTION_DOWN");
    let credentials = bench.end(&session, None).await.unwrap();
    assert_eq!(credentials.scope.as_deref(), Some("transactions investments liabilities"));
}

#[tokio::test]
async fn a_renewal_keeps_the_item_and_exchanges_nothing() {
    let bench = Bench::new().await;
    let first = bench.linked(samples::bank()).await;
    bench.plaid.break_item(Some("ITEM_LOGIN_REQUIRED"));
    bench.plaid.forget_calls();
    let session = bench.begin(Some(&first)).await.unwrap();
    assert_eq!(session.expires_at, bench.clock.now().plus(TimeDelta::minutes(30)));
    let body = bench.plaid.calls()[0].body.clone();
    assert_eq!(body["access_token"], first.access_token.expose());
    assert!(body.get("products").is_none());
    bench.plaid.finish(&session.url, FakeBank::default());
    let renewed = bench.end(&session, Some(&first)).await.unwrap();
    assert_eq!(renewed.access_token.expose(), first.access_token.expose());
    assert_eq!(bench.plaid.items(), 1, "no second item, which would double every row");
    assert!(!bench.plaid.paths().contains(&"/item/public_token/exchange".to_owned()));

    // One that was carried through and mended nothing is none.
    let session = bench.begin(Some(&first)).await.unwrap();
    bench.plaid.finish(&session.url, FakeBank::default());
    bench.plaid.break_item(Some("ITEM_LOGIN_REQUIRED"));
    assert_eq!(bench.end(&session, Some(&first)).await.unwrap_err(), ProviderError::NeedsReauthorization);
}

#[tokio::test]
async fn what_is_granted_is_shown_as_it_will_be_read_and_before_anything_is_exchanged() {
    let bench = Bench::new().await;
    let session = bench.begin(None).await.unwrap();
    assert_eq!(bench.link().shows(&session.key).await, Ok(Vec::new()));
    bench.plaid.finish(&session.url, samples::bank());
    let shown = bench.link().shows(&session.key).await.unwrap();
    assert_eq!(bench.plaid.items(), 0);
    let credentials = bench.end(&session, None).await.unwrap();
    let read = bench.accounts(&credentials).await.unwrap().accounts;
    let expected: Vec<GrantedAccount> = read
        .into_iter()
        .map(|account| GrantedAccount {
            institution: account.institution.unwrap().name,
            name: account.name,
            mask: account.mask.unwrap(),
        })
        .collect();
    assert_eq!(shown, expected);
    // A renewal grants nothing anew.
    let session = bench.begin(Some(&credentials)).await.unwrap();
    bench.plaid.finish(&session.url, samples::bank());
    assert_eq!(bench.link().shows(&session.key).await, Ok(Vec::new()));
    // Accounts that look like others are not told apart.
    let bench = Bench::new().await;
    let session = bench.begin(None).await.unwrap();
    let mut bank = samples::bank();
    bank.accounts[1]["mask"] = serde_json::Value::Null;
    bench.plaid.finish(&session.url, bank);
    assert_eq!(bench.link().shows(&session.key).await, Ok(Vec::new()));
}

#[tokio::test]
async fn an_item_that_is_gone_is_linked_from_the_beginning() {
    let bench = Bench::new().await;
    let first = bench.linked(samples::bank()).await;
    assert_eq!(bench.link().revoke(&first).await, Ok(Revocation::Done));
    assert_eq!(bench.plaid.items(), 0);
    assert_eq!(bench.link().revoke(&first).await, Ok(Revocation::Done), "it is forgotten already");
    let session = bench.begin(Some(&first)).await.unwrap();
    bench.plaid.finish(&session.url, samples::bank());
    let second = bench.end(&session, Some(&first)).await.unwrap();
    assert_ne!(second.access_token.expose(), first.access_token.expose());
}

#[tokio::test]
async fn a_removal_that_fails_is_not_taken_for_done() {
    let bench = Bench::new().await;
    let credentials = bench.linked(samples::bank()).await;
    bench.plaid.fail("/item/remove", 400, "API_ERROR", "INTERNAL_SERVER_ERROR");
    assert_eq!(bench.link().revoke(&credentials).await, Err(ProviderError::Unavailable));
    assert_eq!(bench.plaid.items(), 1);
}

#[tokio::test]
async fn an_operator_whose_access_is_wrong_is_told() {
    let wrong = |options: PlaidOptions| PlaidOptions { secret: SecretText::new("wrong"), ..options };
    let bench = Bench::with(wrong).await;
    assert_eq!(bench.begin(None).await.unwrap_err(), ProviderError::Misconfigured);
    let none = |options: PlaidOptions| PlaidOptions { secret: SecretText::new(""), ..options };
    let bench = Bench::with(none).await;
    let missing = bench.provider.descriptor().missing_configuration.clone();
    assert!(missing.unwrap().contains("plaid.secret"));
}

#[tokio::test]
async fn the_catalogue_says_what_is_read() {
    let only = |options: PlaidOptions| PlaidOptions { products: vec![Product::Transactions], ..options };
    let bench = Bench::with(only).await;
    let features = &bench.provider.descriptor().features;
    assert_eq!(features, &[Feature::HostedLink, Feature::Accounts, Feature::Transactions]);
    let session = bench.begin(None).await.unwrap();
    assert!(bench.plaid.calls()[0].body.get("required_if_supported_products").is_none());
    bench.plaid.finish(&session.url, samples::bank());
    let credentials = bench.end(&session, None).await.unwrap();
    assert_eq!(credentials.scope.as_deref(), Some("transactions"));
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let (_kept, log) = LogKeeper::listen();
    let bench = Bench::new().await;
    let credentials = bench.linked(samples::bank()).await;
    bench.plaid.break_item(Some("ITEM_LOGIN_REQUIRED"));
    bench.accounts(&credentials).await.unwrap_err();
    bench.plaid.fail("/item/remove", 500, "API_ERROR", "INTERNAL_SERVER_ERROR");
    bench.link().revoke(&credentials).await.unwrap_err();
    let shown = format!("{:?} {}", bench.provider, log.take());
    for secret in bench.plaid.secrets().iter().map(String::as_str).chain([SECRET]) {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
}
