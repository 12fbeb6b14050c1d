//! Requests that came by the last of the room.

use actix_web::{HttpMessage, HttpRequest, dev::ServiceRequest};

/// Marks a request that came by the last of the room, which is for those who are signed in.
struct Reserved;

/// Notes that only a good credential gets this request on.
pub(crate) fn reserve(request: &ServiceRequest) {
    request.extensions_mut().insert(Reserved);
}

/// Whether only a good credential gets this request on.
pub(crate) fn is_reserved(request: &HttpRequest) -> bool {
    request.extensions().contains::<Reserved>()
}
