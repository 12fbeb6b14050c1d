//! Sends webhooks: each endpoint on a task of its own, so that one that answers slowly holds up no other.

use std::{error::Error, sync::Arc, time::Duration};

use dashtam_application::{
    Dashtam,
    webhooks::{ClaimWebhooks, DeliverToWebhook},
};
use dashtam_domain::{call::Call, sources::Sources};
use tokio::{sync::watch, task::JoinSet};

use crate::work_bell::Bell;

/// How many endpoints this process sends to at one time.
const AT_ONCE: u32 = 64;
/// How often it looks for what nobody rang for.
const ROUND: Duration = Duration::from_secs(1);

/// Sends what is due until `stop` turns true; what is under way then comes to its end.
pub(crate) async fn send(
    dashtam: Dashtam,
    sources: Sources,
    bell: Arc<Bell>,
    mut stop: watch::Receiver<bool>,
) {
    let mut tasks = JoinSet::new();
    while !*stop.borrow() {
        let under_way = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
        let most = AT_ONCE.saturating_sub(under_way);
        let call = Call::system(sources.clock.now());
        let claimed = match dashtam.webhooks().claim(&call, ClaimWebhooks { most }).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(error = &error as &dyn Error, "what is due to webhooks could not be read");
                Vec::new()
            }
        };
        let is_done = claimed.is_empty();
        for webhook in claimed {
            let (program, clock) = (dashtam.clone(), sources.clock.clone());
            tasks.spawn(async move {
                let call = Call::system(clock.now());
                let sent = program.webhooks().deliver(&call, DeliverToWebhook { webhook }).await;
                if let Err(error) = sent {
                    tracing::error!(error = &error as &dyn Error, "deliveries to a webhook were not stored");
                }
            });
        }
        if !is_done {
            while tasks.try_join_next().is_some() {}
            continue;
        }
        tokio::select! {
            () = bell.rung() => {}
            () = tokio::time::sleep(ROUND) => {}
            Some(_) = tasks.join_next() => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
    while tasks.join_next().await.is_some() {}
}
