//! Sign-in, codes, tokens and revocation over HTTP.

mod support;

use reqwest::StatusCode;
use support::{CLIENT, REDIRECT, SECRET, Tokens, Town, VERIFIER, refused, returned};

#[tokio::test]
async fn the_page_asks_in_plain_html() {
    let town = Town::open().await;
    let response = town.ask(&town.request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let page = response.text().await.unwrap();
    assert!(page.contains("value=\"a state &amp; &lt;more&gt;\""));
    assert!(page.contains("<code>sandbox</code>") && page.contains("reissued-id"));
    assert!(!page.contains("<script"));

    let page = town.http.get(town.url("/")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("short-tokens"));
    let style = town.http.get(town.url("/bank.css")).send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn a_code_becomes_tokens() {
    let town = Town::open().await;
    let response = town.decide(town.request(), "alice", "approve").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let sent = returned(&response);
    assert_eq!(sent["state"], "a state & <more>");
    assert_eq!(sent["from"], "bank");
    let tokens = Tokens::of(town.exchange(&sent["code"]).await).await;
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["expires_in"], 1800);
    assert_eq!(tokens.body["scope"], "accounts transactions holdings");
    assert_eq!(town.accounts(&tokens).await.len(), 4);

    town.wait(1800);
    let late = town.get(&tokens, "/v1/accounts").await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
    assert!(late.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
}

#[tokio::test]
async fn the_customer_decides() {
    let town = Town::open().await;
    let denied = town.decide(town.request(), "", "deny").await;
    let sent = returned(&denied);
    assert_eq!((sent["error"].as_str(), sent["state"].as_str()), ("access_denied", "a state & <more>"));
    assert!(!sent.contains_key("code"));

    let mut wrong = town.request();
    wrong.insert("password", "sandb0x".to_owned());
    let refused = town.decide(wrong, "alice", "approve").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().await.unwrap().contains("do not go together"));
    assert_eq!(town.decide(town.request(), " ", "approve").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(town.decide(town.request(), "alice", "maybe").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nobody_is_sent_to_an_unregistered_address() {
    let town = Town::open().await;
    let with = |name, value: &str| {
        let mut request = town.request();
        request.insert(name, value.to_owned());
        request
    };
    for request in [
        with("redirect_uri", "http://127.0.0.1:9/callback"),
        with("redirect_uri", "http://127.0.0.1:9/other"),
        with("redirect_uri", ""),
        with("client_id", "<nobody>"),
    ] {
        for response in [town.ask(&request).await, town.decide(request.clone(), "alice", "deny").await] {
            assert_eq!(response.status(), StatusCode::BAD_REQUEST);
            assert!(!response.headers().contains_key("location"));
        }
    }
    let twice = format!("{}?client_id={CLIENT}&client_id=other", town.url("/oauth/authorize"));
    assert_eq!(town.http.get(twice).send().await.unwrap().status(), StatusCode::BAD_REQUEST);

    for (request, error) in [
        (with("response_type", "token"), "unsupported_response_type"),
        (with("response_type", ""), "invalid_request"),
        (with("code_challenge", ""), "invalid_request"),
        (with("code_challenge_method", "plain"), "invalid_request"),
        (with("code_challenge_method", ""), "invalid_request"),
        (with("scope", "payments"), "invalid_scope"),
    ] {
        let sent = returned(&town.ask(&request).await);
        assert_eq!((sent["error"].as_str(), sent["state"].as_str()), (error, "a state & <more>"));
    }
}

#[tokio::test]
async fn a_wrong_verifier_spends_the_code() {
    let town = Town::open().await;
    let code = town.code("alice").await;
    let other = "A".repeat(43);
    let form = |verifier| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ]
    };
    refused(town.token(&form(&other)).await, "invalid_grant").await;
    refused(town.token(&form(VERIFIER)).await, "invalid_grant").await;
}

#[tokio::test]
async fn a_reused_code_revokes_its_tokens() {
    let town = Town::open().await;
    let code = town.code("alice").await;
    let tokens = Tokens::of(town.exchange(&code).await).await;
    assert_eq!(town.accounts(&tokens).await.len(), 4);
    refused(town.exchange(&code).await, "invalid_grant").await;
    assert_eq!(town.get(&tokens, "/v1/accounts").await.status(), StatusCode::UNAUTHORIZED);
    refused(town.refresh(&tokens.refresh).await, "invalid_grant").await;
}

#[tokio::test]
async fn a_code_is_bound_to_time_client_and_address() {
    let town = Town::open().await;
    let late = town.code("alice").await;
    town.wait(60);
    refused(town.exchange(&late).await, "invalid_grant").await;

    let code = town.code("alice").await;
    let form = |address| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", address),
            ("code_verifier", VERIFIER),
        ]
    };
    let stolen = town.token_as("other", "other-secret", &form(REDIRECT)).await;
    refused(stolen, "invalid_grant").await;
    refused(town.token(&form("http://127.0.0.1:9/other")).await, "invalid_grant").await;
    refused(town.token(&form(REDIRECT)).await, "invalid_grant").await;
}

