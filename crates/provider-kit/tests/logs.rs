//! Nothing that must stay secret reaches a log, at any level.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use dashtam_domain::secret::SecretText;
use support::{TOKEN, client, options, rude, token, url};
use tracing_subscriber::fmt::MakeWriter;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

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
async fn no_secret_is_logged() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let server = MockServer::start().await;
    let body = |status| ResponseTemplate::new(status).set_body_string("body-with-figures");
    Mock::given(path("/well/path-that-tells")).respond_with(body(200)).mount(&server).await;
    Mock::given(path("/ill/path-that-tells")).respond_with(body(503)).mount(&server).await;
    let (well, ill) = ("/well/path-that-tells?q=query-that-tells", "/ill/path-that-tells?q=query-that-tells");
    client().get(&url(&server, well), &token()).await.unwrap();
    client().get(&url(&server, ill), &token()).await.unwrap_err();
    let (mut cut, _) = rude(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbody-with-figures"]).await;
    cut.set_query(Some("q=query-that-tells"));
    client().get(&cut, &token()).await.unwrap_err();
    let secret = SecretText::new("password-of-ours");
    client().revoke(&url(&server, ill), "id", &secret, &token()).await.unwrap_err();
    drop(guard);

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("trying again") && logged.contains("no usable answer"), "{logged}");
    for hidden in [TOKEN, "path-that-tells", "query-that-tells", "body-with-figures", "password-of-ours"] {
        assert!(!logged.contains(hidden), "{hidden}: {logged}");
    }
}

#[test]
fn no_secret_is_printed() {
    let printed = format!("{:?} {:?} {:?}", client(), options(), token());
    assert!(!printed.contains(TOKEN));
}
