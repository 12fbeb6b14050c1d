//! Synchronisation: how fast the rows of an institution are stored, and what it costs to find out which of them are one
//! transaction.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use dashtam_application::sync::{RequestSync, RunNextSync};
use dashtam_domain::{
    call::Call,
    connections::{SyncCounts, SyncState},
    id::{ConnectionId, SessionId, UserId},
};
use serde_json::json;

use crate::{
    bare::look_at_tables,
    cli::Part,
    data::{Bank, Newest, add_person, connect, listing},
    engine::Engine,
    lab::Lab,
    report::{Figure, Quantity, Target},
    site::Site,
    statistics::{median, paired_ratio},
};

/// Rows of a second that have to be stored, of those that are new and of those that are known.
const NEW: f64 = 20_000.0;
const KNOWN: f64 = 60_000.0;
/// How much longer a listing may take because its announced rows have to be found among its booked ones.
const MATCHED: f64 = 1.25;
/// Rows that are announced at once: far more than one account ever has.
const ANNOUNCED: usize = 100;

/// Measures one engine.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, scale) = (lab.engine(), lab.scale);
    let rows = scale.listed_rows;
    let bank = Bank::new(Duration::ZERO, 1)?;
    let sources = lab.sources.clone();
    let site = lab.site_at(bank.clone(), &sources).await?;
    let person = add_person(&site.database, &lab.sources).await?;
    let runner = Runner { site: &site, lab, user: person.user.id };
    let today = lab.sources.clock.now().day();
    let show = |newest| bank.shows(listing(rows, ANNOUNCED, newest, today));

    let (mut new, mut known, mut same, mut other) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for turn in 0..scale.repeats {
        let mut connections = Vec::new();
        for way in [Newest::Booked, Newest::BookedAnew] {
            show(Newest::Pending);
            let name = format!("{way:?} {turn}");
            let connection = connect(&site.dashtam, &lab.sources, person.user.id, &name).await?;
            let (took, counts) = runner.run(connection).await?;
            if counts.added != i32::try_from(rows)? {
                bail!("{} of {rows} rows were new", counts.added);
            }
            new.push(rows as f64 / took.as_secs_f64());
            connections.push((way, connection));
        }
        if turn == 0 && engine == Engine::Postgres {
            look_at_tables(site.url()).await?;
        }
        for (_, connection) in &connections {
            let (took, counts) = runner.run(*connection).await?;
            if (counts.added, counts.updated, counts.removed) != (0, 0, 0) {
                bail!("known rows were not known: {counts:?}");
            }
            known.push(rows as f64 / took.as_secs_f64());
        }
        if turn % 2 == 1 {
            connections.reverse();
        }
        for (way, connection) in connections {
            show(way);
            let (took, counts) = runner.run(connection).await?;
            let announced = i32::try_from(ANNOUNCED)?;
            let (times, expected) = match way {
                Newest::BookedAnew => (&mut other, (announced, 0, 0)),
                Newest::Booked | Newest::Pending => (&mut same, (0, announced, 0)),
            };
            if (counts.added, counts.updated, counts.removed) != expected {
                bail!("the announced rows were not all found: {counts:?}");
            }
            times.push(took.as_secs_f64() * 1_000.0);
        }
    }
    drop(site.stop().await);
    let rate = |name: String, rates: Vec<f64>, bound: f64| {
        Figure::new(Part::Sync, Some(engine), name, Quantity::rows(median(rates.clone())))
            .target(Target::AtLeast(bound))
            .details(json!({"rounds": rates}))
    };
    let ratio = paired_ratio(&other, &same);
    let name = format!("{rows} known rows, {ANNOUNCED} of them booked under other ids");
    Ok(vec![
        rate(format!("{rows} new rows"), new, NEW),
        rate(format!("{rows} known rows"), known, KNOWN),
        Figure::new(Part::Sync, Some(engine), name, Quantity::millis(median(other.clone())))
            .beside("under the same", Quantity::millis(median(same.clone())), ratio)
            .target(Target::RatioAtMost(MATCHED))
            .details(json!({"rounds_ms": other, "reference_rounds_ms": same})),
    ])
}

/// Carries runs out.
struct Runner<'a> {
    site: &'a Site,
    lab: &'a Lab,
    user: UserId,
}

impl Runner<'_> {
    /// Asks for a run of the connection and carries it out; how long that took and what it did.
    async fn run(&self, connection: ConnectionId) -> Result<(Duration, SyncCounts)> {
        let (dashtam, sources) = (&self.site.dashtam, &self.lab.sources);
        let call = Call::user(self.user, SessionId(sources.ids.next()), sources.clock.now());
        dashtam.sync().request(&call, RequestSync { connection }, dashtam_application::unkept).await?;
        let begun = Instant::now();
        let run = dashtam.sync().run_next(&Call::system(sources.clock.now()), RunNextSync).await?;
        let took = begun.elapsed();
        match run {
            Some(run) if run.connection == connection && run.state == SyncState::Completed => {
                Ok((took, run.counts))
            }
            other => bail!("not a run that ended well: {other:?}"),
        }
    }
}
