//! Where somebody is signed in, and ending it there.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::sessions::{EndSession, EndSessions, ListSessions, Which};
use dashtam_domain::id::SessionId;

use super::super::rows;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// A session in a list.
struct Row {
    id: String,
    device: String,
    place: String,
    began: String,
    seen: String,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "settings_sessions.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    rows: Vec<Row>,
    has_others: bool,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let sessions = visit.dashtam().sessions();
    let current = visit.call.principal()?.session;
    let call = &visit.call;
    let page = |after, limit| async move {
        sessions.list(call, ListSessions { after, limit }).await.map(|listed| listed.page)
    };
    let all = rows::whole(page).await.map_err(Problem::from)?;
    let rows: Vec<Row> = all
        .iter()
        .map(|session| Row {
            id: session.id.to_string(),
            device: match &session.label {
                Some(label) => format!("{} ({})", label.as_str(), session.device),
                None => session.device.clone(),
            },
            place: [session.location.clone(), session.address.map(|address| address.to_string())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" \u{b7} "),
            began: words::ago(session.created_at, visit.now()),
            seen: words::ago(session.last_seen_at, visit.now()),
            is_current: session.id == current,
        })
        .collect();
    let has_others = rows.iter().any(|row| !row.is_current);
    Reply::page(&Page { frame: visit.frame("Sessions", "settings"), section: "sessions", rows, has_others })
}

/// Ends one session; one that has ended already is no trouble.
pub(crate) async fn end(visit: Visit) -> Outcome {
    let session: SessionId = visit.id()?;
    match visit.dashtam().sessions().end(&visit.call, EndSession { session }).await.map_err(Problem::from) {
        Ok(()) => {}
        Err(problem) if problem.status() == actix_web::http::StatusCode::NOT_FOUND => return Err(problem),
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        Err(_) => {}
    }
    Ok(Reply::to("/settings/sessions?said=session-ended"))
}

/// Ends every session but this one.
pub(crate) async fn end_others(visit: Visit) -> Outcome {
    visit.dashtam().sessions().end_many(&visit.call, EndSessions { which: Which::Others }).await?;
    Ok(Reply::to("/settings/sessions?said=others-ended"))
}
