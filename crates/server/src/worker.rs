//! Work outside requests: deliveries from the outbox, webhooks, notifications, queued synchronisations, files of exports, the
//! life of tokens, accounts due for deletion, upkeep, and writing what sessions did.

use std::{sync::Arc, time::Duration};

use dashtam_api::ExportWriters;
use dashtam_application::{
    Dashtam,
    administration::ResetDueSecondFactors,
    api_keys::TellKeyExpiry,
    authorization::{RefreshDue, TellExpiry},
    delivery::{AnswerMailRequests, Dispatch},
    denials::StoreDenials,
    errors::CommonError,
    exports::{RunNextExport, SweepExports},
    keystore::{AdvanceSigningKeys, SigningError},
    notifications::TellNotifications,
    profile::EraseDueAccount,
    rules::CarryOnRuleRuns,
    sessions::FlushActivity,
    sync::{PlanSyncs, RunNextSync, SyncError},
    upkeep::{CheckSample, InterruptImports, Purge},
    webhooks::PlanWebhookDeliveries,
};
use dashtam_domain::{call::Call, sources::Sources};
use dashtam_persistence::LiveWire;
use tokio::{sync::watch, task::JoinSet};

use crate::{settings::Sync as Syncs, webhook_worker, work_bell::Bell};

/// How often the activity of sessions is written.
const ACTIVITY_ROUND: Duration = Duration::from_secs(60);
/// How often a worker looks for work that nobody rang for.
const ROUND: Duration = Duration::from_secs(1);
/// How often refused requests are stored.
const DENIALS_ROUND: Duration = Duration::from_secs(15);

/// How often a worker looks for tokens and grants that end.
const TOKENS: Duration = Duration::from_secs(10);
/// How often a worker looks for API keys that end.
const KEYS: Duration = Duration::from_secs(60);
/// How often a worker looks at every webhook for events that nobody made deliveries of in time; once at the start, too.
const WEBHOOKS: Duration = Duration::from_secs(60);
/// How often a worker looks for what people want to hear of; once at the start, too.
const NOTIFICATIONS: Duration = Duration::from_secs(60);
/// How often what is left of exports that expired or were removed goes.
const EXPORTS: Duration = Duration::from_secs(60);
/// How often a worker looks for imports that died.
const IMPORTS: Duration = Duration::from_secs(300);
/// How often a sample of what is kept beside the ledger is checked; once at the start, too.
const NIGHTS: Duration = Duration::from_secs(86_400);
/// How often outlived rows are removed; once at the start, too.
const PURGES: Duration = Duration::from_secs(86_400);

/// The workers of this process. They end after their present piece of work once `stop` turns true.
pub(crate) fn start(
    dashtam: &Dashtam,
    sources: &Sources,
    syncs: Syncs,
    bell: &Arc<Bell>,
    stop: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("delivery", bell.clone(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move {
            let taken = program.delivery().dispatch(&call, Dispatch).await?;
            Ok::<_, CommonError>(taken > 0)
        }
    }));
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("erasure", bell.clone(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move {
            let erased = program.profile().erase_due(&call, EraseDueAccount).await?;
            Ok::<_, dashtam_application::profile::ProfileError>(erased)
        }
    }));
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("rules", bell.clone(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move { program.rules().carry_on(&call, CarryOnRuleRuns).await }
    }));
    // One in each process: a file is much work, and nobody waits for it.
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("exports", bell.clone(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move { program.exports().run_next(&call, RunNextExport, &ExportWriters).await }
    }));
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("webhooks", bell.clone(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move {
            let planned = program.webhooks().plan(&call, PlanWebhookDeliveries::OfLate).await?;
            Ok::<_, CommonError>(planned > 0)
        }
    }));
    let (program, clock, stops) = (dashtam.clone(), sources.clock.clone(), stop.clone());
    workers.spawn(every("overlooked webhooks", WEBHOOKS, stop.clone(), move || {
        let (program, clock, stops) = (program.clone(), clock.clone(), stops.clone());
        async move {
            let goes_on = || !*stops.borrow();
            let plan = PlanWebhookDeliveries::Overlooked;
            while goes_on() && program.webhooks().plan(&Call::system(clock.now()), plan).await? > 0 {}
            Ok(())
        }
    }));
    let (program, clock, stops) = (dashtam.clone(), sources.clock.clone(), stop.clone());
    workers.spawn(every("notifications", NOTIFICATIONS, stop.clone(), move || {
        let (program, clock, stops) = (program.clone(), clock.clone(), stops.clone());
        async move {
            let goes_on = || !*stops.borrow();
            let now = || Call::system(clock.now());
            while goes_on() && program.notifications().tell(&now(), TellNotifications).await? > 0 {}
            Ok(())
        }
    }));
    workers.spawn(webhook_worker::send(dashtam.clone(), sources.clone(), bell.clone(), stop.clone()));
    if syncs.enabled {
        let (program, clock) = (dashtam.clone(), sources.clock.clone());
        workers.spawn(rounds("planner", bell.clone(), stop.clone(), move || {
            let (program, call) = (program.clone(), Call::system(clock.now()));
            async move {
                let planned = program.sync().plan(&call, PlanSyncs).await?;
                Ok::<_, SyncError>(planned > 0)
            }
        }));
    }
    for _ in 0..syncs.concurrency {
        let (program, clock) = (dashtam.clone(), sources.clock.clone());
        workers.spawn(rounds("sync", bell.clone(), stop.clone(), move || {
            let (program, call) = (program.clone(), Call::system(clock.now()));
            async move {
                let run = program.sync().run_next(&call, RunNextSync).await?;
                Ok::<_, SyncError>(run.is_some())
            }
        }));
    }
    macro_rules! timed {
        ($name:literal every $pause:ident: $service:ident.$verb:ident($request:ident)) => {
            let (program, clock) = (dashtam.clone(), sources.clock.clone());
            workers.spawn(every($name, $pause, stop.clone(), move || {
                let (program, call) = (program.clone(), Call::system(clock.now()));
                async move { program.$service().$verb(&call, $request).await.map(drop) }
            }));
        };
    }
    // By the clock alone, however often requests ring: see `answer_mail_requests`.
    timed!("mail requests" every ROUND: delivery.answer_mail_requests(AnswerMailRequests));
    timed!("tokens" every TOKENS: authorization.refresh_due(RefreshDue));
    timed!("expiry" every TOKENS: authorization.tell_expiry(TellExpiry));
    timed!("api keys" every KEYS: api_keys.tell_expiry(TellKeyExpiry));
    timed!("second factors" every TOKENS: administration.reset_due_second_factors(ResetDueSecondFactors));
    timed!("old exports" every EXPORTS: exports.sweep(SweepExports));
    timed!("imports" every IMPORTS: upkeep.interrupt_imports(InterruptImports));
    timed!("day sums" every NIGHTS: upkeep.check_sample(CheckSample));
    timed!("purge" every PURGES: upkeep.purge(Purge));
    workers
}

