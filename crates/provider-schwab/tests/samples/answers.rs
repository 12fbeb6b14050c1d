//! What the token endpoint answers, and how refusals are understood.

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{AccountsFeed, OAuthLink, ProviderError},
    sources::Clock,
};
use dashtam_testkit::schwab::{Endpoint, Fault};

use super::Samples;
use crate::support::setup;

#[tokio::test]
async fn token_answers() {
    let Some(samples) = Samples::open() else { return };
    let setup = setup().await;
    let credentials = setup.link().await;
    let now = setup.clock.now();
    setup.fake.fail(Endpoint::Refresh, 1, &samples.fault(200, "token_response.json"));
    let fresh = setup.provider.refresh(&credentials, now).await.unwrap();
    assert_eq!(fresh.access_token.expose(), "NEW");
    assert_eq!(fresh.refresh_token.unwrap().expose(), "REFRESH2");
    assert_eq!(fresh.expires_at, Some(now.plus(TimeDelta::seconds(1_800))));
    setup.fake.fail(Endpoint::Refresh, 1, &samples.fault(200, "token_response_no_refresh.json"));
    assert!(setup.provider.refresh(&credentials, now).await.unwrap().refresh_token.is_none());
    setup.fake.fail(Endpoint::Exchange, 1, &samples.fault(200, "token_response_no_refresh.json"));
    let refused = setup.provider.exchange(&setup.sign_in().await, now).await.unwrap_err();
    assert_eq!(refused, ProviderError::Rejected { code: "no_refresh_token".to_owned() });
    let wrapped = samples.json("token_wrapped.json")["token"].to_string();
    setup.fake.fail(Endpoint::Exchange, 1, &Fault::new(200, wrapped));
    let linked = setup.provider.exchange(&setup.sign_in().await, now).await.unwrap();
    assert_eq!(linked.id_token.unwrap().expose(), "id_token");
    assert_eq!(linked.scope.as_deref(), Some("openid"));
}

#[tokio::test]
async fn refusals_of_the_token_endpoint() {
    let Some(samples) = Samples::open() else { return };
    let setup = setup().await;
    let credentials = setup.link().await;
    let now = setup.clock.now();
    for (status, name, expected) in [
        (400, "oauth_400_refresh_invalid.json", ProviderError::NeedsReauthorization),
        (400, "oauth_400_refresh_invalid_client.json", ProviderError::NeedsReauthorization),
        (400, "oauth_400_code_expired.json", ProviderError::NeedsReauthorization),
        (400, "oauth_400_code_invalid.json", ProviderError::NeedsReauthorization),
        (403, "oauth_403_access_denied.html", ProviderError::Unavailable),
    ] {
        let fault = samples.fault(status, &format!("composed/errors/{name}"));
        setup.fake.fail(Endpoint::Refresh, 1, &fault);
        setup.fake.fail(Endpoint::Exchange, 1, &fault);
        assert_eq!(setup.provider.refresh(&credentials, now).await.unwrap_err(), expected, "{name}");
        let grant = setup.sign_in().await;
        assert_eq!(setup.provider.exchange(&grant, now).await.unwrap_err(), expected, "{name}");
    }
}

#[tokio::test]
async fn refusals_of_the_api() {
    let Some(samples) = Samples::open() else { return };
    let setup = setup().await;
    let credentials = setup.link().await;
    let too_large = ProviderError::Malformed { at: "body too large" };
    let not_found = ProviderError::Rejected { code: "http_404".to_owned() };
    for (status, name, expected) in [
        (401, "composed/errors/api_401_client_not_authorized.json", ProviderError::AccessTokenRejected),
        (404, "composed/errors/api_404_route_missing.txt", ProviderError::Unavailable),
        (400, "composed/errors/api_fault_body_too_big.json", too_large),
        (404, "error_market_data.json", not_found),
        (401, "error_trader.json", ProviderError::AccessTokenRejected),
        (403, "error_trader.json", ProviderError::AccessTokenRejected),
        (400, "error_upstream_timeout.txt", ProviderError::Unavailable),
    ] {
        setup.fake.fail(Endpoint::Accounts, 1, &samples.fault(status, name));
        let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
        assert_eq!(error, expected, "{status} {name}");
    }
    for status in [500, 502, 504] {
        setup.fake.fail(Endpoint::Accounts, 2, &samples.fault(status, "error_upstream_timeout.txt"));
        let error = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err();
        assert_eq!(error, ProviderError::Unavailable);
    }
}
