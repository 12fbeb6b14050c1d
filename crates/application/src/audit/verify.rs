//! Goes through the whole trail and finds what was altered, removed or moved.

use std::collections::HashMap;

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::{ChainCheck, ChainFault, ChainHead},
    page::Limit,
};
use uuid::Uuid;

use super::Audit;
use crate::{errors::CommonError, request::request};

/// Is the trail what was written?
#[derive(Debug)]
pub struct VerifyAudit;

request!(VerifyAudit, "audit.verify", Access::System);

/// What was looked at, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// How many chains were read.
    pub chains: u64,
    /// How many lines were read.
    pub lines: u64,
    /// Lines older than their chain, which nothing but the first line after them vouches for.
    pub unlinked: u64,
    /// What is wrong.
    pub faults: Vec<ChainFault>,
}

impl Audit {
    /// Checks every chain. Lines that are written meanwhile disturb nothing: the newest lines are noted first.
    #[tracing::instrument(name = "audit.verify", skip_all)]
    pub async fn verify(&self, call: &Call, _request: VerifyAudit) -> Result<AuditReport, CommonError> {
        call.permits(Access::System)?;
        let mut heads = self.heads().await?;
        let mut report = AuditReport::default();
        let (mut check, mut after): (Option<ChainCheck>, _) = (None, None);
        loop {
            let page = self.queries.audit_records(after, largest()).await?;
            for line in &page.items {
                report.lines += 1;
                report.unlinked += u64::from(line.is_unlinked());
                if check.as_ref().is_none_or(|check| check.chain() != line.chain) {
                    report.take(check.take());
                    check = Some(ChainCheck::new(line.chain, heads.remove(&line.chain)));
                }
                if let Some(check) = &mut check {
                    check.line(line, &*self.seal);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        report.take(check);
        // A chain of which not one line is left.
        for (chain, head) in heads {
            report.take(Some(ChainCheck::new(chain, Some(head))));
        }
        if !report.faults.is_empty() {
            tracing::error!(faults = report.faults.len(), "the audit trail is not what was written");
        }
        Ok(report)
    }

    async fn heads(&self) -> Result<HashMap<Uuid, ChainHead>, CommonError> {
        let (mut heads, mut after) = (HashMap::new(), None);
        loop {
            let page = self.queries.audit_heads(after, largest()).await?;
            heads.extend(page.items.into_iter().map(|head| (head.chain, head)));
            after = page.next;
            if after.is_none() {
                return Ok(heads);
            }
        }
    }
}

impl AuditReport {
    /// Adds a chain that was gone through.
    fn take(&mut self, check: Option<ChainCheck>) {
        if let Some(check) = check {
            self.chains += 1;
            self.faults.extend(check.finish());
        }
    }
}

fn largest() -> Limit {
    Limit::new(Limit::MAX).unwrap_or_default()
}
