//! Latency of the net worth over years, beside the same sums in one hand-written statement, and out of few and of many
//! transactions.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    bare::{Bare, Subject, look_at_tables},
    cli::Part,
    data::{FIRST_DAY, Person, WORTH_ACCOUNTS, add_person, fill_worth},
    engine::Engine,
    lab::{Lab, fetch},
    load::{Request, Runner, take_turns},
    report::{Figure, Quantity, Target},
    site::Site,
    statistics::{median, paired_ratio, quantile, sorted},
};

/// How many times the transactions there are in the second ledger.
const MORE: usize = 10;
/// The ways the time is cut, with what the bare handler of each is called.
const INTERVALS: [(&str, &str); 2] = [("month", "/net-worth/months"), ("day", "/net-worth/days")];

/// A ledger that is asked for its net worth.
struct Household {
    site: Site,
    bare: Bare,
    ours: [Runner; 2],
    written: [Runner; 2],
}

impl Household {
    async fn build(lab: &mut Lab, years: usize, per_day: usize) -> Result<Self> {
        let (site, engine) = (lab.site().await?, lab.engine());
        let rows = WORTH_ACCOUNTS * years * 365 * per_day;
        crate::tell(&format!("  {}: writing {rows} transactions", engine.name()));
        let person = add_person(&site.database, &lab.sources).await?;
        fill_worth(&site.database, &lab.sources, person.user.id, years, per_day).await?;
        if engine == Engine::Postgres {
            look_at_tables(site.url()).await?;
        }
        let token = Person::sign_in(site.address).await?;
        let subject = Subject {
            user: person.user.id.0,
            before_last: (FIRST_DAY.0, uuid::Uuid::nil()),
            constant: Bytes::new(),
        };
        let bare = Bare::start(engine, site.url(), subject).await?;
        let to = FIRST_DAY.plus_days(years as i64 * 365 - 1);
        let ours = INTERVALS.map(|(interval, _)| {
            let path = format!("/api/v1/net-worth?from={FIRST_DAY}&to={to}&currency=USD&interval={interval}");
            Runner { address: site.address, request: Request::get(&path, Some(&token)) }
        });
        let written =
            INTERVALS.map(|(_, path)| Runner { address: bare.address, request: Request::get(path, None) });
        let household = Self { site, bare, ours, written };
        household.compare().await?;
        Ok(household)
    }

    /// Makes sure that both answer the same figures.
    async fn compare(&self) -> Result<()> {
        let figures = |answer: &Value| -> Result<Vec<(Value, Value)>> {
            let items = answer["items"].as_array().context("a net worth has no items")?;
            Ok(items.iter().map(|item| (item["date"].clone(), item["total"].clone())).collect())
        };
        for (ours, written) in self.ours.iter().zip(&self.written) {
            let (one, other) = (figures(&fetch(ours).await?)?, figures(&fetch(written).await?)?);
            if one != other || one.is_empty() {
                let differ = one.iter().zip(&other).find(|(one, other)| one != other);
                bail!(
                    "the net worth and the statement differ: {differ:?}, {} and {}",
                    one.len(),
                    other.len()
                );
            }
        }
        Ok(())
    }

    async fn stop(self) {
        self.bare.stop().await;
        drop(self.site.stop().await);
    }
}

/// Measures the net worth of one engine.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, turns, years) = (lab.engine(), lab.scale.repeats * 20, lab.scale.worth_years);
    let few = Household::build(lab, years, 1).await?;
    let many = Household::build(lab, years, MORE).await?;
    let runners = |of: &Household| of.ours.iter().chain(&of.written).cloned().collect::<Vec<_>>();
    let times = take_turns([runners(&few), runners(&many)].concat(), turns).await?;
    few.stop().await;
    many.stop().await;

    let figure = |name: String, index: usize, what: &str, reference: usize, bound: f64| {
        let middle = median(times[index].iter().copied());
        let ordered = sorted(times[index].iter().copied());
        let other = median(times[reference].iter().copied());
        Figure::new(Part::NetWorth, Some(engine), name, Quantity::millis(middle))
            .beside(what, Quantity::millis(other), paired_ratio(&times[index], &times[reference]))
            .target(Target::RatioAtMost(bound))
            .details(json!({
                "p50_ms": middle, "p99_ms": quantile(&ordered, 0.99), "turns": turns,
                "accounts": WORTH_ACCOUNTS, "years": years,
            }))
    };
    let mut figures = Vec::new();
    for (index, (interval, _)) in INTERVALS.iter().enumerate() {
        let name = format!("{years} years of {WORTH_ACCOUNTS} accounts by {interval}");
        figures.push(figure(name.clone(), index, "one statement", index + 2, 3.0));
        figures.push(figure(format!("{name}, {MORE} × the rows"), index + 4, "of the few", index, 1.2));
    }
    Ok(figures)
}
