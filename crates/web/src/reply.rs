//! Answers to browsers: pages with their policy, and the ways onward.

use actix_web::{
    HttpResponse,
    cookie::Cookie,
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, REFERRER_POLICY, VARY},
    },
};
use askama::Template;
use dashtam_api::Problem;

/// What a page may load and where its forms may go: nothing but what is ours, and no script or style inside the page.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types dashtam";

/// What a page answers with.
pub(crate) type Outcome = Result<Reply, Problem>;

/// An answer to a browser.
pub(crate) struct Reply {
    status: StatusCode,
    to: Option<String>,
    html: String,
    cookies: Vec<Cookie<'static>>,
}

impl Reply {
    /// A page.
    pub(crate) fn page(template: &impl Template) -> Outcome {
        let html = template.render().map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Self { status: StatusCode::OK, to: None, html, cookies: Vec::new() })
    }

    /// The way onward after a form: to be looked at, so that going back or reloading sends nothing again.
    pub(crate) fn to(place: impl Into<String>) -> Self {
        Self {
            status: StatusCode::SEE_OTHER,
            to: Some(place.into()),
            html: String::new(),
            cookies: Vec::new(),
        }
    }

    /// The same with another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same with cookies to keep.
    pub(crate) fn with_cookies(mut self, cookies: impl IntoIterator<Item = Cookie<'static>>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    /// The answer as it is sent.
    pub(crate) fn into_response(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response
            .insert_header((CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")))
            .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)))
            // Where browsers send no fetch metadata, the origin of a form tells whose it is; without a referrer it would
            // be `null`.
            .insert_header((REFERRER_POLICY, HeaderValue::from_static("same-origin")))
            .insert_header((VARY, HeaderValue::from_static("Accept, Cookie")));
        for cookie in self.cookies {
            response.cookie(cookie);
        }
        if let Some(place) = self.to {
            response.insert_header((LOCATION, place));
        }
        response.body(self.html)
    }
}
