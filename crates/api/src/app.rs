//! Puts the two listeners' applications together.

use actix_web::{
    App, Error, HttpResponse,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    web::{self, Data, ServiceConfig},
};
use dashtam_application::Dashtam;

use crate::{
    edge::Edge,
    endpoint::{get, page},
    options::ApiOptions,
    pages,
    problem::Problem,
    rate_limits::Rule,
    routes,
};

/// What an application of this program is: requests in, whole answers out.
pub trait Serves:
    ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >
{
}

impl<T> Serves for T where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        >
{
}

/// The API. Called once per server worker: `HttpServer::new(move || app(&dashtam, &options))`.
pub fn app(dashtam: &Dashtam, options: &ApiOptions) -> App<impl Serves + use<>> {
    App::new().wrap(Edge::new(options)).configure(configure(dashtam, options))
}

/// The second listener, which takes institutions' callbacks at any path and answers with a plain page.
pub fn callback_app(dashtam: &Dashtam, options: &ApiOptions) -> App<impl Serves + use<>> {
    App::new()
        .wrap(Edge::new(options))
        .app_data(Data::new(options.clone()))
        .app_data(Data::from(dashtam.authorization().clone()))
        .app_data(Data::from(dashtam.denials().clone()))
        .service(page(pages::shell::STYLE, "callback", &[]).route(get().to(pages::shell::style)))
        .service(
            page("/{any:.*}", "callback", &[Rule::AuthorizationCallback])
                .route(get().to(pages::callback::callback)),
        )
}

/// Routes, pages and what their handlers need.
fn configure(dashtam: &Dashtam, options: &ApiOptions) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let (dashtam, options) = (dashtam.clone(), options.clone());
    move |config| {
        if let Some(pages) = options.pages {
            pages(&dashtam, &options, config);
        }
        config
            .app_data(Data::from(dashtam.registration().clone()))
            .app_data(Data::from(dashtam.recovery().clone()))
            .app_data(Data::from(dashtam.password_sign_in().clone()))
            .app_data(Data::from(dashtam.link_sign_in().clone()))
            .app_data(Data::from(dashtam.second_step().clone()))
            .app_data(Data::from(dashtam.step_ups().clone()))
            .app_data(Data::from(dashtam.sessions().clone()))
            .app_data(Data::from(dashtam.api_keys().clone()))
            .app_data(Data::from(dashtam.second_factors().clone()))
            .app_data(Data::from(dashtam.profile().clone()))
            .app_data(Data::from(dashtam.connections().clone()))
            .app_data(Data::from(dashtam.authorization().clone()))
            .app_data(Data::from(dashtam.sync().clone()))
            .app_data(Data::from(dashtam.live().clone()))
            .app_data(Data::from(dashtam.ledger().clone()))
            .app_data(Data::from(dashtam.categories().clone()))
            .app_data(Data::from(dashtam.rules().clone()))
            .app_data(Data::from(dashtam.merchants().clone()))
            .app_data(Data::from(dashtam.corrections().clone()))
            .app_data(Data::from(dashtam.imports().clone()))
            .app_data(Data::from(dashtam.exports().clone()))
            .app_data(Data::from(dashtam.saved_views().clone()))
            .app_data(Data::from(dashtam.webhooks().clone()))
            .app_data(Data::from(dashtam.worth().clone()))
            .app_data(Data::from(dashtam.reconciliations().clone()))
            .app_data(Data::from(dashtam.transfers().clone()))
            .app_data(Data::from(dashtam.recurring().clone()))
            .app_data(Data::from(dashtam.portfolio().clone()))
            .app_data(Data::from(dashtam.notifications().clone()))
            .app_data(Data::from(dashtam.signing().clone()))
            .app_data(Data::from(dashtam.token_rotation().clone()))
            .app_data(Data::from(dashtam.audit().clone()))
            .app_data(Data::from(dashtam.administration().clone()))
            .app_data(Data::from(dashtam.delivery().clone()))
            .app_data(Data::from(dashtam.upkeep().clone()))
            .app_data(Data::from(dashtam.denials().clone()))
            .app_data(Data::new(options.clone()))
            .configure(routes::configure)
            .configure(|config| pages::configure(config, &options));
        // Where there are pages, they say it to whoever looks at them.
        if options.pages.is_none() {
            config.default_service(web::to(|| async { Err::<HttpResponse, Problem>(Problem::no_route()) }));
        }
    }
}
