//! Linking a provider instance at its institution.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::header::LOCATION, web::Data};
use dashtam_application::{
    Request,
    authorization::{
        Authorization, CompleteAuthorization, Disconnect, GetAuthorizationStatus, LinkWithSecret,
        RefreshCredentials, StartAuthorization,
    },
};
use dashtam_domain::{fault::FieldError, id::ConnectionId, secret::SecretText};

use crate::{
    answer::Answer,
    extract::{Asked, CallFor, FromParams, Id, Json, Params, Query, Text},
    openapi::{CallbackParams, CallbackProblems, InstitutionProblems, ThingProblems},
    problem::Problem,
    routes::Answered,
    views::{self, AuthorizationStatusView, LinkedView, Message, RefreshedView, StartedView},
};

/// Begin an authorization.
#[utoipa::path(get, path = "/api/v1/auth/{provider_id}/authorize", tag = "authorization",
    operation_id = StartAuthorization::NAME, params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = StartedView), ThingProblems))]
pub(crate) async fn authorize(
    call: CallFor<StartAuthorization>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let started = authorization.start(&call, StartAuthorization { connection: id.0 }).await?;
    Ok(Answer::ok(&StartedView::from(&started)))
}

/// Begin an authorization and go there.
#[utoipa::path(get, path = "/api/v1/auth/{provider_id}/authorize/redirect", tag = "authorization",
    operation_id = "authorization.redirect", params(("provider_id" = views::Id, Path)),
    responses((status = TEMPORARY_REDIRECT, headers(("Location" = String))), ThingProblems))]
pub(crate) async fn redirect(
    call: CallFor<StartAuthorization>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Result<HttpResponse, Problem> {
    let started = authorization.start(&call, StartAuthorization { connection: id.0 }).await?;
    Ok(HttpResponse::TemporaryRedirect().insert_header((LOCATION, started.url.as_str())).finish())
}

/// What comes back with the browser.
pub(crate) struct Callback {
    state: Option<SecretText>,
    code: Option<SecretText>,
    refused: bool,
}

impl FromParams for Callback {
    fn take(params: &mut Params<'_>) -> Self {
        Self {
            state: params.text_or_nothing("state").map(SecretText::new),
            code: params.text_or_nothing("code").map(SecretText::new),
            refused: params.has("error"),
        }
    }
}

impl Callback {
    /// The request, for one instance or for whichever the state names.
    pub(crate) fn into_request(self, connection: Option<ConnectionId>) -> CompleteAuthorization {
        CompleteAuthorization { connection, state: self.state, code: self.code, refused: self.refused }
    }
}

/// Take the browser back from the institution; proven by `state`.
///
/// Institutions add parameters of their own (`session`, `iss`, `scope`, …): unlike everywhere else, what is not known
/// is passed over here.
#[utoipa::path(get, path = "/api/v1/auth/{provider_id}/callback", tag = "authorization",
    operation_id = CompleteAuthorization::NAME, security(()), extensions(("x-tolerates-unknown-parameters" = json!(true))),
    params(("provider_id" = views::Id, Path), CallbackParams),
    responses((status = OK, body = LinkedView), CallbackProblems))]
pub(crate) async fn callback(
    call: CallFor<CompleteAuthorization>,
    id: Id<ConnectionId>,
    query: Query<Callback>,
    authorization: Data<Authorization>,
) -> Answered {
    let linked = authorization.complete(&call, query.0.into_request(Some(id.0))).await?;
    Ok(Answer::ok(&LinkedView::new(&linked, call.now)))
}

/// Whether a provider instance is linked.
#[utoipa::path(get, path = "/api/v1/auth/{provider_id}/status", tag = "authorization",
    operation_id = GetAuthorizationStatus::NAME, params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = AuthorizationStatusView), ThingProblems))]
pub(crate) async fn status(
    call: CallFor<GetAuthorizationStatus>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let status = authorization.status(&call, GetAuthorizationStatus { connection: id.0 }).await?;
    Ok(Answer::ok(&AuthorizationStatusView::new(&status, call.now)))
}

/// Refresh the institution's tokens now. Asked again within ten seconds, nothing is needed, and the answer says so.
#[utoipa::path(post, path = "/api/v1/auth/{provider_id}/refresh", tag = "authorization",
    operation_id = RefreshCredentials::NAME, params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = RefreshedView), InstitutionProblems))]
pub(crate) async fn refresh(
    asked: Asked<RefreshCredentials, ()>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let refreshed = authorization.refresh(&call, RefreshCredentials { connection: id.0 }).await?;
    Ok(Answer::ok(&RefreshedView::from(refreshed)))
}

/// Give the connection up: its tokens are deleted, its data and its audit trail stay.
#[utoipa::path(delete, path = "/api/v1/auth/{provider_id}/disconnect", tag = "authorization",
    operation_id = Disconnect::NAME, params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = Message), ThingProblems))]
pub(crate) async fn disconnect(
    call: CallFor<Disconnect>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    authorization.disconnect(&call, Disconnect { connection: id.0 }).await?;
    Ok(Answer::ok(&Message { message: "The provider is disconnected." }))
}

/// Link a provider instance by secrets instead of a redirect, e.g. `{"setup_token": "…"}`.
#[utoipa::path(post, path = "/api/v1/auth/{provider_id}/link", tag = "authorization",
    operation_id = LinkWithSecret::NAME, params(("provider_id" = views::Id, Path)),
    request_body = BTreeMap<String, String>,
    responses((status = OK, body = LinkedView), InstitutionProblems))]
pub(crate) async fn link(
    asked: Asked<LinkWithSecret, Json<BTreeMap<String, Text>>>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = LinkWithSecret { connection: id.0, secrets: secrets(body)? };
    let linked = authorization.link_with_secret(&call, request).await?;
    Ok(Answer::ok(&LinkedView::new(&linked, call.now)))
}

/// The texts of a body; anything else is named. What is absent the provider asks for.
fn secrets(body: BTreeMap<String, Text>) -> Result<BTreeMap<String, SecretText>, Problem> {
    let mut secrets = BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, value) in body {
        match value {
            Text::Given(value) => {
                secrets.insert(name, SecretText::new(value));
            }
            Text::Wrong => wrong.push(FieldError::new(name, "wrong_type", "This field must be a string.")),
            Text::Missing => {}
        }
    }
    if wrong.is_empty() { Ok(secrets) } else { Err(Problem::invalid(wrong)) }
}
