//! What was found, for people and for programs.

use dashtam_domain::inspection::{Finding, FindingState as State};

/// Every finding, in the order in which things depend on each other.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Something is as it should be.
    pub(super) fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, State::Ok, found, None);
    }

    /// Something could not be looked at.
    pub(super) fn skipped(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, State::Skipped, found, None);
    }

    /// Something works, and somebody should do this about it.
    pub(super) fn warning(
        &mut self,
        check: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(check, State::Warning, found, Some(remedy.into()));
    }

    /// Something does not work until this is done.
    pub(super) fn failed(
        &mut self,
        check: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(check, State::Failed, found, Some(remedy.into()));
    }

    fn add(&mut self, check: &'static str, state: State, found: impl Into<String>, remedy: Option<String>) {
        self.findings.push(Finding { check, state, found: found.into(), remedy });
    }

    /// The findings of another report, behind those of this one.
    pub(super) fn append(&mut self, mut other: Self) {
        self.findings.append(&mut other.findings);
    }

    /// All findings.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// How many findings there are of this state.
    pub(super) fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|finding| finding.state == state).count()
    }

    /// The report as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        let worst = self.findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
        let checks = self.findings.iter().map(|Finding { check, state, found, remedy }| {
            serde_json::json!({"check": check, "state": state.as_str(), "found": found, "remedy": remedy})
        });
        serde_json::json!({"healthy": worst != State::Failed, "checks": checks.collect::<Vec<_>>()})
    }

    /// The report for people: a line for each check, and below it what to do.
    pub(super) fn lines(&self) -> Vec<String> {
        let width = self.findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
        let mut lines = Vec::new();
        for Finding { check, state, found, remedy } in &self.findings {
            let word = match state {
                State::Ok => "ok     ",
                State::Skipped => "skipped",
                State::Warning => "WARNING",
                State::Failed => "FAILED ",
            };
            lines.push(format!("{word}  {check:width$}  {found}"));
            lines.extend(remedy.iter().map(|remedy| format!("{:7}  {:width$}  -> {remedy}", "", "")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_remedy_below_it_and_one_failure_is_enough() {
        let mut report = Report::default();
        report.ok("disk", "plenty");
        report.warning("certificate", "ends soon", "renew it");
        assert_eq!(report.json()["healthy"], true);
        report.failed("database", "gone", "start it");
        report.skipped("keys", "no database");
        assert_eq!(report.json()["healthy"], false);
        assert_eq!(report.count(State::Failed), 1);
        assert_eq!(
            report.lines(),
            [
                "ok       disk         plenty",
                "WARNING  certificate  ends soon",
                "                      -> renew it",
                "FAILED   database     gone",
                "                      -> start it",
                "skipped  keys         no database",
            ]
        );
    }
}
