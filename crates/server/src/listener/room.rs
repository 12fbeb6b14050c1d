//! How many connections there is room for.

use dashtam_api::ClientLimits;

use crate::settings::Settings;

/// Files that are open besides clients' connections: the database's, those to institutions and mail servers, the
/// sandbox, statements.
const BESIDES: u64 = 256;

/// The configured numbers, or fewer connections if the limit on open files has no room for them: a server that cannot
/// open a file can do nothing for anybody. The limit is raised as far as it may be.
pub(crate) fn limits(settings: &Settings) -> ClientLimits {
    let http = &settings.http;
    let besides = BESIDES + u64::from(settings.database.max_connections);
    let wanted = http.max_connections as u64 + besides;
    let files = rlimit::increase_nofile_limit(wanted).unwrap_or(u64::MAX);
    let all = fitting(http.max_connections, files, besides);
    if all < http.max_connections {
        tracing::warn!(
            connections = all,
            open_files = files,
            "http.max_connections is lowered to what the limit on open files allows (ulimit -n, LimitNOFILE)"
        );
    }
    ClientLimits {
        all,
        per_client: http.connections_per_client,
        per_site: http.connections_per_site,
        reserved_percent: http.reserved_percent,
    }
}

/// As many of the wanted connections as a limit on open files leaves room for, beside other files.
fn fitting(wanted: usize, files: u64, besides: u64) -> usize {
    // Where even the other files would not fit, half is for them.
    let room = files.saturating_sub(besides).max(files / 2);
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_other_files() {
        assert_eq!(fitting(4096, u64::MAX, 266), 4096);
        assert_eq!(fitting(4096, 4362, 266), 4096);
        assert_eq!(fitting(4096, 1024, 266), 758);
        assert_eq!(fitting(4096, 256, 266), 128);
    }
}
