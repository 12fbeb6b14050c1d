//! What stands for the request where a handler asks for nothing of it.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::{FutureExt, future::LocalBoxFuture};

use super::{
    EdgeData, client_address, data,
    known::{refuse_unknown, unwanted},
};
use crate::{edge::is_reserved, problem::Problem, rate_limits::Limiting};

/// The request may go on, and has nothing in it.
pub(crate) struct Limited;

impl FromRequest for Limited {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let unwanted = unwanted(&request, payload);
        async move {
            if is_reserved(&request) {
                return Err(Problem::crowded());
            }
            let edge = data::<EdgeData>(&request)?;
            let address = client_address(&request, &edge.options.trusted_proxies);
            if let Some(limits) = Limiting::of(&request, edge, address, edge.options.sources.clock.now()) {
                limits.before(true).await?;
            }
            refuse_unknown(&request, unwanted).await?;
            Ok(Self)
        }
        .boxed_local()
    }
}

/// A request without limits that has nothing in it.
pub(crate) struct Plain;

impl FromRequest for Plain {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let unwanted = unwanted(&request, payload);
        async move { refuse_unknown(&request, unwanted).await.map(|()| Self) }.boxed_local()
    }
}
