//! A strict stand-in for Plaid beside the server under test.

use dashtam_testkit::plaid::{CLIENT_ID, FakePlaid, SECRET};
use serde_json::json;
use url::Url;

use crate::{User, secrets, server::Options};

/// A stand-in by the clock of this machine.
pub async fn start() -> FakePlaid {
    secrets::plant(SECRET);
    FakePlaid::start(dashtam_local::sources().clock).await
}

/// Settings of a server that knows the stand-in, and has no bank of its own. Browsers are sent back to `redirect_uri`, if to
/// anywhere.
pub fn options(fake: &FakePlaid, redirect_uri: Option<&str>) -> Options {
    let variables = vec![
        ("DASHTAM__PLAID__CLIENT_ID", CLIENT_ID.to_owned()),
        ("DASHTAM__PLAID__SECRET", SECRET.to_owned()),
        ("DASHTAM__PLAID__REDIRECT_URI", redirect_uri.unwrap_or_default().to_owned()),
        ("DASHTAM__PLAID__BASE_URL", fake.base_url().as_str().trim_end_matches('/').to_owned()),
        ("DASHTAM__SANDBOX__ENABLED", "false".to_owned()),
    ];
    Options { variables, ..Options::default() }
}

/// Nothing that the stand-in has handed out may be seen anywhere.
pub fn plant_secrets(fake: &FakePlaid) {
    for secret in fake.secrets() {
        secrets::plant(&secret);
    }
}

impl User {
    /// Makes an instance of Plaid; its id.
    pub async fn create_plaid(&self) -> String {
        let body = json!({"provider_key": "plaid", "alias": "All my banks"});
        let provider = self.api.post("/api/v1/providers/create", &body).await.expect(201);
        provider["id"].as_str().expect("an id").to_owned()
    }

    /// Plaid's page for an instance.
    pub async fn pages_of(&self, fake: &FakePlaid, provider: &str) -> Url {
        let started = self.api.get(&format!("/api/v1/auth/{provider}/authorize")).await.expect(200);
        let page: Url = started["auth_url"].as_str().expect("an address").parse().expect("an address");
        plant_secrets(fake);
        assert!(page.as_str().starts_with(fake.base_url().as_str()), "{page}");
        page
    }
}
