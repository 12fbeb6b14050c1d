//! What a request is for: kept with every resource, for the log, the limits and the check of what a request holds.

use actix_web::{HttpRequest, HttpResponse, Resource, Route, guard, http::Method, web};
use dashtam_domain::access::Access;

use super::{Input, table::Served};
use crate::{problem::Problem, rate_limits::Rule};

/// The resource at the path of a request.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    /// For the log: paths themselves hold ids and tokens.
    template: &'static str,
    methods: Methods,
}

#[derive(Clone, Copy)]
enum Methods {
    /// Endpoints of the document.
    Endpoints(&'static [Served]),
    /// A page, which is looked at and takes whatever comes.
    Page(&'static [Rule]),
    /// A page of another crate, which is looked at and takes forms, each with its limits.
    Form { looked_at: &'static [Rule], sent: &'static [Rule] },
}

impl Target {
    pub(super) fn endpoints(template: &'static str, endpoints: &'static [Served]) -> Self {
        Self { template, methods: Methods::Endpoints(endpoints) }
    }

    /// Finds the target of a request, if anything is at its path.
    pub(crate) fn of(request: &HttpRequest) -> Option<&Self> {
        request.app_data()
    }

    /// Tells the template of its path.
    pub(crate) fn template(&self) -> &'static str {
        self.template
    }

    /// The limits on requests of this method, with the name the method has in the record of refusals. `HEAD` has those
    /// of `GET`.
    pub(crate) fn limits(&self, method: &Method) -> Option<(&'static str, &'static [Rule])> {
        match self.methods {
            Methods::Endpoints(_) => self.served(method).map(|served| (served.method, served.limits)),
            Methods::Page(rules) => Some(("GET", rules)),
            Methods::Form { sent, .. } if *method == Method::POST => Some(("POST", sent)),
            Methods::Form { looked_at, .. } => Some(("GET", looked_at)),
        }
    }

    /// What requests of this method may hold; `None` where whatever comes is taken.
    pub(crate) fn input(&self, method: &Method) -> Option<&'static Input> {
        self.served(method).map(|served| &served.input)
    }

    /// Who may send requests of this method, as the endpoint says.
    pub(crate) fn access(&self, method: &Method) -> Option<Access> {
        self.served(method).map(|served| served.access)
    }

    /// Whether its answers hold what nobody may guess, such as the proof that a form is sent by.
    pub(crate) fn holds_secrets(&self) -> bool {
        matches!(self.methods, Methods::Form { .. })
    }

    fn served(&self, method: &Method) -> Option<&'static Served> {
        let Methods::Endpoints(endpoints) = self.methods else { return None };
        let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
        endpoints.iter().find(|served| served.method == method)
    }
}

/// Puts a page at this path, with these limits on looking at it. `template` is its name in the log.
pub(crate) fn page(path: &'static str, template: &'static str, limits: &'static [Rule]) -> Resource {
    web::resource(path).app_data(Target { template, methods: Methods::Page(limits) }).default_service(
        web::to(|| async { Err::<HttpResponse, Problem>(Problem::method_not_allowed("GET, HEAD")) }),
    )
}

/// Puts a page with forms at this path, with these limits on looking at it and on sending a form.
pub(crate) fn form_page(
    path: &'static str,
    looked_at: &'static [Rule],
    sent: &'static [Rule],
    allow: &'static str,
) -> Resource {
    let methods = Methods::Form { looked_at, sent };
    web::resource(path).app_data(Target { template: path, methods }).default_service(web::to(
        move || async move { Err::<HttpResponse, Problem>(Problem::method_not_allowed(allow)) },
    ))
}

/// Makes a route for whoever looks. Where there is GET, there is HEAD.
pub(crate) fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// The methods a resource may have, in the order in which `Allow` lists them.
const METHODS: [(&str, Method); 5] = [
    ("GET", Method::GET),
    ("POST", Method::POST),
    ("PATCH", Method::PATCH),
    ("PUT", Method::PUT),
    ("DELETE", Method::DELETE),
];

pub(super) fn place_of(method: &str) -> usize {
    METHODS.iter().position(|(name, _)| *name == method).unwrap_or(METHODS.len())
}

/// Makes a route for this method.
pub(super) fn on(method: &'static str) -> Route {
    match METHODS.into_iter().find(|(name, _)| *name == method) {
        Some((_, Method::GET)) | None => get(),
        Some((_, method)) => web::method(method),
    }
}

/// The path as it is matched: requests lose the slash at their end before.
pub(super) fn without_slash(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}
