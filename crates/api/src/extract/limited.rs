//! The limits of a public route whose handler asks for nothing else of the request.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::{FutureExt, future::LocalBoxFuture};

use super::{EdgeData, client_address, data};
use crate::{problem::Problem, rate_limits::Limiting};

/// The request may go on.
pub(crate) struct Limited;

impl FromRequest for Limited {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let edge = data::<EdgeData>(&request)?;
            let address = client_address(&request, &edge.options.trusted_proxies);
            if let Some(limits) = Limiting::of(&request, edge, address, edge.options.sources.clock.now()) {
                limits.before(true).await?;
            }
            Ok(Self)
        }
        .boxed_local()
    }
}
