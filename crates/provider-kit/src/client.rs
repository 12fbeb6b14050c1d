//! An HTTP client that is bounded in time, size and attempts, and never follows a redirect: an institution's
//! answer is not to send our credentials elsewhere.

use std::{fmt, sync::Arc, time::Duration};

use dashtam_domain::{
    connections::ProviderError,
    secret::{SecretHash, SecretText},
    sources::{Clock, Randomness},
};
use reqwest::{RequestBuilder, StatusCode, header, redirect};
use url::{Host, Url};

use crate::{RequestBudget, clean_code, lazy::LazyClient, retry_after};

/// The pause between attempts doubles no more often than this.
const DOUBLINGS: u32 = 5;

/// Headers in which institutions name a request, for their support.
const REQUEST_IDS: [&str; 3] = ["schwab-client-correlid", "x-request-id", "x-correlation-id"];

/// The bounds of a client in time, size and attempts.
#[derive(Debug, Clone, Copy)]
pub struct ClientOptions {
    /// The longest time to connect.
    pub connect_timeout: Duration,
    /// The longest time for one request, from its first to its last byte.
    pub total_timeout: Duration,
    /// The largest body that is read, in bytes.
    pub max_body: usize,
    /// The most attempts for a request that may be repeated.
    pub attempts: u32,
    /// Pause before the second attempt. It doubles with every further one, and half of it is chance.
    pub first_pause: Duration,
    /// Longest wait an institution may ask for before the request is given up.
    pub longest_wait: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            max_body: 16 * 1024 * 1024,
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
        }
    }
}

/// A complete answer within the bounds.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The whole body. It may hold secrets and is never logged.
    pub body: Vec<u8>,
    /// The value of `Retry-After`, in seconds from now.
    pub retry_after: Option<u32>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("size", &self.body.len()).finish()
    }
}

