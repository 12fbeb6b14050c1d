//! Bodies: read up to a limit, after the caller is known.

use std::marker::PhantomData;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
};
use bytes::{Bytes, BytesMut};
use dashtam_application::Request;
use dashtam_domain::{call::Call, fault::FaultKind};
use futures_util::{FutureExt, Stream, StreamExt, future::LocalBoxFuture};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{
    call::identify,
    idempotency::once,
    known::{named, no_body, refuse_unknown_parameters},
    members,
    turn::caller_is_sought,
};
use crate::{door, problem::Problem};

/// Largest JSON body: 1 MiB.
const JSON_LIMIT: usize = 1 << 20;

/// A call of the use case `R` with a body; who may not call is told so before the body is read.
pub(crate) struct Asked<R, B> {
    call: Call,
    body: B,
    request: PhantomData<R>,
}

impl<R, B> Asked<R, B> {
    /// Gives the call and the body. With an idempotency key, a request that creates something takes effect once.
    pub(crate) fn into_parts(self) -> (Call, B) {
        (self.call, self.body)
    }
}

impl<R: Request, B: Body> FromRequest for Asked<R, B> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        caller_is_sought(&request);
        async move {
            let mut call = identify(&request, R::ACCESS).await?;
            refuse_unknown_parameters(&request)?;
            let bytes = read_limited(request.headers(), payload, JSON_LIMIT).await?;
            let body = B::read(request.headers(), &bytes)?;
            call.once = once(&request, &[&bytes])?;
            Ok(Self { call, body, request: PhantomData })
        }
        .boxed_local()
    }
}

/// A kind of body that an endpoint takes.
pub(crate) trait Body: Sized {
    /// Reads the body, or tells what is wrong with it.
    fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem>;
}

/// The endpoint takes no body.
impl Body for () {
    fn read(_: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem> {
        no_body(bytes)
    }
}

/// A JSON object, of which every member is known.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> Body for Json<T> {
    fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem> {
        check_media_type(headers)?;
        let object = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
        let parsed = if object { members::read(bytes) } else { other_json(bytes) };
        let (value, unknown) = parsed.map_err(|error| match error.classify() {
            serde_json::error::Category::Data => {
                Problem::field("body", "wrong_shape", "The body must be a JSON object with each field once.")
            }
            _ => {
                let place = format!("line {}, column {}", error.line(), error.column());
                let detail = format!("The body is not valid JSON ({place}).");
                Problem::new(FaultKind::Malformed, "malformed-json", detail)
            }
        })?;
        let unknown = named(unknown.into_iter(), "field", members::known::<T>());
        if unknown.is_empty() { Ok(Self(value)) } else { Err(Problem::invalid(unknown)) }
    }
}

/// The error for JSON that is no object: malformed, or of the wrong shape.
fn other_json<T>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice::<IgnoredAny>(bytes)?;
    Err(serde::de::Error::custom("not an object"))
}

/// The endpoint takes a JSON object that may be left out.
impl<T: DeserializeOwned> Body for Option<Json<T>> {
    fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.is_empty() { Ok(None) } else { Json::read(headers, bytes).map(Some) }
    }
}

/// Refuses what is not sent as JSON, or is sent compressed.
pub(crate) fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let suffixed = kind.starts_with("application/") && kind.ends_with("+json");
    if kind != "application/json" && !suffixed {
        let detail = "The body must be sent as application/json.";
        return Err(Problem::new(FaultKind::Unsupported, "unsupported-media-type", detail));
    }
    let plain = |value: &[u8]| value.is_empty() || value.eq_ignore_ascii_case(b"identity");
    if headers.get(CONTENT_ENCODING).is_some_and(|value| !plain(value.as_bytes())) {
        let detail = "The body must be sent without a content encoding.";
        return Err(Problem::new(FaultKind::Unsupported, "unsupported-content-encoding", detail));
    }
    Ok(())
}

/// Reads the whole body, if it is not larger than `limit`.
pub(crate) async fn read_limited<E: std::any::Any>(
    headers: &HeaderMap,
    mut payload: impl Stream<Item = Result<Bytes, E>> + Unpin,
    limit: usize,
) -> Result<Bytes, Problem> {
    let stated = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut body = BytesMut::with_capacity(stated.unwrap_or(0).min(limit));
    let mut size = 0usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken_off(&error))?;
        size = size.saturating_add(chunk.len());
        if size <= limit {
            body.extend_from_slice(&chunk);
        } else if size > limit.saturating_mul(4) {
            break;
        }
        // What is a little too large is read to its end: a client that still sends would not read the answer.
    }
    if size > limit { Err(Problem::too_large(limit)) } else { Ok(body.freeze()) }
}

/// The problem of a client that stopped in the middle of its body, or was too slow with it.
pub(crate) fn broken_off<E: std::any::Any>(error: &E) -> Problem {
    if door::is_timeout(error) {
        return Problem::too_slow();
    }
    Problem::new(FaultKind::Malformed, "malformed", "The body ended before it was complete.")
}
