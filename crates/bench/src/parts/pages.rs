//! Latency of a page of 100: the first, the last and what each filter lets through, out of few and out of many rows.

use anyhow::Result;
use serde_json::json;

use crate::{
    cli::Part,
    lab::Lab,
    load::take_turns,
    report::{Figure, Quantity, Target},
    statistics::{median, paired_ratio, quantile, sorted},
};

/// How far two medians may differ by noise alone.
const SAME: f64 = 1.1;

/// What the list is asked for: every filter alone, rare ones together with the others, at the new and at the old end of
/// the history, and what finds nothing.
const FILTERS: [(&str, &str); 24] = [
    ("of one account", "account_id={account}"),
    ("posted", "status=posted"),
    ("pending", "status=pending"),
    ("pending, of one account", "status=pending&account_id={account}"),
    ("pending, in old days: none", "status=pending&to=2022-12-31"),
    ("removed: none", "status=removed"),
    ("removed, of one account: none", "status=removed&account_id={account}"),
    ("removed, in days: none", "status=removed&from=2018-01-01&to=2020-12-31"),
    ("up to a day", "to=2022-12-31"),
    ("of one account, up to a day", "account_id={account}&to=2022-12-31"),
    ("in days to come: none", "from=2100-01-01"),
    ("the earliest first", "order=oldest"),
    ("with a common word", "text=card"),
    ("with a rare word, far back", "text=zebra"),
    ("with a rare word in Chinese", "text=%E5%92%96%E5%95%A1"),
    ("with a word that nothing has", "text=xylophone"),
    ("of an amount", "amount_min=123.45&amount_max=123.45"),
    ("of large amounts", "amount_min=450"),
    ("of amounts that nothing has", "amount_min=100000"),
    ("of a type", "transaction_type=trade"),
    ("of a type and a currency: none", "transaction_type=fee&currency=EUR"),
    ("of a merchant: none", "merchant=nobody"),
    ("with a tag: none", "tags=trip"),
    ("with a note: none", "has_note=true"),
];

/// Measures the pages of one engine.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, turns) = (lab.engine(), lab.scale.turns);
    let [few, many] = lab.ledgers().await?;
    let mut runners = vec![
        few.ours(&few.first_page()),
        few.ours(&few.last_page()),
        many.ours(&many.first_page()),
        many.ours(&many.last_page()),
    ];
    for (_, filters) in FILTERS {
        runners.extend([few.ours(&few.filtered(filters)), many.ours(&many.filtered(filters))]);
    }
    let names = [few.rows, many.rows];
    let times = take_turns(runners, turns).await?;
    let middle: Vec<f64> = times.iter().map(|times| median(times.iter().copied())).collect();
    let figure = |name: String, index: usize, what: String, reference: usize, bound: f64| {
        let ordered = sorted(times[index].iter().copied());
        Figure::new(Part::Pages, Some(engine), name, Quantity::millis(middle[index]))
            .beside(what, Quantity::millis(middle[reference]), paired_ratio(&times[index], &times[reference]))
            .target(Target::RatioAtMost(bound))
            .details(json!({"p50_ms": middle[index], "p99_ms": quantile(&ordered, 0.99), "turns": turns}))
    };
    let [few, many] = names;
    let mut figures = vec![
        figure(format!("first page of {many}"), 2, format!("of {few}"), 0, 1.2),
        figure(format!("last page of {many}"), 3, format!("of {few}"), 1, 1.2),
        figure(format!("last page of {few}"), 1, "first page".to_owned(), 0, SAME),
        figure(format!("last page of {many}"), 3, "first page".to_owned(), 2, SAME),
    ];
    for (place, (name, _)) in FILTERS.iter().enumerate() {
        let reference = 4 + 2 * place;
        figures.push(figure(
            format!("{name}, out of {many}"),
            reference + 1,
            format!("of {few}"),
            reference,
            1.2,
        ));
    }
    Ok(figures)
}
