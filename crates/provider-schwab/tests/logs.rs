//! Nothing that must stay secret reaches a log, at any level, nor an error or a printed value.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use dashtam_domain::{
    connections::{AccountsFeed, HoldingsFeed, OAuthLink},
    sources::Clock,
};
use dashtam_testkit::schwab::{APP_KEY, Endpoint, Fault};
use support::{everything, setup, walk};
use tracing_subscriber::fmt::MakeWriter;

const CASH: &str = "AAAA0000000000000000000000000000000000000000000000000000000000A1";

/// Keeps all that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_token_or_account_number_is_logged() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let setup = setup().await;
    let credentials = setup.link().await;
    let now = setup.clock.now();
    let mut seen = format!("{:?} {credentials:?}", setup.provider);
    let accounts = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap().accounts;
    let held = setup.provider.holdings(&credentials, CASH).await.unwrap().shown();
    let rows = walk(&setup.provider, &credentials, CASH, everything(&setup)).await.unwrap().rows;
    seen += &format!("{accounts:?} {held:?} {rows:?}");

    // Everything goes wrong once, with words that hold what must not be seen.
    let secrets = setup.fake.secrets();
    let words = secrets.join(" ");
    for status in [200, 302, 400, 401, 403, 404, 429, 500] {
        let body = serde_json::json!({"error": "x", "error_description": words, "message": words});
        for endpoint in [Endpoint::Accounts, Endpoint::Refresh, Endpoint::Transactions, Endpoint::Account] {
            setup.fake.fail(endpoint, 1, &Fault::new(status, body.to_string()));
        }
        let results = [
            AccountsFeed::accounts(&setup.provider, &credentials).await.err(),
            setup.provider.refresh(&credentials, now).await.err(),
            setup.provider.holdings(&credentials, CASH).await.err(),
            walk(&setup.provider, &credentials, "55501234", everything(&setup)).await.err(),
        ];
        seen += &format!("{results:?}");
    }
    let bad = r#"[{"activityId": 1, "accountNumber": "55501234", "netAmount": "55501234"}]"#;
    setup.fake.fail(Endpoint::Transactions, 1, &Fault::new(200, bad));
    seen += &format!(
        "{:?}",
        walk(&setup.provider, &credentials, CASH, everything(&setup)).await.unwrap().refused
    );
    let used = setup.sign_in().await;
    setup.provider.exchange(&used, now).await.unwrap();
    seen += &format!("{:?}", setup.provider.exchange(&used, now).await.unwrap_err());
    drop(guard);

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the authorization code was not accepted"), "{logged}");
    assert!(logged.contains("977dbd7f-992e-44d2"), "Schwab's own name of a failed request is kept");
    let secrets = setup.fake.secrets();
    assert!(secrets.len() > 8);
    for secret in secrets.iter().map(String::as_str).chain([APP_KEY]) {
        assert!(!logged.contains(secret), "a log has {secret}");
        assert!(!seen.contains(secret), "a printed value has {secret}");
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        assert!(!logged.contains(&encoded), "a log has {encoded}");
    }
}
