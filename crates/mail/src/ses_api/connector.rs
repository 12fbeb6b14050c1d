//! Carries the requests of AWS's library over our HTTP client, so that there is one TLS stack.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use reqwest::{Certificate, redirect};

use super::UnusableSesApi;

/// Largest answer that is read, in bytes. Those of SES and of the sources of credentials have a few thousand.
const MAX_ANSWER: usize = 256 * 1024;

/// Whether a request may have reached its server. Put into the request, read by whoever sent it.
#[derive(Debug, Clone, Default)]
pub(super) struct Left(Arc<AtomicBool>);

impl Left {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, left: bool) {
        self.0.store(left, Ordering::Relaxed);
    }
}

/// The client. It follows no redirect: a signed request is for one address.
#[derive(Clone)]
pub(super) struct Http {
    /// For the network, through the proxy of the environment if there is one.
    outside: reqwest::Client,
    /// For what is spoken in the clear, which is this machine and what gives it credentials. No proxy is to see those.
    inside: reqwest::Client,
}

impl Http {
    pub(super) fn new(connect_timeout: Duration, authorities: Option<&str>) -> Result<Self, UnusableSesApi> {
        let authorities = match authorities {
            Some(pem) => {
                let found = Certificate::from_pem_bundle(pem.as_bytes());
                found
                    .ok()
                    .filter(|certificates| !certificates.is_empty())
                    .ok_or(UnusableSesApi::Authorities)?
            }
            None => Vec::new(),
        };
        let builder = || {
            let base = reqwest::Client::builder().connect_timeout(connect_timeout);
            let base = base.redirect(redirect::Policy::none());
            authorities.iter().cloned().fold(base, reqwest::ClientBuilder::add_root_certificate)
        };
        let made = |builder: reqwest::ClientBuilder| builder.build().map_err(|_| UnusableSesApi::Http);
        Ok(Self { outside: made(builder())?, inside: made(builder().no_proxy())? })
    }

    async fn send(
        &self,
        request: HttpRequest,
        limit: Option<Duration>,
    ) -> Result<HttpResponse, ConnectorError> {
        let left = request.extension::<Left>().cloned().unwrap_or_default();
        if request.body().bytes().is_none() {
            return Err(ConnectorError::user("the body of the request is not in memory".into()));
        }
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let request = request.map(|body| body.bytes().map(<[u8]>::to_vec).unwrap_or_default());
        let mut request: reqwest::Request = request.try_into().map_err(failed)?;
        *request.timeout_mut() = limit;
        let client = if request.url().scheme() == "http" { &self.inside } else { &self.outside };
        left.set(true);
        let sent = client.execute(request).await;
        left.set(!sent.as_ref().is_err_and(reqwest::Error::is_connect));
        let mut answer = sent.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(ConnectorError::io("the answer is too long".into()));
            }
            body.extend_from_slice(&chunk);
        }
        let status = StatusCode::try_from(answer.status().as_u16());
        let status = status.map_err(|error| ConnectorError::io(error.into()))?;
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        for (name, value) in answer.headers() {
            if let Ok(value) = value.to_str() {
                response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

fn failed(error: reqwest::Error) -> ConnectorError {
    let error = error.without_url();
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

impl HttpClient for Http {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        // Whoever asks the network for credentials waits a second or two, because most machines have none there.
        let limits = [settings.connect_timeout(), settings.read_timeout()];
        let limit = settings.read_timeout().map(|_| limits.into_iter().flatten().sum());
        SharedHttpConnector::new(Connector { http: self.clone(), limit })
    }
}

/// The client with the limit of one kind of requests.
#[derive(Debug)]
struct Connector {
    http: Http,
    limit: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (http, limit) = (self.http.clone(), self.limit);
        HttpConnectorFuture::new(async move { http.send(request, limit).await })
    }
}
