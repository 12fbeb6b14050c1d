//! For fuzz targets only: reads any bytes as every answer there is.

use dashtam_domain::{connections::PulledHoldings, ledger::TransactionFlag, sources::Clock, time::Timestamp};
use dashtam_provider_kit::Answer;
use serde_json::Value;

use crate::{map, wire};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        // 2026-11-22T12:00:00Z.
        Timestamp::from_micros(1_795_348_800_000_000).unwrap_or_else(|| Timestamp::new(Default::default()))
    }
}

/// Reads the bytes as each answer of Schwab's.
///
/// # Panics
/// When a transaction whose legs come to another sum than its amount is not flagged as such, when a flag has no
/// reason, or when an account shows its number.
pub fn read(input: &[u8]) {
    for status in [200, 400, 401, 403, 404] {
        let answer = Answer { status, body: input.to_vec(), retry_after: None };
        let _ = wire::read(&answer, "fuzz");
        let _ = wire::token_failure(status, input);
    }
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = wire::moment(text.trim());
    }
    let Ok(value) = serde_json::from_slice::<Value>(input) else { return };
    let now = Noon.now();
    let names = map::nicknames(&value);
    for entry in map::entries(&value).unwrap_or_default() {
        let (_, _) = (map::balance_contradicts(entry), map::positions_contradict(entry));
        let number = map::number(entry).unwrap_or_default();
        let account = map::account(entry, &number, "HASH", names.get(&number).map(String::as_str), now);
        assert!(number.len() <= 4 || !account.name.contains(&number), "an account shows its number");
        if let Ok(PulledHoldings::Told { holdings, .. }) = map::holdings(entry) {
            let mut ids: Vec<_> = holdings.iter().map(|one| &one.external_id).collect();
            ids.sort_unstable();
            assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "two positions with one id");
        }
    }
    let rows = match value {
        Value::Array(rows) => rows,
        one => vec![one],
    };
    let sent = rows.len();
    let mapped = map::transactions(rows);
    assert_eq!(mapped.rows.len() + mapped.refused.len(), sent, "a row is neither taken nor refused");
    for row in mapped.rows {
        let total = row.details.legs_total();
        let odd = row.details.flags.contains(&TransactionFlag::LegsDoNotAddUp);
        assert!(!odd || total.is_some_and(|total| total != row.amount), "a flag without a reason");
    }
}
