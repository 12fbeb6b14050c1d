//! Ids and words in paths.

use std::str::FromStr;

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::turn::InTurn;
use crate::problem::Problem;

/// A word that a path may end with.
pub(crate) trait PathWord: Sized {
    /// The word with this spelling.
    fn parse(text: &str) -> Option<Self>;
}

/// The word that is the last parameter of the path.
pub(crate) struct Word<T>(pub(crate) T);

impl<T: PathWord> FromRequest for Word<T> {
    type Error = Problem;
    type Future = InTurn<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = match request.match_info().iter().last() {
            Some((field, text)) => T::parse(text).map(Self).ok_or_else(|| {
                Problem::field(field, "unknown", "This part of the path must be a known word.")
            }),
            None => Err(Problem::internal("the route has no parameter")),
        };
        InTurn::new(request, read)
    }
}

/// The first id in the path.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr> FromRequest for Id<T> {
    type Error = Problem;
    type Future = InTurn<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = match request.match_info().iter().next() {
            Some((field, text)) => text
                .parse()
                .map(Self)
                .map_err(|_| Problem::field(field, "uuid", "This part of the path must be a UUID.")),
            None => Err(Problem::internal("the route has no parameter")),
        };
        InTurn::new(request, read)
    }
}

/// The first two ids in the path.
pub(crate) struct Ids<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr, B: FromStr> FromRequest for Ids<A, B> {
    type Error = Problem;
    type Future = InTurn<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut ids = request.match_info().iter();
        let read = match (ids.next(), ids.next()) {
            (Some((first, one)), Some((second, other))) => {
                let broken =
                    |field: &str| Problem::field(field, "uuid", "This part of the path must be a UUID.");
                let one = one.parse().map_err(|_| broken(first));
                one.and_then(|one| Ok(Self(one, other.parse().map_err(|_| broken(second))?)))
            }
            _ => Err(Problem::internal("the route has no two parameters")),
        };
        InTurn::new(request, read)
    }
}
