//! Many connections that are due at once, of an institution that takes its time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use dashtam_application::sync::{PlanSyncs, RunNextSync};
use dashtam_domain::{
    call::Call,
    connections::SyncState,
    identity::PasswordHasher,
    sources::{Clock, Sources},
    time::Timestamp,
};
use serde_json::json;

use crate::{
    cli::Part,
    data::{Bank, Newest, Person, add_people, connect, listing},
    lab::Lab,
    memory::{Watched, growth},
    report::{Figure, Quantity, Target},
    site::Site,
};

/// Runs at once: what `sync.concurrency` is unless it is set.
const AT_ONCE: usize = 4;
/// Connections of one user.
const EACH: usize = 10;
/// Rows that every account shows.
const ROWS: usize = 20;
/// How much longer than the institution alone it may take.
const BOUND: f64 = 1.25;
/// Memory may grow so much once every connection has run: by then the page caches of the database, which have a bound, hold
/// what they will hold.
const FLAT_MIB: f64 = 8.0;

/// Measures one engine.
pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>> {
    let (engine, scale) = (lab.engine(), lab.scale);
    let bank = Bank::new(scale.thinks, AT_ONCE)?;
    bank.shows(listing(ROWS, 2, Newest::Pending, lab.sources.clock.now().day()));
    let clock = Arc::new(Ahead { clock: lab.sources.clock.clone(), hours: AtomicU32::new(0) });
    let sources = Sources { clock: clock.clone(), ..lab.sources.clone() };
    let site = lab.site_at(bank.clone(), &sources).await?;
    let hash = lab.hasher.hash(&Person::password()?).await?;
    let people = add_people(&site.database, &sources, &hash, scale.due.div_ceil(EACH), true).await?;
    for number in 0..scale.due {
        let user = people[number / EACH];
        connect(&site.dashtam, &sources, user, &format!("Number {number}")).await?;
    }
    let memory = Watched::myself();
    memory.forget_peak()?;
    let due = scale.due;
    let begun = Instant::now();
    let crowd = Crowd { site: &site, clock: &*clock };
    crowd.carry_out(due).await?;
    let (took, first, answers) = (begun.elapsed(), memory.peak()?, bank.answers());
    if crowd.next().await? {
        bail!("a connection ran twice");
    }
    // A day later half of them run again.
    clock.hours.store(24, Relaxed);
    crowd.carry_out(due / 2).await?;
    let last = memory.peak()?;
    drop(site.stop().await);

    let alone = scale.thinks.as_secs_f64() * answers as f64 / AT_ONCE as f64;
    let milliseconds = |seconds: f64| Quantity::millis(seconds * 1_000.0);
    let took = took.as_secs_f64();
    Ok(vec![
        Figure::new(Part::Crowd, Some(engine), format!("{due} due connections"), milliseconds(took))
            .beside("the institution's answers", milliseconds(alone), took / alone)
            .target(Target::RatioAtMost(BOUND))
            .details(json!({"answers": answers, "at_once": AT_ONCE, "thinks_ms": scale.thinks.as_millis()})),
        Figure::new(
            Part::Crowd,
            Some(engine),
            format!("{due} due connections: memory of half of them once more"),
            Quantity::mib(growth(first, last)),
        )
        .target(Target::AtMost(FLAT_MIB)),
    ])
}

/// A clock that can be put ahead, for whoever asks what time it is: a run's lease is prolonged by the clock that others see
/// it end by.
struct Ahead {
    clock: Arc<dyn Clock>,
    hours: AtomicU32,
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.clock.now().plus(TimeDelta::hours(self.hours.load(Relaxed).into()))
    }
}

/// Everybody's runs.
struct Crowd<'a> {
    site: &'a Site,
    clock: &'a dyn Clock,
}

impl Crowd<'_> {
    /// Plans and carries out so many runs, by as many workers as a server has.
    async fn carry_out(&self, runs: usize) -> Result<()> {
        let left = AtomicUsize::new(runs);
        let worker = || async {
            while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
                let give_up = Instant::now() + Duration::from_secs(60);
                while !self.next().await? {
                    if Instant::now() > give_up {
                        bail!("no run is due any longer");
                    }
                    self.plan().await?;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            Ok(())
        };
        let workers: Vec<_> = (0..AT_ONCE).map(|_| worker()).collect();
        futures_util::future::try_join_all(workers).await.map(drop)
    }

    async fn plan(&self) -> Result<()> {
        let call = Call::system(self.clock.now());
        self.site.dashtam.sync().plan(&call, PlanSyncs).await.map(drop).context("planning")
    }

    /// Whether a run was waiting; it was carried out then.
    async fn next(&self) -> Result<bool> {
        let call = Call::system(self.clock.now());
        match self.site.dashtam.sync().run_next(&call, RunNextSync).await? {
            None => Ok(false),
            Some(run) if run.state == SyncState::Completed => Ok(true),
            Some(run) => bail!("a run ended badly: {:?}, {:?}", run.state, run.error),
        }
    }
}
