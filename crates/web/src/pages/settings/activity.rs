//! What happened to the own account.

use askama::Template;
use dashtam_application::audit::ListOwnAudit;
use dashtam_domain::{id::AuditId, identity::AuditEntry, page::Limit};

use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many lines are shown at once.
const ROWS: u16 = 50;

struct Row {
    what: String,
    when: String,
    exactly: String,
    from: String,
}

#[derive(Template)]
#[template(path = "settings_activity.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    rows: Vec<Row>,
    more: Option<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let before: Option<AuditId> = visit.query.text("before").parse().ok();
    let limit = Limit::new(ROWS).unwrap_or_default();
    let page = visit.dashtam().audit().list_own(&visit.call, ListOwnAudit { before, limit }).await?;
    let row = |entry: &AuditEntry| Row {
        what: words::capital(entry.action.as_str().replace('_', " ")),
        when: words::ago(entry.at, visit.now()),
        exactly: entry.at.to_string(),
        from: entry.address.map(|address| address.to_string()).unwrap_or_default(),
    };
    Reply::page(&Page {
        frame: visit.frame("Activity", "settings"),
        section: "activity",
        rows: page.items.iter().map(row).collect(),
        more: page.next.map(|next| format!("/settings/activity?before={next}")),
    })
}
