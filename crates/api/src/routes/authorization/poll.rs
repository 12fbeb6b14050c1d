//! `POST /api/v1/auth/{provider_id}/link/poll`: asks what came of an authorization at an institution's own pages.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::authorization::{Authorization, PollAuthorization, Polled};
use dashtam_domain::id::ConnectionId;

use crate::{
    openapi::InstitutionProblems,
    prelude::*,
    views::{self, LinkedView, Message},
};

endpoint!(PollAuthorization, limits: [Authorize]);

/// Ask what came of an authorization that goes on at an institution's own pages, and link the provider instance if it is
/// done.
///
/// For providers with the feature `hosted_link`: nothing has to come back from there, so a client may ask here instead,
/// every few seconds, until the answer is no longer 202.
#[utoipa::path(post, path = "/api/v1/auth/{provider_id}/link/poll", tag = "authorization",
    params(("provider_id" = views::Id, Path)),
    responses((status = OK, body = LinkedView),
        (status = ACCEPTED, body = Message, description = "The user has not finished at the institution yet."),
        InstitutionProblems))]
async fn handle(
    asked: Asked<PollAuthorization, ()>,
    id: Id<ConnectionId>,
    authorization: Data<Authorization>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    match authorization.poll(&call, PollAuthorization { connection: id.0 }).await? {
        Polled::Linked(linked) => Ok(Answer::ok(&LinkedView::new(&linked, call.now))),
        Polled::UnderWay => {
            let message = "The authorization is not finished at the institution yet.";
            Ok(Answer::new(StatusCode::ACCEPTED, &Message { message }))
        }
    }
}
