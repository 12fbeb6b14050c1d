//! `GET /api/v1/auth/{provider_id}/callback`: takes the browser back from the institution.

use actix_web::web::Data;
use dashtam_application::authorization::{Authorization, CompleteAuthorization};
use dashtam_domain::{id::ConnectionId, secret::SecretText};

use crate::{
    openapi::CallbackProblems,
    prelude::*,
    views::{self, LinkedView},
};

endpoint!(CompleteAuthorization, limits: [AuthorizationCallback]);

/// What comes back from the institution.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `Callback`")]
struct CallbackParams {
    /// As given out with the address of the authorization.
    state: Option<String>,
    /// The authorization code.
    code: Option<String>,
    /// There when the authorization was not granted.
    error: Option<String>,
}

/// What a browser brings back from an institution.
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
    extensions(("x-tolerates-unknown-parameters" = json!(true))),
    params(("provider_id" = views::Id, Path), CallbackParams),
    responses((status = OK, body = LinkedView), CallbackProblems))]
async fn handle(
    call: CallFor<CompleteAuthorization>,
    id: Id<ConnectionId>,
    query: Query<Callback>,
    authorization: Data<Authorization>,
) -> Answered {
    let linked = authorization.complete(&call, query.0.into_request(Some(id.0))).await?;
    Ok(Answer::ok(&LinkedView::new(&linked, call.now)))
}
