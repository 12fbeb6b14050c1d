//! One endpoint, told in one place: the file of its handler. Routing, `Allow`, the OpenAPI document, the limits and what
//! a request may hold all follow from it.

mod input;
mod table;
mod target;

use actix_web::Route;
use dashtam_domain::access::Access;
use utoipa::openapi::{
    OpenApi,
    path::{Operation, PathItem},
    security::SecurityRequirement,
};

use crate::rate_limits::Rule;

pub(crate) use input::Input;
#[cfg(test)]
pub(crate) use table::Served;
pub(crate) use table::Table;
pub(crate) use target::{Target, form_page, get, page};

/// A method of a path. The macro [`endpoint!`] makes it.
pub(crate) struct Endpoint {
    /// The name of the operation: that of its use case, unless two endpoints share one.
    pub(crate) name: &'static str,
    /// Who may call it.
    pub(crate) access: Access,
    /// The limits on it. Each of them must let a request through; an endpoint with none has no limit at all.
    pub(crate) limits: &'static [Rule],
    /// What the handler's attribute tells: method, path, parameters, body and answers.
    pub(crate) told: fn() -> OpenApi,
    /// Gives a route its handler.
    pub(crate) handled: fn(Route) -> Route,
}

impl Endpoint {
    /// An OpenAPI document that has this endpoint and nothing else.
    pub(crate) fn document(&self) -> OpenApi {
        let mut document = (self.told)();
        for (_, operation) in document.paths.paths.values_mut().flat_map(operations) {
            operation.operation_id = Some(self.name.to_owned());
            if self.access == Access::Public {
                operation.security = Some(vec![SecurityRequirement::default()]);
            }
        }
        document
    }
}

/// The operations of a path, each with its method.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, patch, put, delete, .. } = item;
    [("GET", get), ("POST", post), ("PATCH", patch), ("PUT", put), ("DELETE", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Declares the endpoint of a file, whose function `handle` tells method, path, body and answers by its attribute
/// `utoipa::path`.
///
/// `endpoint!(UseCase)` has the name and the access rule of a use case, and the limit that everything has;
/// `endpoint!(UseCase as "name", limits: [Login])` has a name and limits of its own;
/// `endpoint!(public "name")` is for everybody and asks no use case.
macro_rules! endpoint {
    (@declare $name:expr, $access:expr, [$($rule:ident),*]) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(paths(handle))]
        struct Told;

        pub(super) const ENDPOINT: crate::endpoint::Endpoint = crate::endpoint::Endpoint {
            name: $name,
            access: $access,
            limits: &[$(crate::rate_limits::Rule::$rule),*],
            told: <Told as utoipa::OpenApi>::openapi,
            handled: |route| route.to(handle),
        };
    };
    (@declare $name:expr, $access:expr) => {
        $crate::endpoint::endpoint!(@declare $name, $access, [Default]);
    };
    (public $name:literal $(, limits: $rules:tt)?) => {
        $crate::endpoint::endpoint!(@declare $name, dashtam_domain::access::Access::Public $(, $rules)?);
    };
    ($request:ty as $name:literal $(, limits: $rules:tt)?) => {
        $crate::endpoint::endpoint!(
            @declare $name, <$request as dashtam_application::Request>::ACCESS $(, $rules)?
        );
    };
    ($request:ty $(, limits: $rules:tt)?) => {
        $crate::endpoint::endpoint!(
            @declare <$request as dashtam_application::Request>::NAME,
            <$request as dashtam_application::Request>::ACCESS $(, $rules)?
        );
    };
}
pub(crate) use endpoint;
