//! Work outside requests: deliveries from the outbox and queued synchronisations.

use std::{sync::Arc, time::Duration};

use dashtam_application::{Dashtam, delivery::Dispatch, limits::StoreDenials, sync::RunNextSync};
use dashtam_domain::{call::Call, delivery::WorkSignal, sources::Sources};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

/// Synchronisations this process runs at once.
const SYNCS: usize = 2;
/// How often a worker looks for work that nobody rang for.
const ROUND: Duration = Duration::from_secs(1);
/// How often refused requests are stored.
const DENIALS_ROUND: Duration = Duration::from_secs(15);

/// Rings the workers of this process.
#[derive(Default)]
pub(crate) struct Bell(Notify);

impl WorkSignal for Bell {
    fn ring(&self) {
        // Wakes those that wait now, and leaves a permit for the next that would.
        self.0.notify_waiters();
        self.0.notify_one();
    }
}

/// The workers of this process. They end after their present piece of work once `stop` turns true.
pub(crate) fn start(
    dashtam: &Dashtam,
    sources: &Sources,
    bell: &Arc<Bell>,
    stop: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("delivery", bell.clone(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move {
            let taken = program.delivery().dispatch(&call, Dispatch).await?;
            Ok::<_, dashtam_application::errors::CommonError>(taken > 0)
        }
    }));
    for _ in 0..SYNCS {
        let (program, clock) = (dashtam.clone(), sources.clock.clone());
        workers.spawn(rounds("sync", bell.clone(), stop.clone(), move || {
            let (program, call) = (program.clone(), Call::system(clock.now()));
            async move {
                let run = program.sync().run_next(&call, RunNextSync).await?;
                Ok::<_, dashtam_application::sync::SyncError>(run.is_some())
            }
        }));
    }
    workers
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
    if let Err(error) = dashtam.limits().store_denials(&call, StoreDenials).await {
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
            () = bell.0.notified() => {}
            () = tokio::time::sleep(ROUND) => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}
