//! The same look from inside a running server, for its administrators: what takes seconds at most. What reads the whole
//! database is left to `dashtam doctor`.

use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;
use dashtam_domain::{
    inspection::{Finding, Inspector},
    sources::Sources,
    time::Timestamp,
};
use dashtam_persistence::Database;
use tokio::{task::spawn_blocking, time::timeout};

use super::{outside, place, report::Report, store};
use crate::{
    key_file,
    settings::{Secret, Settings},
};

/// The longest wait for all that is outside.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at what this server runs with.
pub(in crate::commands) struct ServerInspector {
    pub(in crate::commands) settings: Settings,
    pub(in crate::commands) directory: PathBuf,
    /// The file with the encryption keys, unless the configuration gives them.
    pub(in crate::commands) key_file: Option<PathBuf>,
    pub(in crate::commands) sources: Sources,
    pub(in crate::commands) database: Database,
}

#[async_trait]
impl Inspector for ServerInspector {
    async fn look(&self, _now: Timestamp) -> Vec<Finding> {
        let (place, store, outside) = tokio::join!(self.place(), self.store(), self.outside());
        let mut report = place;
        report.append(store);
        report.append(outside);
        report.into_findings()
    }
}

impl ServerInspector {
    async fn place(&self) -> Report {
        let (settings, directory, sources) =
            (self.settings.clone(), self.directory.clone(), self.sources.clone());
        let looked = spawn_blocking(move || {
            let mut report = Report::default();
            place::directory(&directory, &mut report);
            place::disk(&directory, &mut report);
            place::certificate(&settings, &directory, &sources, &mut report);
            report
        });
        looked.await.unwrap_or_else(|_| {
            let mut report = Report::default();
            report.skipped("data directory", "the look at it was cut off");
            report
        })
    }

    async fn store(&self) -> Report {
        let mut report = Report::default();
        let settings = self.present().await;
        store::running(&settings, &self.sources, &self.database, &mut report).await;
        report
    }

    /// The settings with the encryption keys as they are in their file now, which a running server follows.
    async fn present(&self) -> Settings {
        let mut settings = self.settings.clone();
        let Some(file) = self.key_file.clone() else { return settings };
        if let Ok(Ok(entries)) = spawn_blocking(move || key_file::read(&file)).await {
            settings.security.encryption_keys = entries.into_iter().map(Secret).collect();
        }
        settings
    }

    async fn outside(&self) -> Report {
        let looked = timeout(PATIENCE, async {
            let (mut mail, mut redis, mut providers) =
                (Report::default(), Report::default(), Report::default());
            tokio::join!(
                outside::mail(&self.settings, &self.directory, &self.sources, &mut mail),
                outside::redis(&self.settings, &mut redis),
                outside::providers(&self.settings, &mut providers),
            );
            mail.append(redis);
            mail.append(providers);
            mail
        });
        looked.await.unwrap_or_else(|_| {
            let mut report = Report::default();
            report.warning(
                "mail, redis and institutions",
                "they do not answer within 10 seconds",
                "look at the network, the firewall and the name servers",
            );
            report
        })
    }
}
