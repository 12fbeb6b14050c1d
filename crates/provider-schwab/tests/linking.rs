//! Linking at a strict stand-in: sign-in, exchange, refresh, and what their refusals mean.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{AccountsFeed, Linking, OAuthLink, Provider, ProviderError, ProviderType, Revocation},
    secret::SecretText,
    sources::Clock,
};
use dashtam_testkit::schwab::{Endpoint, Fault, Lever};
use support::{client_options, empty, grant, options, provider, request, setup};

fn expose(token: Option<&SecretText>) -> &str {
    token.unwrap().expose()
}

#[tokio::test]
async fn the_catalogue_says_what_is_missing() {
    let setup = empty().await;
    let descriptor = setup.provider.descriptor();
    assert_eq!((descriptor.key.as_str(), descriptor.name.as_str()), ("schwab", "Charles Schwab"));
    assert_eq!(
        (descriptor.provider_type, descriptor.missing_configuration.as_deref()),
        (ProviderType::Brokerage, None)
    );
    assert!(matches!(setup.provider.linking(), Linking::OAuth(_)));

    for (key, secret) in [("", "x"), ("x", ""), (" ", " ")] {
        let mut bare = options(setup.fake.base_url());
        (bare.app_key, bare.app_secret) = (key.to_owned(), SecretText::new(secret));
        let bare = provider(bare, client_options(), setup.clock.clone());
        let missing = bare.descriptor().missing_configuration.as_deref();
        assert_eq!(missing, Some("SCHWAB_API_KEY and SCHWAB_API_SECRET are not set"));
        let refused = bare.authorization_url(&request(), setup.clock.now()).await;
        assert_eq!(refused, Err(ProviderError::Misconfigured));
        let credentials = setup.link().await;
        assert_eq!(
            bare.refresh(&credentials, setup.clock.now()).await.unwrap_err(),
            ProviderError::Misconfigured
        );
    }
}

#[tokio::test]
async fn the_address_has_what_schwab_wants_and_the_redirect_to_the_letter() {
    let setup = empty().await;
    let url = setup.provider.authorization_url(&request(), setup.clock.now()).await.unwrap();
    assert_eq!(url.path(), "/v1/oauth/authorize");
    let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(parameter("response_type"), "code");
    assert_eq!(parameter("redirect_uri"), "https://127.0.0.1:8182");
    assert_eq!(parameter("state"), "state-of-this-browser");
    assert_eq!(parameter("code_challenge_method"), "S256");
    assert!(url.query_pairs().all(|(key, _)| key != "scope"));
    let back = setup.fake.sign_in(&url).unwrap();
    assert!(back.query_pairs().any(|(name, value)| name == "state" && value == "state-of-this-browser"));
    let code = grant(&back).code;
    assert!(code.expose().ends_with('@') && code.expose().contains(['+', '/', '=']));
}

#[tokio::test]
async fn a_code_becomes_credentials_that_end_seven_days_after_the_sign_in() {
    let setup = setup().await;
    let now = setup.clock.now();
    let credentials = setup.provider.exchange(&setup.sign_in().await, now).await.unwrap();
    assert_eq!(credentials.expires_at, Some(now.plus(TimeDelta::seconds(1_800))));
    assert_eq!(credentials.grant_expires_at, Some(now.plus(TimeDelta::days(7))));
    assert!(credentials.id_token.is_some() && credentials.refresh_token.is_some());
    assert_eq!((credentials.scope.as_deref(), credentials.token_type.as_str()), (Some("api"), "Bearer"));
    assert_eq!(AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts.len(), 2);

    setup.clock.advance(TimeDelta::minutes(30));
    let later = setup.clock.now();
    let refused = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
    assert_eq!(refused, ProviderError::AccessTokenRejected);
    let fresh = setup.provider.refresh(&credentials, later).await.unwrap();
    assert_eq!(fresh.expires_at, Some(later.plus(TimeDelta::seconds(1_800))));
    assert_eq!(fresh.grant_expires_at, None, "a refresh prolongs nothing");
    assert_eq!(expose(fresh.refresh_token.as_ref()), expose(credentials.refresh_token.as_ref()));
    assert_eq!(AccountsFeed::accounts(&setup.provider, &fresh).await.unwrap().accounts.len(), 2);
    assert_eq!((setup.fake.count(Endpoint::Exchange), setup.fake.count(Endpoint::Refresh)), (1, 1));

    setup.clock.advance(TimeDelta::days(7));
    let dead = setup.provider.refresh(&fresh, setup.clock.now()).await.unwrap_err();
    assert_eq!(dead, ProviderError::NeedsReauthorization);
}

#[tokio::test]
async fn whatever_refresh_token_comes_back_is_handed_on() {
    let setup = setup().await;
    let credentials = setup.link().await;
    let now = setup.clock.now();
    setup.fake.pull(Lever::OmitRefreshTokens, true);
    assert!(setup.provider.refresh(&credentials, now).await.unwrap().refresh_token.is_none());
    setup.fake.pull(Lever::OmitRefreshTokens, false);
    setup.fake.pull(Lever::RotateRefreshTokens, true);
    let fresh = setup.provider.refresh(&credentials, now).await.unwrap();
    assert_ne!(expose(fresh.refresh_token.as_ref()), expose(credentials.refresh_token.as_ref()));
    let old = setup.provider.refresh(&credentials, now).await.unwrap_err();
    assert_eq!(old, ProviderError::NeedsReauthorization);
    assert!(setup.provider.refresh(&fresh, now).await.is_ok());
    let mut without = credentials;
    without.refresh_token = None;
    let refused = setup.provider.refresh(&without, now).await.unwrap_err();
    assert_eq!(refused, ProviderError::NeedsReauthorization);
}

