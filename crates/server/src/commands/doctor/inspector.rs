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

/// The longest wait for each sort of thing that is outside. All of them are looked at at once.
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
        let mut settings = self.settings.clone();
        // A running server follows the file.
        if let Some(file) = self.key_file.clone()
            && let Some(keys) = keys_now(file, &mut report).await
        {
            settings.security.encryption_keys = keys;
        }
        store::running(&settings, &self.sources, &self.database, &mut report).await;
        report
    }

    async fn outside(&self) -> Report {
        let (mut mail, mut redis, mut providers) = (Report::default(), Report::default(), Report::default());
        let (mailed, shared, linked) = tokio::join!(
            timeout(PATIENCE, outside::mail(&self.settings, &self.directory, &self.sources, &mut mail)),
            timeout(PATIENCE, outside::redis(&self.settings, &mut redis)),
            timeout(PATIENCE, outside::providers(&self.settings, &mut providers)),
        );
        together([
            ("mail", mail, mailed.is_ok()),
            ("redis", redis, shared.is_ok()),
            ("institutions", providers, linked.is_ok()),
        ])
    }
}

/// The encryption keys as they are in their file now; of one that cannot be read, the server goes on with those that it has.
async fn keys_now(file: PathBuf, report: &mut Report) -> Option<Vec<Secret>> {
    match spawn_blocking(move || key_file::read(&file)).await {
        Ok(Ok(entries)) => Some(entries.into_iter().map(Secret).collect()),
        Ok(Err(error)) => {
            let remedy = "put it back from a backup: the server cannot start again without it";
            report.failed("stored secrets", format!("{error:#}"), remedy);
            None
        }
        Err(_) => None,
    }
}

/// What was found of each, and of what did not come to its end that more could not be waited for.
fn together(looks: [(&'static str, Report, bool); 3]) -> Report {
    let mut report = Report::default();
    for (check, found, is_whole) in looks {
        report.append(found);
        if !is_whole {
            report.warning(
                check,
                format!("not all of it answers within {} seconds", PATIENCE.as_secs()),
                "look at the network, the firewall and the name servers",
            );
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use dashtam_domain::inspection::FindingState as State;

    use super::*;

    #[test]
    fn what_does_not_answer_takes_nothing_from_what_was_found() {
        let mut reports = [Report::default(), Report::default(), Report::default()];
        reports[0].failed("mail", "nobody answers", "look at mail.host");
        reports[1].ok("redis", "not used");
        reports[2].ok("institutions", "one can be reached");
        let [mail, redis, providers] = reports;
        let looks = [("mail", mail, true), ("redis", redis, true), ("institutions", providers, false)];
        let found = together(looks).into_findings();
        let told: Vec<_> = found.iter().map(|finding| (finding.check, finding.state)).collect();
        assert_eq!(
            told,
            [
                ("mail", State::Failed),
                ("redis", State::Ok),
                ("institutions", State::Ok),
                ("institutions", State::Warning)
            ]
        );
        assert_eq!(found[3].found, "not all of it answers within 10 seconds");
    }

    #[tokio::test]
    async fn a_key_file_that_is_gone_is_told_while_the_server_still_has_its_keys() {
        let mut report = Report::default();
        assert!(keys_now(PathBuf::from("/nowhere/encryption.key"), &mut report).await.is_none());
        let found = report.into_findings();
        assert_eq!((found.len(), found[0].check, found[0].state), (1, "stored secrets", State::Failed));
        assert!(found[0].found.contains("/nowhere/encryption.key cannot be read"), "{}", found[0].found);
    }
}
