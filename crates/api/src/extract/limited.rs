//! What stands for the request where a handler asks for nothing of it.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::{FutureExt, future::LocalBoxFuture};

use super::{
    known::{refuse_unknown, unwanted},
    limiting::Limiting,
};
use crate::{client::client_address, door::is_reserved, options::ApiOptions, problem::Problem, state::state};

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
            let options = state::<ApiOptions>(&request)?;
            let address = client_address(&request, &options.trusted_proxies);
            if let Some(limits) = Limiting::of(&request, options, address, options.sources.clock.now()) {
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
