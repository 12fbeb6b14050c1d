//! The groups of figures, in the order in which they are measured.

mod crowd;
mod login;
mod mailed;
mod net_worth;
mod ofx;
mod pages;
mod portfolio;
mod reads;
mod recurring;
mod rules;
mod sessions;
mod start;
mod sync;

use anyhow::{Context, Result};

use crate::{
    cli::{Cli, Part},
    engine::Host,
    lab::Lab,
    program,
    report::Report,
};

/// Measures what was asked for.
pub(crate) async fn measure(cli: &Cli) -> Result<Report> {
    let sources = dashtam_local::sources();
    let scale = cli.scale();
    let mut report = Report::new(sources.clock.now(), cli.quick, !cli.no_log);
    if cfg!(debug_assertions) {
        crate::tell("A debug build: its figures say nothing. Use just bench, or cargo run --release.");
    }
    let server = program::file();
    if let Err(error) = &server {
        report.skip(format!("start-up, memory of sign-ins and of imports: {error}"));
    }
    let server = server.is_ok();

    if cli.wants(Part::Start) && server {
        crate::tell("start");
        report.add(start::measure(&sources, scale).await.context("start")?);
    }
    if cli.wants(Part::Login) && server {
        crate::tell("login: memory");
        report.add(login::memory(&sources).await.context("memory of sign-ins")?);
    }
    if cli.wants(Part::Ofx) {
        crate::tell("ofx: reading");
        report.add(ofx::read(scale).context("reading of statements")?);
    }
    if cli.wants(Part::Rules) {
        crate::tell("rules");
        report.add(rules::measure(scale, sources.clock.now()).context("rules")?);
    }
    if cli.wants(Part::Recurring) {
        crate::tell("recurring");
        report.add(recurring::measure(scale, sources.clock.now()).context("recurring streams")?);
    }
    if cli.wants(Part::Portfolio) {
        crate::tell("portfolio");
        report.add(portfolio::measure(scale).context("portfolio")?);
    }
    for engine in cli.engines() {
        let host = match Host::open(engine).await? {
            Ok(host) => host,
            Err(skip) => {
                report.skip(format!("everything on {}: {skip}", engine.name()));
                continue;
            }
        };
        let mut lab = Lab::new(host, sources.clone(), scale)?;
        if cli.wants(Part::Reads) {
            crate::tell(&format!("reads on {}", engine.name()));
            report.add(reads::measure(&mut lab).await.context("reads")?);
        }
        if cli.wants(Part::Pages) {
            crate::tell(&format!("pages on {}", engine.name()));
            report.add(pages::measure(&mut lab).await.context("pages")?);
        }
        lab.stop_ledgers().await;
        if cli.wants(Part::NetWorth) {
            crate::tell(&format!("net-worth on {}", engine.name()));
            report.add(net_worth::measure(&mut lab).await.context("net worth")?);
        }
        if cli.wants(Part::Login) {
            crate::tell(&format!("login on {}", engine.name()));
            report.add(login::measure(&mut lab).await.context("login")?);
        }
        if cli.wants(Part::Sessions) {
            crate::tell(&format!("sessions on {}", engine.name()));
            report.add(sessions::measure(&mut lab).await.context("sessions")?);
        }
        if cli.wants(Part::Mailed) {
            crate::tell(&format!("mailed on {}", engine.name()));
            report.add(mailed::measure(&mut lab).await.context("mailed tokens")?);
        }
        if cli.wants(Part::Sync) {
            crate::tell(&format!("sync on {}", engine.name()));
            report.add(sync::measure(&mut lab).await.context("synchronisation")?);
        }
        if cli.wants(Part::Crowd) {
            crate::tell(&format!("crowd on {}", engine.name()));
            report.add(crowd::measure(&mut lab).await.context("due connections")?);
        }
        if cli.wants(Part::Ofx) {
            crate::tell(&format!("ofx on {}", engine.name()));
            report.add(ofx::import(&mut lab, Part::Ofx).await.context("imports")?);
            if server {
                report.add(ofx::memory(&mut lab).await.context("memory of imports")?);
            }
        }
        if cli.wants(Part::Csv) {
            crate::tell(&format!("csv on {}", engine.name()));
            report.add(ofx::import(&mut lab, Part::Csv).await.context("imports of tables")?);
        }
    }
    Ok(report)
}
