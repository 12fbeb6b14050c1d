//! Lets a request through to its page, and says in a page what became of one that was refused.

use actix_web::{
    HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, StatusCode},
    web::Data,
};
use askama::Template;
use dashtam_api::{Problem, Rule, visit};
use dashtam_domain::access::Access;
use futures_util::future::LocalBoxFuture;
use url::form_urlencoded::byte_serialize;

use crate::{
    assets,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::{Site, Visit, not_found},
};

/// Answers a request that passed the gates.
pub(crate) type Handler = fn(Visit) -> LocalBoxFuture<'static, Outcome>;

/// A page.
pub(crate) struct Row {
    pub(crate) path: &'static str,
    /// The page itself, and who may look at it.
    pub(crate) looked_at: Option<(Handler, Access)>,
    /// What takes its form, and who may send it.
    pub(crate) sent: Option<(Handler, Access)>,
    pub(crate) limits_on_looks: &'static [Rule],
    pub(crate) limits_on_forms: &'static [Rule],
    /// Whether its form may bring files.
    pub(crate) takes_file: bool,
}

impl Row {
    /// The page with its form.
    pub(crate) const fn sending(self, handler: Handler, access: Access, limits: &'static [Rule]) -> Self {
        Self {
            path: self.path,
            looked_at: self.looked_at,
            sent: Some((handler, access)),
            limits_on_looks: self.limits_on_looks,
            limits_on_forms: limits,
            takes_file: self.takes_file,
        }
    }

    /// The page, whose form may bring files.
    pub(crate) const fn with_file(mut self) -> Self {
        self.takes_file = true;
        self
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    frame: Frame,
    detail: &'a str,
    rules: Vec<&'a str>,
    trace: Option<String>,
    again: &'a str,
}

/// Lets the browser ask for the same page once more, by itself.
#[derive(Template)]
#[template(path = "again.html")]
struct Again<'a> {
    place: &'a str,
    icon: &'a str,
}

/// Answers a request for the page of this row, above whose address the nearest page to look at is so many levels.
pub(crate) async fn answer(
    row: &'static Row,
    levels: usize,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let outcome = admitted(row, &request, payload).await;
    let reply = outcome.unwrap_or_else(|problem| refusal(levels, &request, &problem));
    reply.into_response()
}

/// Answers whoever looks for a page where there is none.
pub(crate) fn lost(request: &HttpRequest) -> HttpResponse {
    refused(request, &Problem::no_route(), "/").into_response()
}

/// What looks after others is not there for those who look after nobody: they are told the same as at an address where
/// there is nothing.
fn unseen(access: Access) -> impl Fn(Problem) -> Problem {
    move |problem| match access {
        Access::Administrator(_) | Access::Manager(_) if problem.code() == "forbidden" => not_found(),
        _ => problem,
    }
}

async fn admitted(row: &'static Row, request: &HttpRequest, payload: Payload) -> Outcome {
    let Some(site) = request.app_data::<Data<Site>>().cloned() else {
        return Err(Problem::internal("the pages are not registered"));
    };
    if request.method() == Method::POST {
        let Some((handler, access)) = row.sent else { return Err(Problem::no_route()) };
        if row.takes_file {
            let (call, form, files) = visit::uploads(request, payload, access).await?;
            return handler(Visit::new(call, form, request, site).bringing(files)).await;
        }
        let (call, form) = visit::sends(request, payload, access).await.map_err(unseen(access))?;
        return handler(Visit::new(call, form, request, site)).await;
    }
    let Some((handler, access)) = row.looked_at else { return Err(Problem::no_route()) };
    let call = visit::looks(request, access).await.map_err(unseen(access))?;
    // Forms of a page that was made without the token would be refused. Asked for by ourselves, the browser shows it.
    if access != Access::Public && visit::holds_token_back(request) {
        let [_, _, icon] = assets::places();
        return Reply::page(&Again { place: &place_of(0, request), icon });
    }
    handler(Visit::new(call, visit::Fields::default(), request, site)).await
}

/// What a person sees instead of the page.
fn refusal(levels: usize, request: &HttpRequest, problem: &Problem) -> Reply {
    // No problem at all: the form was sent before, and led there.
    if let Some(before) = problem.replay() {
        return Reply::to(before.body.clone());
    }
    if let Some(cause) = problem.cause() {
        tracing::error!(code = problem.code(), cause, "a page could not be shown");
    }
    let place = place_of(levels, request);
    if problem.status() == StatusCode::UNAUTHORIZED {
        if problem.code() == "step-up-required" {
            let next: String = byte_serialize(place.as_bytes()).collect();
            return Reply::to(format!("/confirm?next={next}"));
        }
        return sign_in(&place, visit::shows_session(request.headers()));
    }
    refused(request, problem, &place)
}

/// The page that says why there is none; `again` is where to go on.
fn refused(request: &HttpRequest, problem: &Problem, again: &str) -> Reply {
    let is_demo = request.app_data::<Data<Site>>().is_some_and(|site| site.is_demo);
    let page = Refused {
        frame: Frame::new(title(problem).to_owned(), "", visit::shows_session(request.headers()))
            .of_demo(is_demo)
            .with_csrf(visit::csrf(request).map(|csrf| csrf.expose().to_owned()).unwrap_or_default()),
        detail: match problem.code() {
            "csrf-failed" => {
                "This form could not be taken: it was made before you signed in, or by another site. Nothing was changed. \
                 Load the page again and send it from there."
            }
            _ => problem.detail(),
        },
        rules: problem.fields().iter().map(|field| field.message.as_str()).collect(),
        trace: visit::trace_id(request),
        again,
    };
    match Reply::page(&page) {
        Ok(reply) => reply.with_status(problem.status()),
        Err(_) => Reply::to("/sign-in"),
    }
}

/// Where somebody goes on who has to sign in first: at the page itself, or at the page that a form belongs to.
fn place_of(levels: usize, request: &HttpRequest) -> String {
    if request.method() != Method::POST {
        return request.uri().path_and_query().map_or("/", |place| place.as_str()).to_owned();
    }
    let mut place = request.path();
    for _ in 0..levels {
        place = place.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    if place.is_empty() { "/".to_owned() } else { place.to_owned() }
}

fn sign_in(place: &str, had_session: bool) -> Reply {
    let said = if had_session { "&said=ended" } else { "" };
    let next: String = byte_serialize(place.as_bytes()).collect();
    let next = if place == "/" { String::new() } else { format!("next={next}") };
    let asked = format!("{next}{said}");
    let asked = asked.trim_start_matches('&');
    Reply::to(if asked.is_empty() { "/sign-in".to_owned() } else { format!("/sign-in?{asked}") })
}

fn title(problem: &Problem) -> &'static str {
    match problem.status() {
        StatusCode::NOT_FOUND => "Nothing here",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => "That did not work",
        StatusCode::CONFLICT => "Not possible now",
        status if status.is_server_error() => "Something went wrong here",
        _ => "That did not work",
    }
}