#[tokio::test]
async fn a_code_is_sent_once_and_must_be_young() {
    let setup = setup().await;
    let used = setup.sign_in().await;
    assert!(setup.provider.exchange(&used, setup.clock.now()).await.is_ok());
    let again = setup.provider.exchange(&used, setup.clock.now()).await.unwrap_err();
    assert_eq!(again, ProviderError::NeedsReauthorization);
    let late = setup.sign_in().await;
    setup.clock.advance(TimeDelta::seconds(31));
    let refused = setup.provider.exchange(&late, setup.clock.now()).await.unwrap_err();
    assert_eq!(refused, ProviderError::NeedsReauthorization);
    assert_eq!(setup.fake.count(Endpoint::Exchange), 3);

    let grant = setup.sign_in().await;
    setup.fake.fail(Endpoint::Exchange, 1, &Fault::new(500, "upstream request timeout"));
    let failed = setup.provider.exchange(&grant, setup.clock.now()).await.unwrap_err();
    assert_eq!(failed, ProviderError::Unavailable);
    assert_eq!(setup.fake.count(Endpoint::Exchange), 4, "a grant is never sent twice");
}

#[tokio::test]
async fn an_answer_for_the_application_alone_is_no_link() {
    let setup = setup().await;
    setup.fake.pull(Lever::ActAsApplication, true);
    let refused = setup.provider.exchange(&setup.sign_in().await, setup.clock.now()).await.unwrap_err();
    assert_eq!(refused, ProviderError::Rejected { code: "no_refresh_token".to_owned() });
}

#[tokio::test]
async fn wrong_settings_are_the_operators_to_mend() {
    let setup = setup().await;
    let mut wrong = options(setup.fake.base_url());
    wrong.app_secret = SecretText::new("another");
    let wrong_secret = provider(wrong, client_options(), setup.clock.clone());
    let refused = wrong_secret.exchange(&setup.sign_in().await, setup.clock.now()).await.unwrap_err();
    assert_eq!(refused, ProviderError::Misconfigured);

    let mut wrong = options(setup.fake.base_url());
    wrong.redirect_uri = "https://127.0.0.1:8182/".to_owned();
    let wrong_redirect = provider(wrong, client_options(), setup.clock.clone());
    let refused = wrong_redirect.exchange(&setup.sign_in().await, setup.clock.now()).await.unwrap_err();
    assert_eq!(refused, ProviderError::Misconfigured);
    let address = wrong_redirect.authorization_url(&request(), setup.clock.now()).await.unwrap();
    assert!(setup.fake.sign_in(&address).is_err());

    let mut wrong = options(setup.fake.base_url());
    wrong.redirect_uri = "not an address".to_owned();
    let no_redirect = provider(wrong, client_options(), setup.clock.clone());
    let refused = no_redirect.authorization_url(&request(), setup.clock.now()).await;
    assert_eq!(refused, Err(ProviderError::Misconfigured));
}

#[tokio::test]
async fn another_sign_in_or_a_new_password_ends_the_grant() {
    let setup = setup().await;
    let old = setup.link().await;
    let new = setup.link().await;
    let refused = setup.provider.refresh(&old, setup.clock.now()).await.unwrap_err();
    assert_eq!(refused, ProviderError::NeedsReauthorization);
    assert!(setup.provider.refresh(&new, setup.clock.now()).await.is_ok());
    setup.fake.end_sign_ins();
    let refused = setup.provider.refresh(&new, setup.clock.now()).await.unwrap_err();
    assert_eq!(refused, ProviderError::NeedsReauthorization);
    assert_eq!(setup.provider.revoke(&new).await, Ok(Revocation::Unsupported));
}

#[tokio::test]
async fn odd_token_answers() {
    let setup = setup().await;
    let credentials = setup.link().await;
    for (fault, expected) in [
        (Fault::new(200, "<html>Whitelabel Error Page</html>"), ProviderError::Unavailable),
        (Fault::new(200, "{}"), ProviderError::Malformed { at: "token answer" }),
        (Fault::new(200, ""), ProviderError::Malformed { at: "token answer" }),
        (Fault::new(200, r#"{"access_token":7}"#), ProviderError::Malformed { at: "token answer" }),
        (
            Fault::new(302, "").with_header("location", "https://elsewhere.example/"),
            ProviderError::Rejected { code: "http_302".to_owned() },
        ),
        (
            Fault::new(429, "").with_header("retry-after", "17"),
            ProviderError::RateLimited { retry_after: Some(17) },
        ),
        (
            Fault::new(429, "").with_header("retry-after", "Sun, 22 Nov 2026 17:00:09 GMT"),
            ProviderError::RateLimited { retry_after: Some(9) },
        ),
    ] {
        setup.fake.fail(Endpoint::Refresh, 1, &fault);
        let error = setup.provider.refresh(&credentials, setup.clock.now()).await.unwrap_err();
        assert_eq!(error, expected, "{fault:?}");
    }
}
