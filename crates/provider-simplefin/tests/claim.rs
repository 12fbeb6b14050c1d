//! Claiming setup tokens: once, without redirects, and not from this installation's own network.

mod support;

use dashtam_domain::{
    connections::{Provider as _, ProviderError},
    secret::SecretText,
};
use dashtam_provider_kit::{AllowedAddresses, ClientOptions};
use dashtam_provider_simplefin::SimplefinOptions;
use support::{Bench, Log, PASSWORD, USER, setup_token};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{any, body_string, header, method, path},
};

fn rejected(code: &str) -> ProviderError {
    ProviderError::Rejected { code: code.to_owned() }
}

#[tokio::test]
async fn a_token_is_claimed_once() {
    let bench = Bench::new().await;
    let access_url = bench.access_url();
    Mock::given(method("POST"))
        .and(path("/simplefin/claim/token-77"))
        .and(header("content-length", "0"))
        .and(body_string(""))
        .respond_with(ResponseTemplate::new(200).set_body_string(format!(" {access_url}\n")))
        .up_to_n_times(1)
        .mount(&bench.server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(403).set_body_string("<html>no</html>"))
        .mount(&bench.server)
        .await;

    let token = bench.setup_token("/simplefin/claim/token-77");
    let credentials = bench.claim(token.clone()).await.unwrap();
    assert_eq!(credentials.access_token.expose(), access_url);
    assert_eq!((credentials.expires_at, credentials.grant_expires_at), (None, None));
    assert!(credentials.refresh_token.is_none());

    let log = Log::default();
    let listening = log.listen();
    let refused = bench.claim(token.clone()).await.unwrap_err();
    assert_eq!(refused, ProviderError::NeedsReauthorization);
    let said = bench.link().explain(&refused).unwrap();
    assert!(said.contains("did not accept the setup token") && !said.contains("authorization"), "{said}");
    drop(listening);
    let log = log.text();
    assert!(log.contains("may be in wrong hands"), "{log}");
    assert!(!log.contains("token-77") && !log.contains(token.expose()), "{log}");
    assert_eq!(bench.asked().await.len(), 2);
}

