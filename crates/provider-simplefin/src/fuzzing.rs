//! For fuzz targets only: reads any bytes as an answer, a setup token and an access URL.

use dashtam_domain::{money::Currency, time::Day};

use crate::{access::Access, answer::AccountSet, claim, map};

const USER: &str = "fuzz-user-5d1c";
const PASSWORD: &str = "fuzz-word-9a7e";

/// Reads the bytes as whatever a SimpleFIN server or a user may send.
///
/// # Panics
/// When a complaint repeats the access, or an account's id leads to no account of the server's.
pub fn read(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = claim::claim_url(text);
        if let Some(access) = Access::parse(text) {
            let shown = format!("{access:?} {}", access.base);
            assert_eq!(
                shown.matches('@').count(),
                access.base.path().matches('@').count(),
                "the access is shown"
            );
        }
    }
    let Some(access) = Access::parse(&format!("https://{USER}:{PASSWORD}@bridge.example/simplefin")) else {
        return;
    };
    let Ok(set) = AccountSet::parse(input, &access) else { return };
    let (_, _) = (set.revoked(), set.capped());
    for gap in set.gaps(None) {
        assert!(!gap.contains(USER) && !gap.contains(PASSWORD), "a complaint repeats the access");
    }
    let today = Day::new(2026, 11, 22).unwrap_or_else(|| Day(Default::default()));
    for row in &set.accounts {
        if let Ok(account) = map::account(row, &set.connections) {
            let id = map::server_id(&account.external_id);
            assert!(account.external_id.ends_with(id) && account.external_id.contains('|'), "an id is lost");
            let _ = set.gaps(Some(&account.external_id));
        }
        let _ = map::holdings(row);
        let currency = map::currency(row).unwrap_or(Currency::USD);
        for row in row.get("transactions").and_then(|rows| rows.as_array()).into_iter().flatten() {
            let _ = map::transaction(row, currency, today);
        }
    }
}
