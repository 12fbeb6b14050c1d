//! Figures about the running program, as Prometheus reads them, on a listener of their own. No label names a person, an
//! account or anything else that there is one of for each: labels are routes, methods, institutions, kinds.

mod gather;
mod providers;
#[cfg(test)]
mod tests;

use std::{fmt, net::SocketAddr, net::TcpListener, sync::Arc, time::Duration};

use actix_web::{App, HttpResponse, web};
use anyhow::{Context, Result};
use dashtam_api::{RequestObserver, Serves};
use dashtam_domain::connections::Provider;
use prometheus_client::{
    encoding::{EncodeLabelSet, prometheus_text},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use gather::Gauges;
pub(crate) use gather::Sources;
use providers::{Answers, Watched};

use crate::settings::Settings;

/// The media type of the text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The labels of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: &'static str,
    status: u16,
}

/// The labels under which latencies are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requests {
    method: &'static str,
    route: &'static str,
}

/// Every figure that is shown.
pub(crate) struct Metrics {
    registry: Registry,
    answers: Family<Answer, Counter>,
    times: Family<Requests, Histogram, fn() -> Histogram>,
    institutions: Family<Answers, Counter>,
    gauges: Gauges,
}

impl Metrics {
    /// Makes the figures, with nothing counted yet.
    pub(crate) fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("dashtam");
        let answers = Family::default();
        registry.register("http_requests", "Requests answered", answers.clone());
        let times = Family::new_with_constructor(histogram as fn() -> Histogram);
        let about = "Time from the head of a request to the head of its answer";
        registry.register_with_unit("http_request_duration", about, Unit::Seconds, times.clone());
        let institutions = Family::default();
        let about = "What institutions were asked, and what came of it";
        registry.register("provider_requests", about, institutions.clone());
        let gauges = Gauges::register(&mut registry);
        Arc::new(Self { registry, answers, times, institutions, gauges })
    }

    /// Wraps the providers, so that their answers are counted.
    pub(crate) fn watch(&self, providers: Vec<Arc<dyn Provider>>) -> Vec<Arc<dyn Provider>> {
        let watched = providers.into_iter().map(|inner| Watched::new(inner, self.institutions.clone()));
        watched.map(|provider| Arc::new(provider) as Arc<dyn Provider>).collect()
    }

    /// All figures as text. Those that are not counted as things happen are looked up first.
    async fn text(&self, sources: &Sources) -> Result<String, fmt::Error> {
        self.gauges.look(sources).await;
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A histogram with buckets from a millisecond to sixteen seconds.
fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

impl RequestObserver for Metrics {
    fn answered(&self, method: &'static str, route: &'static str, status: u16, took: Duration) {
        self.answers.get_or_create(&Answer { method, route, status }).inc();
        self.times.get_or_create(&Requests { method, route }).observe(took.as_secs_f64());
    }
}

/// Opens the listener, if the settings name one.
pub(crate) fn bind(settings: &Settings) -> Result<Option<(TcpListener, SocketAddr)>> {
    let Some(address) = settings.metrics.address() else { return Ok(None) };
    let listener = TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {address}; choose another address with metrics.listen"))?;
    let address = listener.local_addr()?;
    Ok(Some((listener, address)))
}

/// The application that answers `GET /metrics`.
pub(crate) fn app(metrics: &Arc<Metrics>, sources: &Sources) -> App<impl Serves + use<>> {
    App::new()
        .app_data(web::Data::from(metrics.clone()))
        .app_data(web::Data::new(sources.clone()))
        .route("/metrics", web::get().to(scrape))
}

async fn scrape(metrics: web::Data<Metrics>, sources: web::Data<Sources>) -> HttpResponse {
    match metrics.text(&sources).await {
        Ok(text) => HttpResponse::Ok().content_type(TEXT).body(text),
        Err(fmt::Error) => {
            tracing::error!("the figures could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
