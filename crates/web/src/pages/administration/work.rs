//! What is done for everybody, and how all is that the server needs: counts and states, nothing of whose they are.

use askama::Template;
use dashtam_application::upkeep::{ShowHealth, ShowWork};
use dashtam_domain::{
    connections::ConnectionTally,
    delivery::Due,
    inspection::{Finding, FindingState},
    time::Timestamp,
};

use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// Work that waits for this many minutes is late: workers that keep up have begun it long before.
const LATE_MINUTES: i64 = 15;

/// A sort of work that waits.
struct Queue {
    name: &'static str,
    waiting: String,
    /// Since when, if any waits.
    since: Option<String>,
    is_late: bool,
}

impl Queue {
    fn of(name: &'static str, due: Due, now: Timestamp) -> Self {
        Self {
            name,
            waiting: words::count(due.count),
            since: due.oldest.map(|at| words::ago(at, now)),
            is_late: due.oldest.is_some_and(|at| now.since(at).num_minutes() >= LATE_MINUTES),
        }
    }
}

/// How everybody's connections to an institution are.
struct Institution {
    name: String,
    key: String,
    working: String,
    failing: Option<String>,
    expired: Option<String>,
    /// The others, in words.
    others: String,
    last: String,
}

#[derive(Template)]
#[template(path = "administration_work.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    queues: Vec<Queue>,
    /// How many mails were given up, if any were.
    dead_mails: Option<String>,
    institutions: Vec<Institution>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let (dashtam, now) = (visit.dashtam(), visit.now());
    let work = dashtam.upkeep().show_work(&visit.call, ShowWork).await?;
    let known = dashtam.connections().available();
    let institution = |tally: &ConnectionTally| {
        let known = known.iter().find(|descriptor| descriptor.key == tally.provider);
        Institution {
            name: known.map_or_else(|| tally.provider.to_string(), |descriptor| descriptor.name.clone()),
            key: tally.provider.to_string(),
            working: words::count(tally.working),
            failing: some(tally.failing),
            expired: some(tally.expired),
            others: others(tally),
            last: tally.last_sync_at.map_or_else(|| "never".to_owned(), |at| words::ago(at, now)),
        }
    };
    let backlog = work.backlog;
    Reply::page(&Page {
        frame: visit.frame("Work", "administration"),
        section: "work",
        is_administrator: true,
        queues: vec![
            Queue::of("Synchronisations to be planned", backlog.connections, now),
            Queue::of("Synchronisations to be carried out", backlog.syncs, now),
            Queue::of("Mails to be sent", backlog.mails, now),
        ],
        dead_mails: some(backlog.dead_mails),
        institutions: work.connections.iter().map(institution).collect(),
    })
}

/// How many there are, if there are any.
fn some(number: u64) -> Option<String> {
    (number > 0).then(|| words::count(number))
}

/// Those that nothing is fetched of, and why.
fn others(tally: &ConnectionTally) -> String {
    let others =
        [(tally.pending, "never linked"), (tally.given_up, "given up"), (tally.switched_off, "switched off")];
    let told = others.into_iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told.map(|(number, what)| format!("{} {what}", words::count(number))).collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

/// What one check found.
struct Check {
    name: String,
    tone: &'static str,
    word: &'static str,
    found: String,
    remedy: Option<String>,
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        let (tone, word) = match finding.state {
            FindingState::Ok => ("good", "All right"),
            FindingState::Skipped => ("busy", "Not looked at"),
            FindingState::Warning => ("busy", "To be looked at"),
            FindingState::Failed => ("bad", "Does not work"),
        };
        Self {
            name: words::capital(finding.check.to_owned()),
            tone,
            word,
            found: finding.found,
            remedy: finding.remedy,
        }
    }
}

#[derive(Template)]
#[template(path = "administration_health.html")]
struct Health {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    /// How many checks found something that does not work.
    failed: usize,
    checks: Vec<Check>,
}

pub(crate) async fn health(visit: Visit) -> Outcome {
    let findings = visit.dashtam().upkeep().show_health(&visit.call, ShowHealth).await?;
    Reply::page(&Health {
        frame: visit.frame("Health", "administration"),
        section: "health",
        is_administrator: true,
        failed: findings.iter().filter(|finding| finding.state == FindingState::Failed).count(),
        checks: findings.into_iter().map(Check::from).collect(),
    })
}
