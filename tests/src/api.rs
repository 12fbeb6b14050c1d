//! A client of the API with nothing but HTTP.

use std::time::Duration;

use reqwest::{Certificate, Method, RequestBuilder, header::HeaderMap, redirect};
use serde_json::Value;

use crate::Server;

/// A client of one server; it follows no redirect by itself.
#[derive(Debug, Clone)]
pub struct Api {
    /// The HTTP client.
    pub http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Api {
    /// A client without a token.
    pub fn of(server: &Server) -> Self {
        let mut http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            // The server closes idle connections after five seconds; a test that reckons for so long would not notice.
            .pool_idle_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(180));
        if let Some(file) = server.says["certificate"].as_str() {
            let pem = std::fs::read(file).expect("the certificate is where the server says");
            http = http.add_root_certificate(Certificate::from_pem(&pem).expect("it is a certificate"));
        }
        Self { http: http.build().expect("a client is made"), base: server.api.clone(), token: None }
    }

    /// A client at this address that uses this HTTP client.
    pub fn with_client(http: reqwest::Client, base: &str) -> Self {
        Self { http, base: base.to_owned(), token: None }
    }

    /// The same client with an access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client for another server of the same installation.
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        Self { base: server.api.clone(), ..self.clone() }
    }

    /// A request to a path of the API, with the token if there is one.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        send(self.request("GET", path)).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        send(self.request("POST", path).json(body)).await
    }

    /// Any method with a JSON body.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        send(self.request(method, path).json(body)).await
    }

    /// `POST` of JSON with an idempotency key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Reply {
        send(self.request("POST", path).header("Idempotency-Key", key).json(body)).await
    }

    /// The upload of a file as the field `file`.
    pub fn upload_request(&self, name: &str, file: &[u8]) -> RequestBuilder {
        let part = reqwest::multipart::Part::bytes(file.to_vec()).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        self.request("POST", "/api/v1/imports").multipart(form)
    }

    /// Uploads a file whose rows go to this account, if they name none: an id, or `new`.
    pub async fn upload_to(&self, account: &str, name: &str, file: &[u8]) -> Reply {
        let part = reqwest::multipart::Part::bytes(file.to_vec()).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().text("account_id", account.to_owned()).part("file", part);
        send(self.request("POST", "/api/v1/imports").multipart(form)).await
    }

    /// Uploads a file.
    pub async fn upload(&self, name: &str, file: &[u8]) -> Reply {
        send(self.upload_request(name, file)).await
    }

    /// Every item of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{joint}limit=500{cursor}")).await.expect(200);
            items.extend(page["items"].as_array().expect("a list has items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}

/// Sends a request and reads the whole answer.
pub async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("the answer is complete").to_vec();
    Reply { status, headers, body }
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The JSON body of an answer that has this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The problem of a refusal, which must be complete and have this status and slug.
    #[track_caller]
    pub fn refused(&self, status: u16, slug: &str) -> Value {
        let problem = self.problem();
        assert_eq!(self.status, status, "{problem}");
        let kind = problem["type"].as_str().unwrap_or_default();
        assert!(kind.ends_with(&format!("/errors/{slug}")), "{problem}");
        problem
    }

    /// The problem of any refusal: of the right type and with every member.
    #[track_caller]
    pub fn problem(&self) -> Value {
        assert!(self.status >= 400, "{} {}", self.status, self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem: Value = serde_json::from_slice(&self.body).expect("a problem is JSON");
        for member in ["type", "title", "detail", "instance", "trace_id"] {
            let text = problem[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{member} is missing in {problem}");
        }
        assert_eq!(problem["status"], self.status, "{problem}");
        assert_eq!(problem["trace_id"], self.header("x-trace-id"), "{problem}");
        for error in problem["errors"].as_array().into_iter().flatten() {
            for member in ["field", "code", "message"] {
                assert!(error[member].is_string(), "{member} is missing in {problem}");
            }
        }
        problem
    }

    /// The fields of a 422 with what is wrong with them, as `field:code`.
    #[track_caller]
    pub fn broken_rules(&self) -> Vec<String> {
        let problem = self.problem();
        assert_eq!(self.status, 422, "{problem}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| format!("{}:{}", text(&error["field"]), text(&error["code"]))).collect()
    }
}
