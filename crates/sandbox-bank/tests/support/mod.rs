//! A running bank, a client application and a customer, for the tests.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dashtam_sandbox_bank::{Client, Options, RunningBank, SandboxBank, World};
use reqwest::{Response, StatusCode, redirect::Policy};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(crate) const SEED: u64 = 2026;
pub(crate) const CLIENT: &str = "dashtam";
pub(crate) const SECRET: &str = "a:secret & more";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/callback?from=bank";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// A bank whose clock the test moves.
pub(crate) struct Town {
    pub(crate) bank: RunningBank,
    pub(crate) http: reqwest::Client,
    offset: Arc<AtomicI64>,
    state_file: Option<PathBuf>,
}

#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) body: Value,
}

impl Town {
    pub(crate) async fn open() -> Self {
        Self::open_with(None).await
    }

    /// A bank that keeps its grants in this file.
    pub(crate) async fn open_with(state_file: Option<PathBuf>) -> Self {
        let offset = Arc::new(AtomicI64::new(0));
        let bank = SandboxBank::start(Self::options(&offset, state_file.clone())).await.unwrap();
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { bank, http, offset, state_file }
    }

    /// What is left of the bank when it is killed now, opened again: a bank of its own that starts from the
    /// present state file, so that nothing the old one does later can matter.
    pub(crate) async fn killed_and_opened_again(self) -> Self {
        let old = self.state_file.as_ref().unwrap();
        let new = PathBuf::from(format!("{}-again", old.display()));
        std::fs::copy(old, &new).unwrap();
        let bank = SandboxBank::start(Self::options(&self.offset, Some(new.clone()))).await.unwrap();
        Self { bank, state_file: Some(new), ..self }
    }

    pub(crate) fn state_file(&self) -> &Path {
        self.state_file.as_deref().unwrap()
    }

    fn options(offset: &Arc<AtomicI64>, state_file: Option<PathBuf>) -> Options {
        let moved = Arc::clone(offset);
        let noon: DateTime<Utc> = "2026-07-15T12:00:00Z".parse().unwrap();
        let clock = Arc::new(move || noon + TimeDelta::seconds(moved.load(Ordering::Relaxed)));
        let mut options = Options::new(SEED, clock);
        options.clients = vec![
            Client::new(CLIENT, SECRET, [REDIRECT]),
            Client::new("other", "other-secret", ["http://127.0.0.1:9/other"]),
        ];
        options.slow_delay = Duration::from_millis(300);
        options.state_file = state_file;
        options
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn today(&self) -> NaiveDate {
        day("2026-07-15") + TimeDelta::seconds(12 * 3600 + self.offset.load(Ordering::Relaxed))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.bank.base_url())
    }

    pub(crate) fn request(&self) -> HashMap<&'static str, String> {
        HashMap::from([
            ("response_type", "code".to_owned()),
            ("client_id", CLIENT.to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("state", "a state & <more>".to_owned()),
            ("scope", "accounts transactions holdings".to_owned()),
            ("code_challenge", challenge(VERIFIER)),
            ("code_challenge_method", "S256".to_owned()),
        ])
    }

    pub(crate) async fn ask(&self, request: &HashMap<&'static str, String>) -> Response {
        self.http.get(self.url("/oauth/authorize")).query(request).send().await.unwrap()
    }

    pub(crate) async fn decide(
        &self,
        mut form: HashMap<&'static str, String>,
        customer: &str,
        decision: &str,
    ) -> Response {
        form.insert("customer", customer.to_owned());
        form.entry("password").or_insert_with(|| "sandbox".to_owned());
        form.insert("decision", decision.to_owned());
        self.http.post(self.url("/oauth/authorize")).form(&form).send().await.unwrap()
    }

    pub(crate) async fn code(&self, customer: &str) -> String {
        let response = self.decide(self.request(), customer, "approve").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        returned(&response).remove("code").unwrap()
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Response {
        self.token_as(CLIENT, SECRET, form).await
    }

    pub(crate) async fn token_as(&self, id: &str, secret: &str, form: &[(&str, &str)]) -> Response {
        self.http.post(self.url("/oauth/token")).basic_auth(id, Some(secret)).form(form).send().await.unwrap()
    }

    pub(crate) async fn exchange(&self, code: &str) -> Response {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Response {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn link(&self, customer: &str) -> Tokens {
        let code = self.code(customer).await;
        Tokens::of(self.exchange(&code).await).await
    }

    pub(crate) async fn get(&self, tokens: &Tokens, path: &str) -> Response {
        self.http.get(self.url(path)).bearer_auth(&tokens.access).send().await.unwrap()
    }

    pub(crate) async fn accounts(&self, tokens: &Tokens) -> Vec<Value> {
        let response = self.get(tokens, "/v1/accounts").await;
        assert_eq!(response.status(), StatusCode::OK);
        list(&response.json::<Value>().await.unwrap(), "accounts")
    }

    /// A complete listing, page by page.
    pub(crate) async fn rows(&self, tokens: &Tokens, account: &str, window: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/accounts/{account}/transactions?limit=200{window}{cursor}");
            let response = self.get(tokens, &path).await;
            assert_eq!(response.status(), StatusCode::OK);
            let page: Value = response.json().await.unwrap();
            rows.extend(list(&page, "transactions"));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    pub(crate) fn world(&self, customer: &str) -> World {
        World::generate(SEED, customer, self.today())
    }
}

impl Tokens {
    pub(crate) async fn of(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body: Value = response.json().await.unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), body }
    }
}

pub(crate) fn list(value: &Value, name: &str) -> Vec<Value> {
    value[name].as_array().unwrap().clone()
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// The parameters with which the browser was sent back.
pub(crate) fn returned(response: &Response) -> HashMap<String, String> {
    let location = response.headers()["location"].to_str().unwrap();
    let url = url::Url::parse(location).unwrap();
    assert!(location.starts_with("http://127.0.0.1:9/callback?from=bank"));
    url.query_pairs().into_owned().collect()
}

/// An OAuth refusal with this code.
pub(crate) async fn refused(response: Response, code: &str) {
    let expected = if code == "invalid_client" { 401 } else { 400 };
    assert_eq!(response.status(), expected);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], code);
}
