//! The caller's sessions, and "this was not me".

use actix_web::web::Data;
use dashtam_application::{
    Request,
    sessions::{DisownSession, EndSession, EndSessions, ListSessions, NoteOnSession, Sessions, Which},
};
use dashtam_domain::{
    call::Call,
    id::SessionId,
    identity::{LabelError, SessionKey, SessionNote},
    secret::SecretText,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    extract::{Asked, CallFor, Checks, Id, Json, Listing, Query, Text},
    openapi::{ChangeProblems, ListProblems, PageParams, PublicProblems, RevokeProblems},
    problem::Problem,
    routes::Answered,
    views::{self, Message, Revoked, RevokedMany, SessionList, SessionView},
};

/// List the caller's sessions that are good now, the latest request first.
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "sessions", operation_id = ListSessions::NAME,
    params(PageParams), responses((status = OK, body = SessionList), ListProblems))]
pub(crate) async fn list(
    call: CallFor<ListSessions>,
    query: Query<Listing<SessionKey>>,
    sessions: Data<Sessions>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let listed = sessions.list(&call, ListSessions { after, limit }).await?;
    Ok(Answer::ok(&SessionList::from(&listed)))
}

/// What to note on a session; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SessionNoteBody {
    /// A name for it; an empty one takes the name away.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    label: Text,
    /// Whether its device is trusted: sign-ins of exactly this client, wherever it is, are then spared the mail about a
    /// new device while the session goes on. Nothing else changes.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    is_trusted: Value,
}

impl SessionNoteBody {
    fn parse(self) -> Result<SessionNote, Problem> {
        let mut checks = Checks::default();
        let label = match self.label {
            Text::Missing => None,
            Text::Given(text) if text.trim().is_empty() => Some(None),
            given => {
                let label = checks.parse("label", given, |error| match error {
                    LabelError::Blank => "blank",
                    LabelError::TooLong => "too_long",
                    LabelError::Control => "control_character",
                });
                label.map(Some)
            }
        };
        let is_trusted = checks.optional_flag("is_trusted", &self.is_trusted);
        checks.finish()?;
        Ok(SessionNote { label, is_trusted })
    }
}

/// Name a session, or say whether its device is trusted.
#[utoipa::path(patch, path = "/api/v1/auth/sessions/{session_id}", tag = "sessions",
    operation_id = NoteOnSession::NAME, params(("session_id" = views::Id, Path)),
    request_body = SessionNoteBody, responses((status = OK, body = SessionView), ChangeProblems))]
pub(crate) async fn note(
    asked: Asked<NoteOnSession, Json<SessionNoteBody>>,
    id: Id<SessionId>,
    sessions: Data<Sessions>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let session = sessions.note(&call, NoteOnSession { session: id.0, note: body.parse()? }).await?;
    let current = call.principal().is_ok_and(|caller| caller.session == session.id);
    Ok(Answer::ok(&SessionView::new(&session, current)))
}

/// Revoke another session of the caller. Its tokens stop at once.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{session_id}", tag = "sessions",
    operation_id = EndSession::NAME, params(("session_id" = views::Id, Path)),
    responses((status = OK, body = Revoked), RevokeProblems))]
pub(crate) async fn revoke(
    call: CallFor<EndSession>,
    id: Id<SessionId>,
    sessions: Data<Sessions>,
) -> Answered {
    sessions.end(&call, EndSession { session: id.0 }).await?;
    let revoked = Revoked { message: "The session was revoked.", revoked_session_id: views::Id(id.0.0) };
    Ok(Answer::ok(&revoked))
}

/// Revoke every session of the caller but the one this request comes from.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/others/revoke", tag = "sessions",
    operation_id = "sessions.end_others", responses((status = OK, body = RevokedMany), ListProblems))]
pub(crate) async fn revoke_others(call: CallFor<EndSessions>, sessions: Data<Sessions>) -> Answered {
    revoke_many(&call, Which::Others, &sessions).await
}

/// Revoke every session of the caller.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/all/revoke", tag = "sessions",
    operation_id = "sessions.end_all", responses((status = OK, body = RevokedMany), ListProblems))]
pub(crate) async fn revoke_all(call: CallFor<EndSessions>, sessions: Data<Sessions>) -> Answered {
    revoke_many(&call, Which::All, &sessions).await
}

async fn revoke_many(call: &Call, which: Which, sessions: &Sessions) -> Answered {
    let revoked_count = sessions.end_many(call, EndSessions { which }).await?;
    Ok(Answer::ok(&RevokedMany { message: "The sessions were revoked.", revoked_count }))
}

/// The token of a "this was not me" link.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NotMeBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
}

/// End a session its owner does not know, and have a reset of the password mailed.
#[utoipa::path(post, path = "/api/v1/auth/not-me", tag = "sessions", operation_id = DisownSession::NAME,
    security(()), request_body = NotMeBody, responses((status = OK, body = Message), PublicProblems))]
pub(crate) async fn disown(
    asked: Asked<DisownSession, Json<NotMeBody>>,
    sessions: Data<Sessions>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let token = checks.text("token", body.token).ok_or_else(|| checks.into_problem())?;
    sessions.disown(&call, DisownSession { token: SecretText::new(token) }).await?;
    let message = "The session was ended. A mail tells you how to choose a new password.";
    Ok(Answer::ok(&Message { message }))
}
