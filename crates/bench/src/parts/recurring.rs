//! Recurring streams: how much of what comes back is found in histories of which the truth is known, and how long it takes.

use std::{hint::black_box, time::Instant};

use anyhow::Result;
use dashtam_domain::{ledger::recurring::streams, time::Timestamp};
use dashtam_testkit::histories::{History, Judgement};
use serde_json::json;

use crate::{
    cli::{Part, Scale},
    report::{Figure, Quantity, Target},
    statistics::median,
};

/// Of all streams that are said to be certain so many have to be right, and of all that are there so many found.
const ENOUGH: f64 = 0.95;
/// Rows of a household with far more than most have, and how long they may take: it is done whenever somebody looks.
const ROWS: usize = 10_000;
const MOST_MILLIS: f64 = 100.0;

/// Judges what is found, and measures it. Nothing is stored for it.
pub(super) fn measure(scale: Scale, now: Timestamp) -> Result<Vec<Figure>> {
    let today = now.day();
    let histories = u64::try_from(scale.turns / 3)?;
    let judge = |seed| {
        let history = History::new(seed, today);
        history.judge(&streams(&history.rows, today))
    };
    let all = (1..=histories).map(judge).fold(Judgement::default(), Judgement::and);
    let details = json!({"said": all.said, "right": all.right, "there": all.there, "found": all.found});
    let share = |name: &str, of: u64| {
        Figure::new(Part::Recurring, None, name, Quantity::share(of as f64 / 1_000.0))
            .target(Target::AtLeast(ENOUGH))
            .details(details.clone())
    };
    let mut rows = Vec::new();
    for seed in 1.. {
        if rows.len() >= ROWS {
            break;
        }
        rows.extend(History::new(seed, today).rows);
    }
    rows.truncate(ROWS);
    let mut times = Vec::new();
    for _ in 0..scale.repeats.max(3) {
        let begun = Instant::now();
        black_box(streams(black_box(&rows), today));
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(vec![
        share(&format!("precision over {histories} histories"), all.precision()),
        share(&format!("recall over {histories} histories"), all.recall()),
        Figure::new(
            Part::Recurring,
            None,
            format!("streams of {ROWS} rows"),
            Quantity::millis(median(times.clone())),
        )
        .target(Target::AtMost(MOST_MILLIS))
        .details(json!({"rounds_ms": times})),
    ])
}
