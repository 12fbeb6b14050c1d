//! A client of the API, with nothing but HTTP.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Certificate, Method, StatusCode, redirect};
use serde_json::Value;

/// A client that trusts the server's generated certificate and follows no redirect by itself.
pub(crate) struct ApiClient {
    pub(crate) http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl ApiClient {
    pub(crate) fn new(base: &str, certificate: &[u8]) -> Result<Self> {
        let http = reqwest::Client::builder()
            .add_root_certificate(Certificate::from_pem(certificate).context("the generated certificate")?)
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(60))
            .build()?;
        Ok(Self { http, base: base.to_owned(), token: None })
    }

    pub(crate) fn sign_in(&mut self, access_token: &str) {
        self.token = Some(access_token.to_owned());
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None, StatusCode::OK).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value, expected: StatusCode) -> Result<Value> {
        self.call(Method::POST, path, Some(body), expected).await
    }

    /// Uploads a file as the field `file`, for this account if the file needs one.
    pub(crate) async fn upload(
        &self,
        path: &str,
        name: &str,
        file: Vec<u8>,
        account: Option<String>,
    ) -> Result<Value> {
        let part = reqwest::multipart::Part::bytes(file).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let form = account.into_iter().fold(form, |form, account| form.text("account_id", account));
        let request = self.request(Method::POST, path).multipart(form);
        Self::answer(&format!("POST {path}"), request, StatusCode::CREATED).await
    }

    /// All items of a list, page after page.
    pub(crate) async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut page = format!("{path}?limit=500");
            if let Some(cursor) = &cursor {
                page.push_str(&format!("&cursor={cursor}"));
            }
            let mut answer = self.get(&page).await?;
            let Some(Value::Array(found)) = answer.get_mut("items").map(Value::take) else {
                bail!("{path} is not a list");
            };
            items.extend(found);
            cursor = answer["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        expected: StatusCode,
    ) -> Result<Value> {
        let what = format!("{method} {path}");
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Self::answer(&what, request, expected).await
    }

    async fn answer(what: &str, request: reqwest::RequestBuilder, expected: StatusCode) -> Result<Value> {
        let answer = request.send().await.with_context(|| format!("{what} got no answer"))?;
        let status = answer.status();
        let text = answer.text().await?;
        if status != expected {
            bail!("{what} answered {status} instead of {expected}: {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{what} did not answer JSON"))
    }
}
