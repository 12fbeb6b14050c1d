//! Who wants to know of every answer.

use std::time::Duration;

use actix_web::http::Method;

/// Is told of every answer. Nothing it is told names a user, an account or another single thing.
pub trait RequestObserver: Send + Sync {
    /// A request was answered: its method, the template of the route that answered (`-` for none), the status, and the
    /// time from the head of the request to the head of the answer.
    fn answered(&self, method: &'static str, route: &'static str, status: u16, took: Duration);
}

/// The name of a method; those that nothing answers to have one name together, or clients could make names without end.
pub(crate) fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
