//! Checks of the section `http`.

use super::Http;

/// What is wrong, each with the name of its setting.
pub(super) fn problems(http: &Http) -> Vec<String> {
    let mut problems = Vec::new();
    let mut within = |name: &str, value: u64, least: u64, most: u64| {
        if !(least..=most).contains(&value) {
            problems.push(format!("http.{name} must be {least} to {most}"));
        }
    };
    within("max_connections", http.max_connections as u64, 16, 1_000_000);
    within("connections_per_client", http.connections_per_client as u64, 4, 1_000_000);
    within("connections_per_site", http.connections_per_site as u64, 4, 1_000_000);
    within("reserved_percent", http.reserved_percent as u64, 0, 90);
    within("head_seconds", http.head_seconds, 1, 300);
    within("body_seconds", http.body_seconds, 1, 3600);
    within("body_bytes_per_second", http.body_bytes_per_second.into(), 0, 1 << 30);
    within("request_seconds", http.request_seconds, 1, 86_400);
    within("idle_seconds", http.idle_seconds, 1, 3600);
    within("unread_seconds", http.unread_seconds, 1, 3600);
    problems
}
