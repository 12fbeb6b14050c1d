//! The outermost layer of every request: room for it, trace id, span, headers, problems, and one line in the access log.

mod room;

use std::{borrow::Cow, panic::AssertUnwindSafe, rc::Rc, time::Instant};

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::{
        Method, StatusCode, Uri,
        header::{CONTENT_TYPE, HeaderName, HeaderValue},
        uri::PathAndQuery,
    },
};
use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Ready, ready},
};
use tracing::{Instrument, Span};

use crate::{
    cookies::Renewal,
    door::UnderWay,
    endpoint::Target,
    headers,
    observer::name_of,
    options::ApiOptions,
    problem::{PROBLEM_JSON, Problem},
    rate_limits::Tally,
    represent::represent,
    trace::{TRACE_HEADER, TraceId},
};

/// What the layer needs of the options.
pub(crate) struct EdgeSettings {
    options: ApiOptions,
    /// Public address without a slash at its end.
    base: String,
}

/// The layer, to be put around an application.
pub(crate) struct Edge(Rc<EdgeSettings>);

impl Edge {
    pub(crate) fn new(options: &ApiOptions) -> Self {
        let base = options.public_url.as_str().trim_end_matches('/').to_owned();
        Self(Rc::new(EdgeSettings { options: options.clone(), base }))
    }
}

impl<S> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
    S::Future: 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = EdgeService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(EdgeService { service, settings: self.0.clone() }))
    }
}

/// The layer of one worker, around its routes.
pub(crate) struct EdgeService<S> {
    service: S,
    settings: Rc<EdgeSettings>,
}

/// What is remembered of one request while it is served.
struct Journey {
    settings: Rc<EdgeSettings>,
    trace: TraceId,
    /// The address as the client sent it.
    uri: Uri,
    method: Method,
    origin: Option<HeaderValue>,
    started: Instant,
    span: Span,
    /// Held until the answer is sent.
    under_way: UnderWay,
}

impl<S> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
    S::Future: 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let options = &self.settings.options;
        let trace = TraceId::incoming(request.headers())
            .unwrap_or_else(|| TraceId::fresh(options.sources.ids.next()));
        let span = tracing::info_span!("http.request", trace_id = trace.as_str());
        let mut journey = Journey {
            trace,
            uri: request.uri().clone(),
            method: request.method().clone(),
            origin: headers::allowed_origin(request.headers(), &options.cors_origins),
            started: Instant::now(),
            span: span.clone(),
            settings: self.settings.clone(),
            under_way: UnderWay::default(),
        };
        match room::enter(&request, options) {
            Ok(under_way) => journey.under_way = under_way,
            Err(problem) => {
                let mut response = journey.render(&problem);
                room::close(&mut response);
                return ready(Ok(journey.end(request.into_response(response)))).boxed_local();
            }
        }
        room::time_body(&mut request, options);
        if journey.origin.is_some() && headers::is_preflight(&journey.method, request.headers()) {
            let mut response = HttpResponse::NoContent().finish();
            headers::allow_requests(response.headers_mut());
            return ready(Ok(journey.end(request.into_response(response)))).boxed_local();
        }
        request.extensions_mut().insert(trace);
        trim_slash(&mut request);
        let served = AssertUnwindSafe(self.service.call(request)).catch_unwind().instrument(span);
        async move {
            match served.await {
                Ok(Ok(response)) => {
                    let compress = journey.settings.options.compress;
                    let response = journey.end(response);
                    let target = Target::of(response.request()).filter(|target| !target.holds_secrets());
                    let route = target.map(Target::template);
                    Ok(represent(route, compress, response).await)
                }
                Ok(Err(error)) => Err(journey.fail(Problem::of_status(
                    error.as_response_error().status_code(),
                    Some(error.to_string()),
                ))),
                Err(_) => Err(journey.fail(Problem::internal("the handler panicked"))),
            }
        }
        .boxed_local()
    }
}