/// Keeps the keys of access tokens as the keystore has them. Every process that reads tokens needs this, whatever
/// else it does.
pub(crate) fn watch_signing_keys(
    dashtam: &Dashtam,
    sources: &Sources,
    stop: &watch::Receiver<bool>,
    workers: &mut JoinSet<()>,
) {
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("signing keys", Arc::default(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move {
            program.signing().advance(&call, AdvanceSigningKeys).await?;
            Ok::<_, SigningError>(false)
        }
    }));
}

/// Works at once, and again after every pause, until `stop` turns true. Errors are logged.
async fn every<W, F>(name: &'static str, pause: Duration, mut stop: watch::Receiver<bool>, work: W)
where
    W: Fn() -> F,
    F: Future<Output = Result<(), CommonError>>,
{
    while !*stop.borrow() {
        if let Err(error) = work().await {
            tracing::error!(worker = name, error = &error as &dyn std::error::Error, "a round failed");
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Rings for what other processes write, until `stop` turns true. Every process that answers requests needs this.
pub(crate) async fn ring(wire: LiveWire, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        () = wire.run() => {}
        _ = stop.wait_for(|stops| *stops) => {}
    }
}

/// Writes once a minute what sessions did, and the rest once `stop` turns true and `served` is dropped: requests are
/// answered until then.
pub(crate) async fn record_activity(
    dashtam: Dashtam,
    sources: Sources,
    mut stop: watch::Receiver<bool>,
    mut served: watch::Receiver<()>,
) {
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(ACTIVITY_ROUND) => flush(&dashtam, &sources).await,
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    while served.changed().await.is_ok() {}
    flush(&dashtam, &sources).await;
}

async fn flush(dashtam: &Dashtam, sources: &Sources) {
    let call = Call::system(sources.clock.now());
    if let Err(error) = dashtam.sessions().flush_activity(&call, FlushActivity).await {
        tracing::error!(error = &error as &dyn std::error::Error, "what sessions did could not be written");
    }
}

/// Stores refused requests of a process that answers requests, from time to time and when it ends. Until `stop`
/// turns true, requests may still be refused; afterwards the caller stores the rest.
pub(crate) async fn store_denials(dashtam: Dashtam, sources: Sources, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(DENIALS_ROUND) => store_counted_denials(&dashtam, &sources).await,
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Stores what was counted so far. A failure is logged, and the counts are kept for the next time.
pub(crate) async fn store_counted_denials(dashtam: &Dashtam, sources: &Sources) {
    let call = Call::system(sources.clock.now());
    if let Err(error) = dashtam.denials().store_denials(&call, StoreDenials).await {
        tracing::error!(error = &error as &dyn std::error::Error, "refused requests could not be recorded");
    }
}

/// Works until there is nothing left, then waits for the bell or the next round. Errors are logged and slow the
/// worker down, so that a broken database is not asked without pause.
async fn rounds<W, F, E>(name: &'static str, bell: Arc<Bell>, mut stop: watch::Receiver<bool>, work: W)
where
    W: Fn() -> F,
    F: Future<Output = Result<bool, E>>,
    E: std::error::Error + 'static,
{
    while !*stop.borrow() {
        let more = match work().await {
            Ok(more) => more,
            Err(error) => {
                tracing::error!(worker = name, error = &error as &dyn std::error::Error, "a round failed");
                false
            }
        };
        if more {
            continue;
        }
        tokio::select! {
            () = bell.rung() => {}
            () = tokio::time::sleep(ROUND) => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}