/// An HTTP client. It is cheap to clone, and clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: LazyClient,
    direct: LazyClient,
    options: ClientOptions,
    randomness: Arc<dyn Randomness>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Client {
    /// A client with these bounds. Randomness spreads the retries of many connections; the clock tells how far
    /// off the date is until which an institution asks to wait. What takes long is left for the first request.
    pub fn new(options: ClientOptions, randomness: Arc<dyn Randomness>, clock: Arc<dyn Clock>) -> Self {
        let builder = move || {
            reqwest::Client::builder()
                .connect_timeout(options.connect_timeout)
                .timeout(options.total_timeout)
                .redirect(redirect::Policy::none())
                .user_agent(concat!("Dashtam/", env!("CARGO_PKG_VERSION")))
        };
        let http = LazyClient::new(move || builder().build());
        let direct = LazyClient::new(move || builder().no_proxy().build());
        Self { http, direct, options, randomness, clock }
    }

    /// The client for an address. What is on this machine is never asked for through a proxy of the
    /// environment: it would not find it, and would be shown the token.
    pub(crate) async fn http(&self, url: &Url) -> Result<&reqwest::Client, ProviderError> {
        if is_loopback(url) { self.direct.get().await } else { self.http.get().await }
    }

    /// Reads `url` with a bearer token. Passing failures (429, 5xx, cut or refused connections) are tried again
    /// with growing pauses, or after as long as the institution asks. An answer is one that did not fail so;
    /// what failed to the last is [`ProviderError::RateLimited`] or [`ProviderError::Unavailable`].
    pub async fn get(&self, url: &Url, bearer: &SecretText) -> Result<Answer, ProviderError> {
        self.repeat(url, |request| request.bearer_auth(bearer.expose())).await
    }

    /// Reads `url` with whatever `sign` adds to the request, trying again as [`Client::get`] does.
    pub(crate) async fn repeat(
        &self,
        url: &Url,
        sign: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, ProviderError> {
        self.repeat_within(url, None, |http| sign(http.get(url.clone()))).await
    }

    /// Reads `url` with a bearer token as [`Client::get`] does, with every attempt within the budget. `grant`
    /// tells grants apart.
    pub async fn get_within(
        &self,
        url: &Url,
        bearer: &SecretText,
        budget: &RequestBudget,
        grant: SecretHash,
    ) -> Result<Answer, ProviderError> {
        let within = Some((budget, grant));
        self.repeat_within(url, within, |http| http.get(url.clone()).bearer_auth(bearer.expose())).await
    }

    /// Sends what `make` makes, which must be fit to be sent more than once, trying again as [`Client::get`] does.
    pub(crate) async fn repeat_within(
        &self,
        url: &Url,
        within: Option<(&RequestBudget, SecretHash)>,
        make: impl Fn(&reqwest::Client) -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, ProviderError> {
        let http = self.http(url).await?;
        let mut attempt = 1;
        loop {
            let turn = match within {
                Some((budget, grant)) => Some(budget.turn(grant).await?),
                None => None,
            };
            let answer = self.once(make(http)).await;
            drop(turn);
            let (failure, told) = match answer {
                Ok(answer) => match passing(&answer) {
                    Some(failure) => (failure, answer.retry_after),
                    None => return Ok(answer),
                },
                Err(ProviderError::Unavailable) => (ProviderError::Unavailable, None),
                Err(other) => return Err(other),
            };
            let told = told.map(|seconds| Duration::from_secs(u64::from(seconds)));
            let wait = told.unwrap_or_else(|| self.pause(attempt));
            if attempt >= self.options.attempts || wait > self.options.longest_wait {
                return Err(failure);
            }
            tracing::debug!(url.host = url.host_str(), attempt, wait_ms = wait.as_millis(), "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Sends an OAuth request once: a grant must not be sent twice. What is no answer to it, but says that the
    /// institution is busy, down or elsewhere, is an error.
    pub async fn oauth(&self, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, ProviderError> {
        let (mut parts, body) = request.into_parts();
        if let Some(password) = parts.headers.get_mut(header::AUTHORIZATION) {
            password.set_sensitive(true);
        }
        let url = Url::parse(&parts.uri.to_string())
            .map_err(|_| ProviderError::Malformed { at: "token address" })?;
        let http = self.http(&url).await?;
        let sent = http.request(parts.method, url).headers(parts.headers).body(body);
        let answer = self.once(sent).await?;
        if let Some(failure) = passing(&answer) {
            return Err(failure);
        }
        if (300..400).contains(&answer.status) {
            return Err(ProviderError::Rejected { code: format!("http_{}", answer.status) });
        }
        // The oauth2 crate reads a token and looks no further: what else is there makes it no token answer.
        let object = answer.body.trim_ascii_start().starts_with(b"{");
        if object && serde_json::from_slice::<serde_json::Value>(&answer.body).is_err() && answer.status < 300
        {
            return Err(ProviderError::Malformed { at: "token answer" });
        }
        let mut response = oauth2::HttpResponse::new(answer.body);
        *response.status_mut() =
            StatusCode::from_u16(answer.status).map_err(|_| ProviderError::Malformed { at: "status" })?;
        // The institution's word for its type is not needed: what is not JSON is refused when it is parsed.
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        Ok(response)
    }

    /// Sends a request once and reads the whole answer.
    pub(crate) async fn once(&self, request: RequestBuilder) -> Result<Answer, ProviderError> {
        let response = request.send().await.map_err(|error| unavailable(&error))?;
        self.whole(response).await
    }

    /// Reads the whole of an answer that has begun.
    pub(crate) async fn whole(&self, mut response: reqwest::Response) -> Result<Answer, ProviderError> {
        let retry_after = retry_after::seconds(response.headers(), self.clock.now());
        let status = response.status().as_u16();
        let named = |name: &&str| response.headers().get(*name)?.to_str().ok();
        if let Some(id) = REQUEST_IDS.iter().find_map(named).filter(|_| status >= 400) {
            tracing::info!(status, request.id = clean_code(id), "the institution answered with an error");
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(&error))? {
            if body.len() + chunk.len() > self.options.max_body {
                return Err(ProviderError::Malformed { at: "body too large" });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body, retry_after })
    }

    /// How long an answer asks to wait, in seconds.
    pub(crate) fn told_wait(&self, response: &reqwest::Response) -> Option<u32> {
        retry_after::seconds(response.headers(), self.clock.now())
    }

    pub(crate) fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// The pause after an attempt: half of it for sure, the other half by chance.
    fn pause(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(DOUBLINGS);
        let half = self.options.first_pause.saturating_mul(1 << doublings) / 2;
        half + half * u32::from(self.randomness.bytes()[0]) / 255
    }
}

/// The failure in an answer that may be another one later.
pub(crate) fn passing(answer: &Answer) -> Option<ProviderError> {
    match answer.status {
        429 => Some(ProviderError::RateLimited { retry_after: answer.retry_after }),
        500.. => Some(ProviderError::Unavailable),
        _ => None,
    }
}

/// Whether the address belongs to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// The URL may hold a token, so only the sort of failure is logged.
pub(crate) fn unavailable(error: &reqwest::Error) -> ProviderError {
    tracing::debug!(timeout = error.is_timeout(), connect = error.is_connect(), "no usable answer");
    ProviderError::Unavailable
}