#[tokio::test]
async fn clients_authenticate_with_basic() {
    let town = Town::open().await;
    let code = town.code("alice").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    refused(town.token_as(CLIENT, "wrong", &form).await, "invalid_client").await;
    refused(town.token_as("nobody", SECRET, &form).await, "invalid_client").await;
    let bare = town.http.post(town.url("/oauth/token")).form(&form).send().await.unwrap();
    assert!(bare.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
    refused(bare, "invalid_client").await;

    // RFC 6749, section 2.3.1: both values are form-encoded inside Basic.
    let encoded = "a%3Asecret+%26+more";
    let exchange = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    Tokens::of(town.token_as(CLIENT, encoded, &exchange).await).await;

    refused(town.token(&[("grant_type", "password")]).await, "unsupported_grant_type").await;
    refused(town.token(&[("code", "x")]).await, "invalid_request").await;
    refused(town.token(&[("grant_type", "refresh_token")]).await, "invalid_request").await;
    let twice = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("refresh_token", "y")];
    refused(town.token(&twice).await, "invalid_request").await;
    let json = town.http.post(town.url("/oauth/token")).basic_auth(CLIENT, Some(SECRET)).body("{}");
    refused(json.send().await.unwrap(), "invalid_request").await;
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_revokes() {
    let town = Town::open().await;
    let first = town.link("alice").await;
    let second = Tokens::of(town.refresh(&first.refresh).await).await;
    assert_ne!(first.refresh, second.refresh);
    assert_ne!(first.access, second.access);
    let third = Tokens::of(town.refresh(&second.refresh).await).await;
    assert_eq!(town.accounts(&third).await.len(), 4);

    refused(town.refresh(&first.refresh).await, "invalid_grant").await;
    refused(town.refresh(&third.refresh).await, "invalid_grant").await;
    assert_eq!(town.get(&third, "/v1/accounts").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refresh_may_narrow_the_scope() {
    let town = Town::open().await;
    let tokens = town.link("alice").await;
    let form = |scope| {
        [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str()), ("scope", scope)]
    };
    refused(town.token(&form("payments")).await, "invalid_scope").await;
    let narrow = Tokens::of(town.token(&form("accounts")).await).await;
    assert_eq!(narrow.body["scope"], "accounts");
    let accounts = town.accounts(&narrow).await;
    let path = format!("/v1/accounts/{}/holdings", support::text(&accounts[3], "id"));
    assert_eq!(town.get(&narrow, &path).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn tokens_are_revoked_by_their_client() {
    let town = Town::open().await;
    let tokens = town.link("alice").await;
    let revoke = async |id: &str, secret: &str, token: &str| {
        let request = town.http.post(town.url("/oauth/revoke")).basic_auth(id, Some(secret));
        request.form(&[("token", token)]).send().await.unwrap().status()
    };
    assert_eq!(revoke("other", "other-secret", &tokens.refresh).await, StatusCode::OK);
    assert_eq!(revoke(CLIENT, SECRET, "sbr_1_unknown").await, StatusCode::OK);
    assert_eq!(revoke(CLIENT, "wrong", &tokens.refresh).await, StatusCode::UNAUTHORIZED);
    assert_eq!(town.accounts(&tokens).await.len(), 4);

    assert_eq!(revoke(CLIENT, SECRET, &tokens.access).await, StatusCode::OK);
    assert_eq!(town.get(&tokens, "/v1/accounts").await.status(), StatusCode::UNAUTHORIZED);
    let again = Tokens::of(town.refresh(&tokens.refresh).await).await;
    assert_eq!(town.accounts(&again).await.len(), 4);

    assert_eq!(revoke(CLIENT, SECRET, &again.refresh).await, StatusCode::OK);
    assert_eq!(town.get(&again, "/v1/accounts").await.status(), StatusCode::UNAUTHORIZED);
    refused(town.refresh(&again.refresh).await, "invalid_grant").await;
}

#[tokio::test]
async fn clients_can_be_registered_later_and_the_bank_stops() {
    let town = Town::open().await;
    let client = dashtam_sandbox_bank::Client::new("late", "s", ["http://127.0.0.1:9/late"]);
    assert!(!format!("{client:?}").contains("\"s\""));
    town.bank.register_client(client);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    refused(town.token_as("late", "s", &form).await, "invalid_grant").await;

    let url = town.url("/");
    town.bank.stop().await.unwrap();
    assert!(town.http.get(url).send().await.is_err());
}
