//! A strict stand-in for Schwab beside the server under test, and linking an account there as a browser does.

use dashtam_testkit::schwab::{APP_KEY, APP_SECRET, FakeSchwab, REDIRECT_URI};
use serde_json::json;

use crate::{Server, User, api::send, secrets, server::Options};

/// A stand-in with accounts, by the clock of this machine.
pub async fn start() -> FakeSchwab {
    secrets::plant(APP_SECRET);
    FakeSchwab::with_samples(dashtam_local::sources().clock).await
}

/// Settings of a server that knows the stand-in, and has no bank of its own.
pub fn options(fake: &FakeSchwab) -> Options {
    let variables = vec![
        ("SCHWAB_API_KEY", APP_KEY.to_owned()),
        ("SCHWAB_API_SECRET", APP_SECRET.to_owned()),
        ("SCHWAB_REDIRECT_URI", REDIRECT_URI.to_owned()),
        ("DASHTAM__SCHWAB__BASE_URL", fake.base_url().as_str().trim_end_matches('/').to_owned()),
        ("DASHTAM__SANDBOX__ENABLED", "false".to_owned()),
    ];
    Options { variables, ..Options::default() }
}

/// Where the user's browser is sent back to: Schwab knows one address, of which the test's server has another port.
pub async fn signed_in(user: &User, fake: &FakeSchwab, server: &Server, provider: &str) -> String {
    let page = user.authorize(provider).await;
    let back = fake.sign_in(&page).expect("Schwab takes the address");
    for secret in fake.secrets() {
        secrets::plant(&secret);
    }
    format!("{}/?{}", server.callback, back.query().expect("it has a code"))
}

impl User {
    /// Makes an instance of Schwab; its id.
    pub async fn create_schwab(&self) -> String {
        let body = json!({"provider_key": "schwab", "alias": "Brokerage"});
        let provider = self.api.post("/api/v1/providers/create", &body).await.expect(201);
        provider["id"].as_str().expect("an id").to_owned()
    }

    /// Links an instance of Schwab.
    pub async fn link_schwab(&self, fake: &FakeSchwab, server: &Server, provider: &str) {
        let callback = signed_in(self, fake, server, provider).await;
        let shown = send(self.api.http.get(callback)).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        for secret in fake.secrets() {
            secrets::plant(&secret);
        }
    }

    /// What was done to a provider instance, newest first.
    pub async fn actions(&self, provider: &str) -> Vec<String> {
        let entries = self.api.all(&format!("/api/v1/providers/{provider}/audit-log")).await;
        entries.iter().map(|entry| entry["action"].as_str().expect("a word").to_owned()).collect()
    }
}
