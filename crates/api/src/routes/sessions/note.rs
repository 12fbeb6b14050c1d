//! `PATCH /api/v1/auth/sessions/{session_id}`: names a session, or trusts its device.

use actix_web::web::Data;
use dashtam_application::sessions::{NoteOnSession, Sessions};
use dashtam_domain::{id::SessionId, identity::SessionNote, text::NameError};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, SessionView},
};

endpoint!(NoteOnSession, limits: [SessionsChange]);

/// What to note on a session; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct SessionNoteBody {
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
            given => checks.parse("label", given, NameError::code).map(Some),
        };
        let is_trusted = checks.optional_flag("is_trusted", &self.is_trusted);
        checks.finish()?;
        Ok(SessionNote { label, is_trusted })
    }
}

/// Name a session, or say whether its device is trusted.
#[utoipa::path(patch, path = "/api/v1/auth/sessions/{session_id}", tag = "sessions",
    params(("session_id" = views::Id, Path)), request_body = SessionNoteBody,
    responses((status = OK, body = SessionView), ChangeProblems))]
async fn handle(
    asked: Asked<NoteOnSession, Json<SessionNoteBody>>,
    id: Id<SessionId>,
    sessions: Data<Sessions>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let session = sessions.note(&call, NoteOnSession { session: id.0, note: body.parse()? }).await?;
    let current = call.principal().is_ok_and(|caller| caller.session == session.id);
    Ok(Answer::ok(&SessionView::new(&session, current)))
}
