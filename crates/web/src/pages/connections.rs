//! All connections, and what of them needs their owner.

use askama::Template;
use dashtam_application::connections::WayOfLinking;
use dashtam_domain::connections::{Connection, ConnectionOverview, Remedy};

use super::rows;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Standing},
};

/// A connection in a list.
struct Row {
    id: String,
    name: String,
    institution: String,
    standing: Standing,
    accounts: String,
    last: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "connections.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    attention: Vec<Attention>,
}

/// Something that needs its owner, and the button that mends it.
pub(crate) struct Attention {
    pub(crate) name: String,
    pub(crate) what: String,
    /// Where to go, and what the button says.
    pub(crate) to: String,
    pub(crate) button: &'static str,
}

/// What needs the owner.
pub(crate) fn attention(visit: &Visit, connections: &[ConnectionOverview]) -> Vec<Attention> {
    let of = |overview: &ConnectionOverview| {
        let standing = Standing::of(overview, visit.now());
        let connection = &overview.connection;
        let what = match &standing.why {
            Some(why) => format!("{}: {why} {}", standing.word, standing.advice()),
            None => format!("{}. {}", standing.word, standing.advice()),
        };
        let (to, button) = match standing.remedy {
            Remedy::Reauthorize => (linking(visit, connection), "Link it"),
            _ => (format!("/connections/{}", connection.id), "Look at it"),
        };
        standing.needs_owner().then(|| Attention {
            name: connection.alias.as_str().to_owned(),
            what: what.trim().to_owned(),
            to,
            button,
        })
    };
    connections.iter().filter_map(of).collect()
}

/// Where a connection is linked, for the first time or anew.
pub(crate) fn linking(visit: &Visit, connection: &Connection) -> String {
    let id = connection.id;
    match visit.dashtam().connections().way_of_linking(&connection.provider) {
        Some(WayOfLinking::Secret(_)) => format!("/connections/{id}/link"),
        Some(WayOfLinking::Redirect | WayOfLinking::Hosted) => format!("/connections/{id}/authorize"),
        None => format!("/connections/{id}"),
    }
}

/// What people call the institution of a connection.
pub(crate) fn institution(visit: &Visit, connection: &Connection) -> String {
    let known = visit.dashtam().connections().available();
    let found = known.into_iter().find(|descriptor| descriptor.key == connection.provider);
    found.map_or_else(|| connection.provider.as_str().to_owned(), |descriptor| descriptor.name)
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let all = rows::connections(&visit).await?;
    let row = |overview: &ConnectionOverview| {
        let connection = &overview.connection;
        Row {
            id: connection.id.to_string(),
            name: connection.alias.as_str().to_owned(),
            institution: institution(&visit, connection),
            standing: Standing::of(overview, visit.now()),
            accounts: words::counted(connection.accounts_count.into(), "account", "accounts"),
            last: last(connection, &visit),
            next: connection.next_sync_at.map(|at| words::until(at, visit.now())),
        }
    };
    let page = Page {
        frame: visit.frame("Connections", "connections"),
        rows: all.iter().map(row).collect(),
        attention: attention(&visit, &all),
    };
    Reply::page(&page)
}

/// When data last came in.
pub(crate) fn last(connection: &Connection, visit: &Visit) -> String {
    connection.last_sync_at.map_or_else(|| "never".to_owned(), |at| words::ago(at, visit.now()))
}
