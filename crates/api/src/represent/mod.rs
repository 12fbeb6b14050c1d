//! How an answer is sent: compressed if its client can read that and it holds nothing secret, and not at all if the
//! client has it already.

mod coding;
mod tag;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::{
        Method, StatusCode,
        header::{
            ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
            SET_COOKIE, VARY,
        },
    },
    web::{self, Bytes},
};

pub(crate) use tag::{constant_tag, tag};

use coding::{Coding, Effort};

/// What is smaller is sent as it is: its head would be most of it.
const WORTH_IT: usize = 1024;
/// What is larger is compressed on a thread that nobody else's requests wait for.
const HEAVY: usize = 32 * 1024;
/// Most compressed documents that are kept. There are as many as there are constant documents, in two codings each.
const KEPT: usize = 128;

/// Where answers may hold secrets: tokens, keys, codes. How well a text is compressed tells something about it to whoever
/// can put guesses beside it and see the length (BREACH), so these are never compressed.
const SECRETIVE: [&str; 4] =
    ["/api/v1/auth", "/api/v1/password-resets", "/api/v1/token-rotation", "/api/v1/admin"];

/// Prepares an answer of this route. `None` stands for a route nobody knows, which has nothing worth it.
pub(crate) async fn represent(
    route: Option<&str>,
    compress: bool,
    response: ServiceResponse,
) -> ServiceResponse {
    if !is_representable(route, &response) {
        return response;
    }
    let asked = response.request().headers();
    let coding = match response.response().body().size() {
        BodySize::Sized(size) if compress && size >= WORTH_IT as u64 => {
            Coding::of(asked.get_all(ACCEPT_ENCODING))
        }
        _ => None,
    };
    let tag = response.headers().get(ETAG).map(|plain| tag::of_coding(plain, coding));
    let known = tag.as_ref().is_some_and(|tag| tag::is_known(asked, tag));
    let reads = matches!(*response.request().method(), Method::GET | Method::HEAD);
    let mut response = response;
    vary(response.headers_mut());
    if let Some(tag) = &tag {
        response.headers_mut().insert(ETAG, tag.clone());
    }
    if known && reads && response.status() == StatusCode::OK {
        return unchanged(response);
    }
    match coding {
        Some(coding) => compressed(response, coding, tag).await,
        None => response,
    }
}

/// Whether there may be more than one way to send this.
fn is_representable(route: Option<&str>, response: &ServiceResponse) -> bool {
    let headers = response.headers();
    let open = route.is_some_and(|route| !SECRETIVE.iter().any(|root| route.starts_with(root)));
    let plain = !headers.contains_key(CONTENT_ENCODING) && !headers.contains_key(SET_COOKIE);
    let large = matches!(response.response().body().size(), BodySize::Sized(size) if size >= WORTH_IT as u64);
    open && plain && is_text(headers) && (large || headers.contains_key(ETAG))
}

/// Pictures and the like are compressed already.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || ["application/json", "application/problem+json", "application/javascript", "image/svg+xml"]
            .contains(&kind)
}

fn vary(headers: &mut HeaderMap) {
    headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
}

/// The client has it: the answer without its body.
fn unchanged(response: ServiceResponse) -> ServiceResponse {
    response.map_body(|head, _| {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(CONTENT_TYPE);
        head.headers.remove(CONTENT_LENGTH);
        BoxBody::new(())
    })
}

async fn compressed(response: ServiceResponse, coding: Coding, tag: Option<HeaderValue>) -> ServiceResponse {
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    // Only a body that is written bit by bit is no bytes: a large file, which is sent as it is.
    let bytes = match body.try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => return ServiceResponse::new(request, response.set_body(body)),
    };
    let mut response: HttpResponse = match squeeze(bytes.clone(), coding, tag).await {
        Some(small) => {
            let mut response = response.set_body(BoxBody::new(small));
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            response
        }
        None => response.set_body(BoxBody::new(bytes)),
    };
    response.headers_mut().remove(CONTENT_LENGTH);
    ServiceResponse::new(request, response)
}

/// The smaller bytes. A document with a tag is the same for everybody, so that it is compressed once, and well.
async fn squeeze(bytes: Bytes, coding: Coding, tag: Option<HeaderValue>) -> Option<Bytes> {
    static DONE: LazyLock<Mutex<HashMap<HeaderValue, Bytes>>> = LazyLock::new(Mutex::default);
    let done = || DONE.lock().unwrap_or_else(PoisonError::into_inner);
    let known = tag.as_ref().and_then(|tag| done().get(tag).cloned());
    if known.is_some() {
        return known;
    }
    let effort = if tag.is_some() { Effort::Once } else { Effort::EachTime };
    let small: Bytes = if bytes.len() < HEAVY {
        coding.compress(&bytes, effort)?.into()
    } else {
        web::block(move || coding.compress(&bytes, effort)).await.ok().flatten()?.into()
    };
    if let Some(tag) = tag {
        let mut done = done();
        if done.len() < KEPT {
            done.insert(tag, small.clone());
        }
    }
    Some(small)
}
