//! Work outside requests: deliveries from the outbox, queued synchronisations, accounts due for deletion.

use std::{sync::Arc, time::Duration};

use dashtam_application::{Dashtam, delivery::Dispatch, profile::EraseDueAccount, sync::RunNextSync};
use dashtam_domain::{call::Call, delivery::WorkSignal, sources::Sources};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

/// Synchronisations this process runs at once.
const SYNCS: usize = 2;
/// How often a worker looks for work that nobody rang for.
const ROUND: Duration = Duration::from_secs(1);

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
    let (program, clock) = (dashtam.clone(), sources.clock.clone());
    workers.spawn(rounds("erasure", bell.clone(), stop.clone(), move || {
        let (program, call) = (program.clone(), Call::system(clock.now()));
        async move {
            let erased = program.profile().erase_due(&call, EraseDueAccount).await?;
            Ok::<_, dashtam_application::profile::ProfileError>(erased)
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
