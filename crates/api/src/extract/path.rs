//! Ids in paths.

use std::str::FromStr;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::{Ready, ready};

use crate::problem::Problem;

/// The id in the path. Our routes have at most one.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr> FromRequest for Id<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.match_info().iter().next() {
            Some((field, text)) => text
                .parse()
                .map(Self)
                .map_err(|_| Problem::field(field, "uuid", "This part of the path must be a UUID.")),
            None => Err(Problem::internal("the route has no parameter")),
        })
    }
}
