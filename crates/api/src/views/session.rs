//! Sessions.

use dashtam_application::sessions::ListedSessions;
use dashtam_domain::identity::{Session, SessionLabel};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};
use crate::cursor;

/// A session of the caller.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView<'a> {
    id: Id,
    /// Browser and system of the sign-in, e.g. `Chrome on macOS`; `Unknown Device` when it said nothing.
    device_info: &'a str,
    /// `City, Country` of the sign-in; `Unknown Location` when not known.
    location: &'a str,
    /// Address of the sign-in.
    ip_address: Option<String>,
    /// The name its owner gave it.
    label: Option<&'a str>,
    created_at: Moment,
    /// When it ends for good.
    expires_at: Moment,
    /// Its last request.
    last_activity: Moment,
    /// Authenticated requests made with it.
    api_calls: i64,
    /// How its credential travels: `token` or `cookie`.
    transport: &'static str,
    /// Whether it goes on without requests.
    long_lived: bool,
    /// Whether this request belongs to it.
    is_current: bool,
    /// Whether its owner trusts the device: sign-ins of exactly this client, wherever it is, are then spared the mail about
    /// a new device while the session goes on. Nothing else changes.
    is_trusted: bool,
    /// Whether it was ended; the list shows none that was.
    is_revoked: bool,
}

impl<'a> SessionView<'a> {
    /// The session; `current` if the request belongs to it.
    pub(crate) fn new(session: &'a Session, current: bool) -> Self {
        Self {
            id: Id(session.id.0),
            device_info: &session.device,
            location: session.location.as_deref().unwrap_or("Unknown Location"),
            ip_address: session.address.map(|address| address.to_string()),
            label: session.label.as_ref().map(SessionLabel::as_str),
            created_at: Moment(session.created_at),
            expires_at: Moment(session.expires_at),
            last_activity: Moment(session.last_seen_at),
            api_calls: session.api_calls,
            transport: session.transport.as_str(),
            long_lived: session.long_lived,
            is_current: current,
            is_trusted: session.is_trusted,
            is_revoked: session.ended.is_some(),
        }
    }
}

/// One page of sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList<'a> {
    /// The sessions of this page.
    items: Vec<SessionView<'a>>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
    /// How many sessions there are on all pages.
    total_count: u64,
}

impl<'a> From<&'a ListedSessions> for SessionList<'a> {
    fn from(listed: &'a ListedSessions) -> Self {
        let view = |session: &'a Session| SessionView::new(session, session.id == listed.current);
        Self {
            items: listed.page.items.iter().map(view).collect(),
            next_cursor: listed.page.next.as_ref().map(cursor::encode),
            total_count: listed.total,
        }
    }
}

/// A session that was revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revoked {
    /// A sentence for people.
    pub(crate) message: &'static str,
    /// Which.
    pub(crate) revoked_session_id: Id,
}

/// Sessions that were revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevokedMany {
    /// A sentence for people.
    pub(crate) message: &'static str,
    /// How many.
    pub(crate) revoked_count: u64,
}
