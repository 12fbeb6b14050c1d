//! Institutions that answer badly, on purpose or not, and one suite that shows them to an adapter.
//!
//! An adapter's test says what a good institution answers to which request and how to ask it for everything; the
//! suite breaks one answer after the other and looks at what comes of it: an end within bounds, an error that says
//! what to do about it, and nowhere a secret.

mod cases;
mod server;
mod values;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use dashtam_domain::connections::{ProviderError, TransactionPage};
use url::Url;

pub use cases::{Case, Expect};
pub use server::{Answer, Route};
use server::{Elsewhere, Server};

/// Stands in bodies where an institution might put anything. It may become data, and must never be part of an
/// error, a reason or a log.
pub const MARK: &str = "planted-7f3a91";
/// So long at most may one question take, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(40);
/// More than this is not taken off one body without end: the bound of the client and what the sockets hold.
const MOST_SENT: usize = 16 << 20;

/// What came of one question.
#[derive(Debug)]
pub struct Asked {
    /// The data as `Debug` prints it, or the error.
    pub result: Result<String, ProviderError>,
    /// What would be told to people besides: reasons of refused rows, gaps.
    pub told: Vec<String>,
}

impl Asked {
    /// Of a question whose data say nothing else.
    pub fn of<T: std::fmt::Debug>(result: Result<T, ProviderError>) -> Self {
        Self { result: result.map(|data| format!("{data:?}")), told: Vec::new() }
    }

    /// Of a question for transactions, with the reasons of the rows that were refused.
    pub fn of_page(page: Result<TransactionPage, ProviderError>) -> Self {
        let refused = page.as_ref().map(|page| page.refused.as_slice()).unwrap_or_default();
        let told = refused.iter().map(|row| row.reason.clone()).collect();
        Self { told, ..Self::of(page) }
    }
}

/// An adapter under test.
#[async_trait]
pub trait Target: Sync {
    /// What a good institution answers.
    fn routes(&self) -> Vec<Route>;
    /// Asks the institution at this address for all that needs the route of this name.
    async fn ask(&self, base: &Url, route: &str) -> Vec<Asked>;
    /// What must be seen nowhere: keys, tokens, account numbers.
    fn secrets(&self) -> Vec<String>;
    /// All that was logged since the last time, at every level.
    fn take_log(&self) -> String;
}

/// Shows the adapter every bad answer there is, to every request it makes.
pub async fn survives_bad_answers(target: &dyn Target) {
    let routes = target.routes();
    good_answers_are_read(target, &routes).await;
    let elsewhere = Elsewhere::start().await;
    let mut slow = Vec::new();
    for route in &routes {
        let cases = cases::table(route, &elsewhere.url);
        let (waits, quick): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.slow);
        for case in &quick {
            check(target, &routes, route, case).await;
        }
        slow.extend(waits.into_iter().map(|case| (route, case)));
    }
    // Slow ones wait side by side, those of all routes.
    let mut waiting: Vec<_> =
        slow.iter().map(|(route, case)| Box::pin(check(target, &routes, route, case))).collect();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|case| case.as_mut().poll(context).is_pending());
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!(elsewhere.connections(), 0, "nobody is sent elsewhere");
}

/// Shows the adapter good answers in which one value is not what it should be: every value, and everything it
/// could be instead. How many answers that were.
pub async fn survives_bad_values(target: &dyn Target) -> usize {
    let routes = target.routes();
    let mut shown = 0;
    for route in routes.iter().filter(|route| route.is_json()) {
        for (what, body) in values::twisted(&route.body) {
            let answer = Answer::whole(200, body.into_bytes());
            let server = Server::start(&routes, route.name, answer).await;
            let started = Instant::now();
            let asked = target.ask(&server.url, route.name).await;
            let place = format!("{}: {what}", route.name);
            assert!(started.elapsed() < PATIENCE, "{place} took {:?}", started.elapsed());
            hides(target, &asked, &place);
            shown += 1;
        }
    }
    shown
}

async fn good_answers_are_read(target: &dyn Target, routes: &[Route]) {
    for route in routes {
        let server = Server::start(routes, route.name, Answer::good(route)).await;
        let asked = target.ask(&server.url, route.name).await;
        assert!(!asked.is_empty(), "{} is asked for", route.name);
        for one in &asked {
            assert!(one.result.is_ok(), "{}: a good answer was not read: {one:?}", route.name);
        }
        assert!(server.hits() > 0, "{} was not asked for", route.name);
        hides(target, &asked, route.name);
    }
}

async fn check(target: &dyn Target, routes: &[Route], route: &Route, case: &Case) {
    let server = Server::start(routes, route.name, case.answer.clone()).await;
    let started = Instant::now();
    let asked = target.ask(&server.url, route.name).await;
    let place = format!("{}: {}", route.name, case.name);
    assert!(started.elapsed() < PATIENCE, "{place} took {:?}", started.elapsed());
    let (hits, sent) = (server.hits(), server.sent());
    assert!(hits > 0, "{place}: was not asked for");
    assert!(sent < hits * MOST_SENT, "{place}: {sent} bytes of {hits} answers were taken");
    for one in &asked {
        let fine = case.expect.allows(&one.result) || (route.optional && one.result.is_ok());
        assert!(fine, "{place}: {:?} was expected, not {one:?}", case.expect);
    }
    hides(target, &asked, &place);
}

/// Nothing that must stay hidden is in what came of it, nor in the log.
fn hides(target: &dyn Target, asked: &[Asked], place: &str) {
    let mut told = target.take_log();
    let mut data = String::new();
    for one in asked {
        match &one.result {
            Ok(read) => data += read,
            Err(error) => told += &format!("{error} {error:?}"),
        }
        told += &one.told.join(" ");
    }
    assert!(!told.contains(MARK), "{place}: the institution's words are repeated: {told}");
    for secret in target.secrets() {
        assert!(!told.contains(&secret), "{place}: {secret} is told: {told}");
        assert!(!data.contains(&secret), "{place}: {secret} is printed: {data}");
    }
}
