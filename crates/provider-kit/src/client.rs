//! An HTTP client that is bounded in time, size and attempts, and never follows a redirect: an institution's
//! answer is not to send our credentials elsewhere.

use std::{fmt, sync::Arc, time::Duration};

use dashtam_domain::{connections::ProviderError, secret::SecretText, sources::Randomness};
use reqwest::{RequestBuilder, StatusCode, header, redirect};
use url::Url;

/// Bounds of a client.
#[derive(Debug, Clone, Copy)]
pub struct ClientOptions {
    /// For the connection.
    pub connect_timeout: Duration,
    /// For one request from its first to its last byte.
    pub total_timeout: Duration,
    /// Largest body that is read, in bytes.
    pub max_body: usize,
    /// Attempts for a request that may be repeated.
    pub attempts: u32,
    /// Longest wait an institution may ask for before the attempt is given up.
    pub longest_wait: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            max_body: 16 * 1024 * 1024,
            attempts: 4,
            longest_wait: Duration::from_secs(20),
        }
    }
}

/// The client could not be made, e.g. because the TLS library refused.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be started")]
pub struct StartError(#[source] reqwest::Error);

/// A complete answer within the bounds.
#[derive(Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body. May hold secrets: never logged.
    pub body: Vec<u8>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("size", &self.body.len()).finish()
    }
}

/// The client. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    options: ClientOptions,
    randomness: Arc<dyn Randomness>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Client {
    /// A client with these bounds. Randomness spreads the retries of many connections.
    pub fn new(options: ClientOptions, randomness: Arc<dyn Randomness>) -> Result<Self, StartError> {
        let http = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.total_timeout)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("Dashtam/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(StartError)?;
        Ok(Self { http, options, randomness })
    }

    /// Reads `url` with a bearer token. Passing failures (429, 5xx, cut or refused connections) are tried again
    /// with growing pauses, or after as long as the institution asks.
    pub async fn get(&self, url: &Url, bearer: &SecretText) -> Result<Answer, ProviderError> {
        let mut attempt = 1;
        loop {
            let request = self.http.get(url.clone()).bearer_auth(bearer.expose());
            let result = self.once(request).await;
            let wait = match &result {
                Ok(answer) if answer.status == 429 => match answer.retry_after {
                    Some(seconds) => Duration::from_secs(u64::from(seconds)),
                    None => self.pause(attempt),
                },
                Ok(answer) if answer.status >= 500 => self.pause(attempt),
                Err(ProviderError::Unavailable) => self.pause(attempt),
                _ => return result,
            };
            if attempt >= self.options.attempts || wait > self.options.longest_wait {
                return result;
            }
            tracing::debug!(url.host = url.host_str(), attempt, wait_ms = wait.as_millis(), "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Sends an OAuth request once: a grant must not be sent twice.
    pub async fn oauth(&self, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, ProviderError> {
        let (parts, body) = request.into_parts();
        let mut sent = self.http.request(parts.method, parts.uri.to_string()).body(body);
        for (name, value) in &parts.headers {
            sent = sent.header(name, value);
        }
        let answer = self.once(sent).await?;
        let mut response = oauth2::HttpResponse::new(answer.body);
        *response.status_mut() =
            StatusCode::from_u16(answer.status).map_err(|_| ProviderError::Malformed { at: "status" })?;
        // The institution's word for its type is not needed: what is not JSON is refused when it is parsed.
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        Ok(response)
    }

    async fn once(&self, request: RequestBuilder) -> Result<Answer, ProviderError> {
        let mut response = request.send().await.map_err(|error| unavailable(&error))?;
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.trim().parse().ok());
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(&error))? {
            if body.len() + chunk.len() > self.options.max_body {
                return Err(ProviderError::Malformed { at: "body too large" });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body, retry_after })
    }

    /// 250 ms doubled per attempt up to 8 s, half of it by chance.
    fn pause(&self, attempt: u32) -> Duration {
        let full = 250u64.saturating_mul(1 << attempt.clamp(1, 6)).min(8_000);
        let chance = u64::from(self.randomness.bytes()[0]);
        Duration::from_millis(full / 2 + full / 2 * chance / 255)
    }
}

/// The URL may hold a token, so only the sort of failure is logged.
fn unavailable(error: &reqwest::Error) -> ProviderError {
    tracing::debug!(timeout = error.is_timeout(), connect = error.is_connect(), "no usable answer");
    ProviderError::Unavailable
}
