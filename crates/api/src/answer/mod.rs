//! The answer of a use case: what is sent, and what is kept for a repeated request, from one value.

mod list;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    cookie::Cookie,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LOCATION, RETRY_AFTER},
    },
};
use chrono::TimeDelta;
use dashtam_domain::{delivery::idempotency::StoredAnswer, time::Timestamp};
use serde::Serialize;

use crate::{problem::Problem, represent::tag, views::seconds_left};

pub(crate) use list::{List, cut, list, page_of};

/// What handlers answer with.
pub(crate) type Answered = Result<Answer, Problem>;

/// A JSON answer.
pub(crate) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    location: Option<String>,
    /// How long anybody may keep the answer.
    public_for: Option<TimeDelta>,
    /// Whether a client that has this very answer need not be sent it again.
    tagged: bool,
    cookies: Vec<Cookie<'static>>,
    /// In how many seconds it is worth while to ask again.
    again_in: Option<i64>,
    /// Whether the browser shall forget everything it keeps of us.
    forget: bool,
}

impl Answer {
    /// Answers with this view and this status.
    pub(crate) fn new(status: StatusCode, view: &impl Serialize) -> Self {
        let mut body = Vec::with_capacity(512);
        if let Err(error) = serde_json::to_writer(&mut body, view) {
            // Views hold strings, numbers and lists only: there is nothing that could fail.
            tracing::error!(%error, "a view could not be serialised");
        }
        Self { status, ..Self::written(body) }
    }

    /// Answers with this view and 200.
    pub(crate) fn ok(view: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, view)
    }

    /// Answers with JSON that is ready, and 200.
    pub(crate) fn written(body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            location: None,
            public_for: None,
            tagged: false,
            cookies: Vec::new(),
            again_in: None,
            forget: false,
        }
    }

    /// Names where the new thing is.
    #[must_use]
    pub(crate) fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Lets anybody keep the answer for this long.
    #[must_use]
    pub(crate) fn public(mut self, time: TimeDelta) -> Self {
        self.public_for = Some(time);
        self
    }

    /// Does not send the answer again to a client that has this very one.
    #[must_use]
    pub(crate) fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }

    /// Says in `Retry-After` when it is worth while to ask again: at `next`, seen from `now`.
    #[must_use]
    pub(crate) fn again_at(mut self, next: Timestamp, now: Timestamp) -> Self {
        // Rounded up: whoever waits so long has waited long enough.
        self.again_in = Some(seconds_left(next.plus(TimeDelta::milliseconds(999)), now).max(1));
        self
    }

    /// Gives the client cookies.
    #[must_use]
    pub(crate) fn with_cookies(mut self, cookies: impl IntoIterator<Item = Cookie<'static>>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    /// Has the browser forget everything it keeps of us.
    #[must_use]
    pub(crate) fn forgetting(mut self) -> Self {
        self.forget = true;
        self
    }

    /// What is kept for a repeated request to get.
    pub(crate) fn to_stored(&self) -> StoredAnswer {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        StoredAnswer { status: self.status.as_u16(), body }
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        for cookie in self.cookies {
            response.cookie(cookie);
        }
        if self.forget {
            response.insert_header(("clear-site-data", "\"cookies\", \"storage\""));
        }
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        if let Some(seconds) = self.again_in {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some(time) = self.public_for {
            response.insert_header((CACHE_CONTROL, format!("public, max-age={}", time.num_seconds())));
        }
        if self.tagged {
            response.insert_header((ETAG, tag(&self.body)));
        }
        response.body(self.body)
    }
}
