//! Saved layouts of tables.

use dashtam_domain::ledger::SavedLayout;
use serde::Serialize;

use super::Moment;

/// How a person said that tables with certain column names are read: a line of the archive.
#[derive(Serialize)]
pub(crate) struct SavedLayoutLine {
    /// What an import takes as `profile`.
    layout: serde_json::Value,
    saved_at: Moment,
}

impl From<&SavedLayout> for SavedLayoutLine {
    fn from(layout: &SavedLayout) -> Self {
        Self { layout: layout.profile.to_json(), saved_at: Moment(layout.saved_at) }
    }
}
