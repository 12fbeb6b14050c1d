//! `GET /api/v1/auth/sessions`: lists the caller's sessions.

use actix_web::web::Data;
use dashtam_application::sessions::{ListSessions, Sessions};
use dashtam_domain::identity::SessionKey;

use crate::{
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::SessionList,
};

endpoint!(ListSessions, limits: [SessionsRead]);

/// List the caller's sessions that are good now, the latest request first.
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "sessions", params(PageParams),
    responses((status = OK, body = SessionList), ListProblems))]
async fn handle(
    call: CallFor<ListSessions>,
    query: Query<Listing<SessionKey>>,
    sessions: Data<Sessions>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let listed = sessions.list(&call, ListSessions { after, limit }).await?;
    Ok(Answer::ok(&SessionList::from(&listed)))
}
