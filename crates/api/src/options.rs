//! What the edge needs to know from whoever runs it.

use std::{fmt, sync::Arc};

use actix_web::web::ServiceConfig;
use async_trait::async_trait;
use dashtam_application::Dashtam;
use dashtam_domain::{delivery::idempotency::Fingerprints, sources::Sources, store::StorageTrouble};
use ipnet::IpNet;
use url::Url;

use crate::{
    door::{Admission, BodyDeadlines, ClientLimits},
    observer::RequestObserver,
    rate_limits::RateLimits,
    streams::LiveStreams,
};

/// Tells whether what the program depends on can be used now.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Tells whether the database answers.
    async fn database(&self) -> bool;
    /// Tells what keeps the database from storing anything, if something does.
    async fn storage(&self) -> Option<StorageTrouble> {
        None
    }
    /// Tells whether what replicas share can be shared now; `None` when nothing is.
    async fn redis(&self) -> Option<bool> {
        None
    }
}

/// Registers pages of another crate, which stand before everything else of this one.
pub type Pages = fn(&Dashtam, &ApiOptions, &mut ServiceConfig);

/// How the edge behaves; cheap to clone.
#[derive(Clone)]
pub struct ApiOptions {
    /// Where clients reach this API from outside; problem types begin with it.
    pub public_url: Url,
    /// Where people use Dashtam; its pages may use session cookies.
    pub front_end: Url,
    /// The version of the program, as the document and the start page tell it.
    pub version: String,
    /// Networks of proxies whose `X-Forwarded-For` is believed. Empty: the header is ignored.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may call the API, exactly as browsers send them, e.g. `https://app.example.com`.
    pub cors_origins: Vec<String>,
    /// The pages for people, if there are any.
    pub pages: Option<Pages>,
    /// Whether `/docs`, `/redoc` and `/openapi.json` are served.
    pub docs: bool,
    /// Whether everything here is made up, so that the pages say so.
    pub is_demo: bool,
    /// Whether clients come by TLS, so that browsers are told to insist on it.
    pub tls: bool,
    /// Where time, ids and randomness come from.
    pub sources: Sources,
    /// How often clients may ask.
    pub rate_limits: RateLimits,
    /// Counts what clients have open; the listeners' own.
    pub admission: Arc<Admission>,
    /// How long bodies may take to come; `None`: as long as they like.
    pub bodies: Option<BodyDeadlines>,
    /// Whether answers are compressed for clients that can read that.
    pub compress: bool,
    /// The streams of events that are open; ended by whoever stops the program.
    pub streams: Arc<LiveStreams>,
    /// Whoever is told of every answer.
    pub observer: Option<Arc<dyn RequestObserver>>,
    /// Tells whether what the program depends on can be used.
    pub readiness: Arc<dyn Readiness>,
    /// Tells a repeated request from another one with the same idempotency key.
    pub fingerprints: Arc<dyn Fingerprints>,
}

impl ApiOptions {
    /// Options with nothing special: no proxies, no other origins, documentation served, no TLS, no
    /// limits.
    pub fn new(
        public_url: Url,
        version: impl Into<String>,
        sources: Sources,
        readiness: Arc<dyn Readiness>,
        fingerprints: Arc<dyn Fingerprints>,
    ) -> Self {
        Self {
            front_end: public_url.clone(),
            public_url,
            version: version.into(),
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            pages: None,
            docs: true,
            is_demo: false,
            tls: false,
            sources,
            rate_limits: RateLimits::off(),
            admission: Admission::new(ClientLimits::NONE),
            bodies: None,
            compress: true,
            streams: Arc::default(),
            observer: None,
            readiness,
            fingerprints,
        }
    }
}

impl fmt::Debug for ApiOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiOptions")
            .field("public_url", &self.public_url.as_str())
            .field("version", &self.version)
            .field("docs", &self.docs)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
