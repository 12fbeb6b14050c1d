//! The name and the access rule of every use case, in one place for every edge.

use dashtam_domain::{
    access::{Access, AccessDenied},
    call::{Call, Principal},
};

/// What somebody asks of a use case.
pub trait Request {
    /// Stable name: spans, metrics and OpenAPI operation ids.
    const NAME: &'static str;
    /// Who may ask.
    const ACCESS: Access;
}

/// The caller, if the request's rule lets it pass. The owner's id comes only from here, so that a use case
/// that forgets to ask has no id to work with.
pub fn authorize<R: Request>(call: &Call) -> Result<&Principal, AccessDenied> {
    call.permits(R::ACCESS)?;
    call.principal()
}

/// Declares a request's name and rule.
macro_rules! request {
    ($type:ty, $name:literal, $access:expr) => {
        impl crate::Request for $type {
            const NAME: &'static str = $name;
            const ACCESS: dashtam_domain::access::Access = $access;
        }
    };
}
pub(crate) use request;
