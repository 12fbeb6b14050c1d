//! Words that letters share.

use dashtam_domain::time::Timestamp;

/// Writes an instant for people: in UTC, to the minute.
pub(crate) fn moment(at: Timestamp) -> String {
    at.as_chrono().format("%Y-%m-%d %H:%M UTC").to_string()
}