impl Journey {
    /// Completes an answer and writes its line.
    fn end(mut self, response: ServiceResponse) -> ServiceResponse {
        let mut response = self.explain(response);
        let tally = response.request().extensions().get::<Tally>().copied();
        if let Some(tally) = tally {
            tally.dress(response.headers_mut());
        }
        let request = response.request().clone();
        Renewal::dress(&request, response.response_mut());
        self.dress(response.response_mut());
        let route = Target::of(response.request()).map_or("-", Target::template);
        self.log(route, response.status());
        room::leave(std::mem::take(&mut self.under_way), response)
    }

    /// An answer to a request that got lost on the way.
    fn fail(self, problem: Problem) -> Error {
        self.blame(&problem);
        self.log("-", problem.status());
        Failed { problem, journey: self }.into()
    }

    /// Gives every refusal and failure its problem, with path and trace id.
    fn explain(&self, response: ServiceResponse) -> ServiceResponse {
        let status = response.status();
        let error = response.response().error();
        if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
            self.blame(problem);
            let explained = self.render(problem);
            return response.into_response(explained);
        }
        let worded = response.headers().get(CONTENT_TYPE).is_some_and(|kind| {
            [PROBLEM_JSON, "application/json", "text/html"]
                .iter()
                .any(|known| kind.as_bytes().starts_with(known.as_bytes()))
        });
        if status.as_u16() < 400 || (worded && error.is_none()) {
            return response;
        }
        let problem = Problem::of_status(status, error.map(ToString::to_string));
        self.blame(&problem);
        let explained = self.render(&problem);
        response.into_response(explained)
    }

    fn render(&self, problem: &Problem) -> HttpResponse {
        problem.render(&self.settings.base, Some(&without_token(self.uri.path())), Some(self.trace.as_str()))
    }

    /// Writes one line for a failure on our side, with its causes.
    fn blame(&self, problem: &Problem) {
        if let Some(cause) = problem.cause() {
            let (code, status) = (problem.code(), problem.status().as_u16());
            tracing::error!(parent: &self.span, code, http.status = status, cause, "request failed");
        }
    }

    /// Puts the headers on that every answer has.
    fn dress(&self, response: &mut HttpResponse) {
        let options = &self.settings.options;
        let headers = response.headers_mut();
        headers::secure(headers, options.tls);
        if let Some(trace) = self.trace.header() {
            headers.insert(HeaderName::from_static(TRACE_HEADER), trace);
        }
        if !options.cors_origins.is_empty() {
            headers::vary_by_origin(headers);
            if let Some(origin) = &self.origin {
                headers::allow_origin(headers, origin.clone());
            }
        }
    }

    fn log(&self, route: &'static str, status: StatusCode) {
        let took = self.started.elapsed();
        if let Some(observer) = &self.settings.options.observer {
            observer.answered(name_of(&self.method), route, status.as_u16(), took);
        }
        tracing::info!(
            parent: &self.span,
            http.method = self.method.as_str(),
            http.route = route,
            http.status = status.as_u16(),
            duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    }
}

/// A request whose answer was lost: it is rendered without the routes' help.
struct Failed {
    problem: Problem,
    journey: Journey,
}

impl std::fmt::Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.problem, f)
    }
}

impl ResponseError for Failed {
    fn status_code(&self) -> StatusCode {
        self.problem.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.journey.render(&self.problem);
        self.journey.dress(&mut response);
        response
    }
}

/// The path without a mailed token: a problem is read by more eyes than the request was.
fn without_token(path: &str) -> Cow<'_, str> {
    const TOKENS: &str = "/api/v1/password-resets/";
    match path.strip_prefix(TOKENS) {
        Some(token) if !token.is_empty() => Cow::Owned(format!("{TOKENS}{{token}}")),
        _ => Cow::Borrowed(path),
    }
}

/// Paths answer with and without a slash at their end, without a redirect.
fn trim_slash(request: &mut ServiceRequest) {
    let path = request.path();
    if path.len() < 2 || !path.ends_with('/') {
        return;
    }
    let trimmed = path.trim_end_matches('/');
    let target = match (trimmed, request.uri().query()) {
        ("", _) => return,
        (path, Some(query)) => format!("{path}?{query}"),
        (path, None) => path.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    let Ok(target) = PathAndQuery::try_from(target) else { return };
    parts.path_and_query = Some(target);
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}
