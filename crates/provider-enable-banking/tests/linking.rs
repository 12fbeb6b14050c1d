//! Consents: how they are asked for, what comes of them, and how they end.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Feature, Provider, ProviderError, Revocation},
    secret::SecretText,
    sources::Clock,
    time::Timestamp,
};
use dashtam_provider_enable_banking::{EnableBanking, UnusableKey};
use dashtam_testkit::fakes::ManualClock;
use support::{Bench, IBAN, bank, client, fake::new_pair, grant, options, provider, start};
use url::Url;

#[tokio::test]
async fn a_bank_is_an_institution_that_is_asked_four_times_a_day() {
    let bench = Bench::new().await;
    let descriptor = bench.provider.descriptor();
    assert_eq!((descriptor.key.as_str(), descriptor.name.as_str()), ("enable-banking-fi-nordea", "Nordea"));
    assert_eq!(descriptor.features, [Feature::Oauth2, Feature::Accounts, Feature::Transactions]);
    assert_eq!(descriptor.missing_configuration, None);
    let pace = bench.provider.pace();
    assert_eq!((pace.daily_runs, pace.frequency.least), (Some(4), 360));
}

#[tokio::test]
async fn a_consent_is_asked_for_as_long_as_the_bank_gives_it_and_its_end_is_known() {
    let bench = Bench::new().await;
    let page = bench.open().await.unwrap();
    assert!(page.as_str().starts_with(bench.fake.base_url().as_str()));
    assert_eq!(bench.fake.take_calls(), ["GET /aspsps?country=FI&psu_type=personal", "POST /auth"]);
    let credentials = bench.exchange(&grant(&bench.fake.consent(&page))).await.unwrap();
    let almost = TimeDelta::days(180) - TimeDelta::minutes(5);
    assert_eq!(credentials.grant_expires_at, Some(start().plus(almost)));
    assert_eq!((credentials.expires_at, credentials.refresh_token.is_none()), (None, true));
    assert!(!credentials.access_token.expose().contains(IBAN), "no number is kept");

    let shorter =
        Bench::with(support::fake::FakeBank { maximum_consent_validity: 7_776_000, ..bank() }).await;
    let ends = shorter.linked().await.grant_expires_at;
    assert_eq!(ends, Some(start().plus(TimeDelta::days(90) - TimeDelta::minutes(5))));
}

#[tokio::test]
async fn a_code_works_once_and_for_a_while() {
    let bench = Bench::new().await;
    let brought = bench.consent().await;
    bench.exchange(&brought).await.unwrap();
    assert_eq!(bench.exchange(&brought).await.unwrap_err(), ProviderError::NeedsReauthorization);
    let late = bench.consent().await;
    bench.clock.advance(TimeDelta::minutes(6));
    assert_eq!(bench.exchange(&late).await.unwrap_err(), ProviderError::NeedsReauthorization);
    let once = bench.consent().await;
    bench.fake.take_calls();
    bench.fake.fail("/sessions", 502, "ASPSP_ERROR");
    assert_eq!(bench.exchange(&once).await.unwrap_err(), ProviderError::Unavailable);
    assert_eq!(bench.fake.take_calls(), ["POST /sessions"], "a code is never sent twice");
}

#[tokio::test]
async fn wrong_settings_are_the_operators_to_mend() {
    let bench = Bench::new().await;
    let link = |provider: dashtam_provider_enable_banking::EnableBankingProvider| async move {
        use dashtam_domain::connections::OAuthLink;
        provider.authorization_url(&support::request(), start()).await.unwrap_err()
    };
    let good = || options(bench.fake.base_url());
    let clock = || -> Arc<dyn Clock> { bench.clock.clone() };
    assert_eq!(link(provider(good(), "FI:Another", clock())).await, ProviderError::Misconfigured);
    let mut wrong = good();
    wrong.redirect_uri = "https://127.0.0.1:8182/".to_owned();
    assert_eq!(link(provider(wrong, "FI:Nordea", clock())).await, ProviderError::Misconfigured);
    let mut wrong = good();
    wrong.private_key = SecretText::new(new_pair().0);
    assert_eq!(link(provider(wrong, "FI:Nordea", clock())).await, ProviderError::Misconfigured);
    let mut wrong = good();
    wrong.application_id = "another".to_owned();
    assert_eq!(link(provider(wrong, "FI:Nordea", clock())).await, ProviderError::Misconfigured);
}

#[test]
fn a_key_that_is_none_is_refused_and_no_key_is_shown() {
    let clock = Arc::new(ManualClock::new(start()));
    for key in ["", "key-9d2e", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        let mut options = options(Url::parse("https://api.enablebanking.com").unwrap());
        options.private_key = SecretText::new(key);
        assert!(!format!("{options:?}").contains("9d2e"));
        let refused = EnableBanking::new(options, client(clock.clone()), clock.clone());
        assert_eq!(refused.err(), Some(UnusableKey));
    }
}

#[tokio::test]
async fn tokens_are_renewed_before_they_end() {
    let bench = Bench::new().await;
    for _ in 0..5 {
        bench.open().await.unwrap();
        bench.clock.advance(TimeDelta::minutes(44));
    }
    bench.clock.set(Timestamp::parse("2026-12-24T12:00:00Z").unwrap());
    bench.open().await.unwrap();
    // A clock that was ahead is set back.
    bench.clock.set(start());
    bench.open().await.unwrap();
}

#[tokio::test]
async fn a_consent_without_accounts_is_none_and_is_given_back() {
    let bench = Bench::with(support::fake::FakeBank { accounts: Vec::new(), ..bank() }).await;
    let refused = bench.exchange(&bench.consent().await).await.unwrap_err();
    assert_eq!(refused, ProviderError::Rejected { code: "no_accounts".to_owned() });
    assert_eq!(bench.fake.live_sessions(), 0);
}

#[tokio::test]
async fn a_consent_can_be_given_back_once_more() {
    let bench = Bench::new().await;
    let credentials = bench.linked().await;
    bench.fake.fail("/sessions/session-3", 503, "");
    assert_eq!(bench.link().revoke(&credentials).await, Err(ProviderError::Unavailable));
    assert_eq!(bench.link().revoke(&credentials).await, Ok(Revocation::Done));
    assert_eq!(bench.fake.live_sessions(), 0);
    assert_eq!(bench.link().revoke(&credentials).await, Ok(Revocation::Done), "it is over already");
    assert_eq!(bench.accounts(&credentials).await.unwrap_err(), ProviderError::NeedsReauthorization);
    let refused = bench.link().refresh(&credentials, bench.clock.now()).await.unwrap_err();
    assert_eq!(refused, ProviderError::NeedsReauthorization);
}
