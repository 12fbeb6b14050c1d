//! The banks behind Enable Banking.

use std::{fs, sync::Arc};

use anyhow::{Context, Result};
use dashtam_domain::{connections::Provider, secret::SecretText, sources::Sources};
use dashtam_provider_enable_banking::{Bank, EnableBankingOptions, PsuType};
use dashtam_provider_kit::Client;
use url::Url;

use crate::settings::{self, EnableBanking};

/// The banks that the operator names; none without an application.
pub(super) fn banks(
    settings: &EnableBanking,
    http: &Client,
    sources: &Sources,
    callback_url: &Url,
) -> Result<Vec<Arc<dyn Provider>>> {
    if settings.application_id.is_empty() {
        return Ok(Vec::new());
    }
    let options = EnableBankingOptions {
        base_url: settings.base_url.parse().context("enable_banking.base_url")?,
        application_id: settings.application_id.clone(),
        private_key: private_key(settings)?,
        redirect_uri: match settings.redirect_uri.as_str() {
            "" => callback_url.as_str().trim_end_matches('/').to_owned(),
            registered => registered.to_owned(),
        },
        psu_type: match settings.psu_type {
            settings::PsuType::Personal => PsuType::Personal,
            settings::PsuType::Business => PsuType::Business,
        },
    };
    let application =
        dashtam_provider_enable_banking::EnableBanking::new(options, http.clone(), sources.clock.clone())
            .context("the private key of enable_banking cannot be used")?;
    let mut banks: Vec<Arc<dyn Provider>> = Vec::with_capacity(settings.banks.len());
    for bank in &settings.banks {
        let bank: Bank = bank.parse().context("enable_banking.banks")?;
        banks.push(Arc::new(application.provider(bank).context("enable_banking.banks")?));
    }
    Ok(banks)
}

fn private_key(settings: &EnableBanking) -> Result<SecretText> {
    let file = &settings.private_key_file;
    if file.as_os_str().is_empty() {
        return Ok(settings.private_key.0.clone());
    }
    let text = fs::read_to_string(file)
        .with_context(|| format!("enable_banking.private_key_file: {} cannot be read", file.display()))?;
    Ok(SecretText::new(text))
}
