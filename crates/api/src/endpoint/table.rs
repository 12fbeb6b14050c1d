//! The table of routes, made from the endpoints.

use actix_web::web::{self, ServiceConfig};
use dashtam_domain::access::Access;

use super::{Endpoint, Input, Target, operations, target};
use crate::{problem::Problem, rate_limits::Rule};

/// All resources, in the order in which they are tried.
pub(crate) struct Table(Vec<Resource>);

/// What stands at one path.
pub(crate) struct Resource {
    /// The template of the path.
    pub(crate) path: String,
    /// Its methods as `Allow` lists them. Where there is GET, there is HEAD.
    allow: String,
    /// The endpoints, one for each method.
    pub(crate) endpoints: Vec<Served>,
}

/// An endpoint, with what its document tells read once.
pub(crate) struct Served {
    /// Its method.
    pub(crate) method: &'static str,
    /// Who may call it.
    pub(crate) access: Access,
    /// The limits on it.
    pub(crate) limits: &'static [Rule],
    /// What it takes.
    pub(crate) input: Input,
    handled: fn(actix_web::Route) -> actix_web::Route,
}

impl Table {
    /// Puts endpoints at their paths.
    pub(crate) fn of<'a>(endpoints: impl Iterator<Item = &'a Endpoint>) -> Self {
        let mut resources: Vec<Resource> = Vec::new();
        for endpoint in endpoints {
            for (path, mut item) in endpoint.document().paths.paths {
                let served = operations(&mut item).map(|(method, operation)| Served {
                    method,
                    access: endpoint.access,
                    limits: endpoint.limits,
                    input: Input::of(operation),
                    handled: endpoint.handled,
                });
                let place = match resources.iter().position(|resource| resource.path == path) {
                    Some(place) => place,
                    None => {
                        resources.push(Resource { path, allow: String::new(), endpoints: Vec::new() });
                        resources.len() - 1
                    }
                };
                resources[place].endpoints.extend(served);
            }
        }
        for resource in &mut resources {
            resource.endpoints.sort_by_key(|served| target::place_of(served.method));
            let names = resource.endpoints.iter().map(|served| match served.method {
                "GET" => "GET, HEAD",
                other => other,
            });
            resource.allow = names.collect::<Vec<_>>().join(", ");
        }
        resources.sort_by(|one, other| order(&one.path).cmp(order(&other.path)));
        Self(resources)
    }

    /// Registers every endpoint.
    pub(crate) fn configure(&'static self, config: &mut ServiceConfig) {
        for resource in &self.0 {
            let target = Target::endpoints(&resource.path, &resource.endpoints);
            let allow = resource.allow.as_str();
            let routes = resource.endpoints.iter();
            let routes = routes.map(|served| (served.handled)(target::on(served.method)));
            config.service(routes.fold(
                web::resource(target::without_slash(&resource.path)).app_data(target).default_service(
                    web::to(move || async move {
                        Err::<actix_web::HttpResponse, Problem>(Problem::method_not_allowed(allow))
                    }),
                ),
                actix_web::Resource::route,
            ));
        }
    }
}

/// Literal segments stand before parameters in the same place: otherwise they would never be reached.
fn order(path: &str) -> impl Iterator<Item = (bool, &str)> {
    path.split('/').map(|segment| (segment.starts_with('{'), segment))
}

#[cfg(test)]
impl Table {
    /// The resources, in the order in which they are tried.
    pub(crate) fn resources(&self) -> &[Resource] {
        &self.0
    }
}