#[tokio::test]
async fn what_has_to_be_pasted_is_one_setup_token() {
    let bench = Bench::new().await;
    let names: Vec<_> = bench.link().fields().iter().map(|field| field.name).collect();
    assert_eq!(names, ["setup_token"]);
    for token in ["", "hello", "aGVsbG8=", "https://bridge.example/simplefin/claim/x"] {
        let refused = bench.claim(SecretText::new(token)).await.unwrap_err();
        assert_eq!(refused, rejected("malformed_setup_token"), "{token}");
        assert!(bench.link().explain(&refused).unwrap().starts_with("This is not a setup token."));
    }
    assert_eq!(bench.asked().await.len(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let bench = Bench::new().await;
    let elsewhere = format!("{}/elsewhere", bench.server.uri());
    Mock::given(path("/claim"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", elsewhere.as_str()))
        .mount(&bench.server)
        .await;
    Mock::given(path("/elsewhere"))
        .respond_with(ResponseTemplate::new(200).set_body_string(bench.access_url()))
        .expect(0)
        .mount(&bench.server)
        .await;
    assert_eq!(bench.claim(bench.setup_token("/claim")).await.unwrap_err(), rejected("http_302"));
}

#[tokio::test]
async fn addresses_of_our_own_network_are_not_asked() {
    let bench =
        Bench::with(SimplefinOptions::default(), AllowedAddresses::Public, ClientOptions::default()).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&bench.server).await;
    let port = bench.server.address().port();
    for url in [
        format!("http://127.0.0.1:{port}/claim"),
        format!("https://127.0.0.1:{port}/claim"),
        format!("https://localhost:{port}/claim"),
        "https://localhost/claim".to_owned(),
        "https://127.0.0.1/claim".to_owned(),
        "https://2130706433/claim".to_owned(),
        "https://[::1]/claim".to_owned(),
        "https://[::ffff:7f00:1]/claim".to_owned(),
        "https://0.0.0.0/claim".to_owned(),
        "https://10.0.0.8/claim".to_owned(),
        "https://192.168.1.1/claim".to_owned(),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[fd00::1]/claim".to_owned(),
        "http://bridge.example/claim".to_owned(),
        "https://bridge.example:22/claim".to_owned(),
        "https://bridge.example@10.0.0.8/claim".to_owned(),
        "https://user:word@bridge.example/claim".to_owned(),
        "ftp://bridge.example/claim".to_owned(),
    ] {
        let refused = bench.claim(setup_token(&url)).await.unwrap_err();
        assert_eq!(refused, rejected("address_not_allowed"), "{url}");
    }
}

#[tokio::test]
async fn an_access_url_into_our_own_network_is_not_taken() {
    let bench = Bench::new().await;
    for url in
        ["https://u:p@10.0.0.8/simplefin", "http://u:p@bridge.example/x", "https://u:p@bridge.example:22/"]
    {
        bench.again().await;
        let answer = ResponseTemplate::new(200).set_body_string(url);
        Mock::given(any()).respond_with(answer).mount(&bench.server).await;
        let refused = bench.claim(bench.setup_token("/claim")).await.unwrap_err();
        assert_eq!(refused, rejected("address_not_allowed"), "{url}");
        // Nor is it asked, should it have been stored.
        let feed = bench.provider.feeds().accounts.unwrap();
        let refused = feed.accounts(&support::credentials(url)).await.unwrap_err();
        assert_eq!(refused, rejected("address_not_allowed"), "{url}");
    }
}

#[tokio::test]
async fn other_answers_to_a_claim_are_errors() {
    let malformed = ProviderError::Malformed { at: "access URL" };
    let bench = Bench::new().await;
    for (answer, error) in [
        (ResponseTemplate::new(402), rejected("payment_required")),
        (ResponseTemplate::new(404), rejected("http_404")),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "7"),
            ProviderError::RateLimited { retry_after: Some(7) },
        ),
        (ResponseTemplate::new(503), ProviderError::Unavailable),
        (ResponseTemplate::new(200), malformed.clone()),
        (ResponseTemplate::new(200).set_body_string("<html>Welcome</html>"), malformed.clone()),
        (ResponseTemplate::new(200).set_body_string("https://bridge.example/simplefin"), malformed.clone()),
        (ResponseTemplate::new(200).set_body_bytes([0xff, 0xfe]), malformed.clone()),
        (ResponseTemplate::new(200).set_body_string("x".repeat(100_000)), malformed.clone()),
    ] {
        bench.again().await;
        Mock::given(any()).respond_with(answer).mount(&bench.server).await;
        assert_eq!(bench.claim(bench.setup_token("/claim")).await.unwrap_err(), error);
        // A claim is one-time: it is not sent again.
        assert_eq!(bench.asked().await.len(), 1);
    }
}

#[tokio::test]
async fn no_secret_is_shown() {
    let log = Log::default();
    let listening = log.listen();
    let bench = Bench::new().await;
    let answer = ResponseTemplate::new(200).set_body_string(bench.access_url());
    Mock::given(method("POST")).respond_with(answer).mount(&bench.server).await;
    let said = format!("Hello {USER}, {PASSWORD} at {} failed", bench.access_url());
    let body = format!(
        r#"{{"errors": ["{said}"], "errlist": [{{"code": "con.{PASSWORD}", "msg": "{said}", "conn_id": "{PASSWORD}"}}],
        "accounts": [{{"id": "{PASSWORD}", "currency": "{PASSWORD}"}}, {{"id": "1", "currency": "USD",
        "balance": "{PASSWORD}", "transactions": [{{"id": "{USER}", "posted": "{PASSWORD}"}}]}}]}}"#
    );
    Mock::given(method("GET")).respond_with(support::json(body)).mount(&bench.server).await;

    let credentials = bench.claim(bench.setup_token("/claim/token-77")).await.unwrap();
    let accounts = bench.accounts().await.unwrap();
    let page = bench.transactions("|1", support::days("2026-03-01", "2026-03-03"), None).await.unwrap();
    let debug = format!("{credentials:?} {:?} {accounts:?} {:?}", bench.provider, page.refused[0].reason);
    drop(listening);

    let log = log.text();
    assert!(log.contains("complains") && log.contains("refused"), "{log}");
    for (text, name) in [(&log, "log"), (&debug, "debug")] {
        for secret in [USER, PASSWORD, "token-77"] {
            assert!(!text.contains(secret), "{secret} is in the {name}: {text}");
        }
    }
}
