//! `dashtam audit`.

use anyhow::{Context, Result, bail};
use dashtam_application::audit::VerifyAudit;
use dashtam_domain::{
    call::Call,
    identity::{ChainFault, NOBODYS_CHAIN},
};
use uuid::Uuid;

use super::{program, say};
use crate::cli::Audit;

pub(crate) async fn run(command: Audit) -> Result<()> {
    let Audit::Verify { sources } = command;
    let (dashtam, database, sources) = program(&sources).await?;
    let call = Call::system(sources.clock.now());
    let verified = dashtam.audit().verify(&call, VerifyAudit).await;
    database.close().await;
    let report = verified.context("the audit trail cannot be read")?;
    say(&format!("{} lines in {} chains.", report.lines, report.chains))?;
    if report.unlinked > 0 {
        say(&format!("{} lines are older than the chains and vouched for by later ones.", report.unlinked))?;
    }
    for fault in &report.faults {
        say(&describe(fault))?;
    }
    match report.faults.len() {
        0 => say("The audit trail is what was written."),
        faults => bail!(
            "the audit trail is not what was written ({faults} finding(s)); if SECRET_KEY was changed, every line \
             written before looks altered"
        ),
    }
}

fn describe(fault: &ChainFault) -> String {
    match fault {
        ChainFault::Altered { line, at } => {
            format!("altered or moved: line {} of {}, id {line}", at.position, owner(at.chain))
        }
        ChainFault::Missing { chain, from, to } if from == to => {
            format!("missing: line {from} of {}", owner(*chain))
        }
        ChainFault::Missing { chain, from, to } => {
            format!("missing: lines {from} to {to} of {}", owner(*chain))
        }
        ChainFault::Unlinked { line, at } => {
            format!("never linked: line {} of {}, id {line}", at.position, owner(at.chain))
        }
        ChainFault::Headless { chain } => {
            format!("missing: what tells the newest line of {}", owner(*chain))
        }
    }
}

fn owner(chain: Uuid) -> String {
    if chain == NOBODYS_CHAIN { "nobody's chain".to_owned() } else { format!("the chain of user {chain}") }
}
