//! `dashtam sandbox`.

use std::sync::Arc;

use anyhow::{Context, Result};
use dashtam_sandbox_bank::{Client, Options, SandboxBank};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{say, tell};
use crate::{cli, settings::LogFormat, telemetry};

/// The client a Dashtam server uses at a sandbox that runs alone. No secret: the bank's money is made up.
const CLIENT_ID: &str = "dashtam";
const CLIENT_SECRET: &str = "sandbox-client";

pub(crate) async fn run(arguments: cli::Sandbox) -> Result<()> {
    telemetry::start(LogFormat::Text, "info")?;
    let clock = dashtam_local::sources().clock;
    let bank = SandboxBank::start(Options {
        listen: arguments.listen,
        clients: vec![Client::new(CLIENT_ID, CLIENT_SECRET, arguments.redirect_uri.clone())],
        ..Options::new(arguments.seed, Arc::new(move || clock.now().as_chrono()))
    })
    .await
    .with_context(|| {
        format!("cannot listen on {}; choose another address with --listen", arguments.listen)
    })?;
    // Before the first line: who reads it may stop the program at once.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let line = json!({
        "sandbox": bank.base_url(),
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": arguments.redirect_uri,
    });
    say(&line.to_string())?;
    tell(&format!("Sandbox institution at {}; sign in as alice with the password sandbox", bank.base_url()));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    bank.stop().await.context("the sandbox institution did not stop")
}
