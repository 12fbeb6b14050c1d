//! The sandbox institution that runs inside the server.

use std::sync::Arc;

use anyhow::{Context, Result};
use dashtam_domain::{secret::SecretText, sources::Sources};
use dashtam_sandbox_bank::{Client, Options as BankOptions, RunningBank, SandboxBank};
use url::Url;

use crate::{first_start::DataDirectory, settings::Settings, wiring};

/// The sandbox institution in this process, with the one client it knows.
pub(super) struct Bank {
    pub(super) running: RunningBank,
    client_secret: SecretText,
    redirect_uri: Url,
}

const BANK_CLIENT: &str = "dashtam";

impl Bank {
    pub(super) async fn start(
        settings: &Settings,
        directory: &DataDirectory,
        sources: &Sources,
        redirect_uri: Url,
    ) -> Result<Self> {
        let clock = sources.clock.clone();
        let client_secret = dashtam_security::generate_fernet_key(&*sources.randomness);
        let client = Client::new(BANK_CLIENT, client_secret.expose(), [redirect_uri.as_str()]);
        let running = SandboxBank::start(BankOptions {
            listen: settings.sandbox.listen,
            clients: vec![client],
            state_file: Some(directory.path.join("sandbox-bank.json")),
            ..BankOptions::new(settings.sandbox.seed, Arc::new(move || clock.now().as_chrono()))
        })
        .await
        .context("the sandbox institution cannot be started (sandbox.listen)")?;
        Ok(Self { running, client_secret, redirect_uri })
    }

    pub(super) fn access(&self) -> Result<wiring::SandboxAccess> {
        Ok(wiring::SandboxAccess {
            base_url: self.running.base_url().parse()?,
            client_id: BANK_CLIENT.to_owned(),
            client_secret: self.client_secret.clone(),
            redirect_uri: self.redirect_uri.clone(),
        })
    }
}
