//! Reading accounts and their balances.

use async_trait::async_trait;
use dashtam_domain::connections::{AccountsFeed, Credentials, ProviderError, PulledAccount, PulledAccounts};
use dashtam_provider_kit::lenient::{called, kept_json};
use serde_json::Value;

use crate::{EnableBankingProvider, map::account, session::Session};

const BALANCES: &str = "balances";

/// Rows of an answer; a list that is not there cannot be told from one that was lost.
pub(crate) fn rows<'a>(
    answer: &'a Value,
    field: &'static str,
    at: &'static str,
) -> Result<&'a [Value], ProviderError> {
    let rows = answer.get(field).and_then(Value::as_array);
    rows.map(Vec::as_slice).ok_or(ProviderError::Malformed { at })
}

impl EnableBankingProvider {
    /// What the bank says of an account's balances; nothing where it refuses to tell them of this account.
    async fn balances(&self, uid: &str) -> Result<Vec<Value>, ProviderError> {
        let url = self.application.address(&["accounts", uid, "balances"])?;
        match self.application.ask_bank(&url, BALANCES).await {
            Ok(answer) => Ok(rows(&answer, BALANCES, BALANCES)?.to_vec()),
            Err(refusal) => match refusal.error {
                ProviderError::Rejected { code } => {
                    tracing::warn!(code, "an account is told without its balances");
                    Ok(Vec::new())
                }
                other => Err(other),
            },
        }
    }
}

#[async_trait]
impl AccountsFeed for EnableBankingProvider {
    /// The accounts are those of the session; the bank is asked for nothing but their balances.
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let session = Session::of(credentials)?;
        let institution = session.institution.as_deref().unwrap_or(self.bank.name());
        let mut told = PulledAccounts::default();
        if session.left_out > 0 {
            told.gaps.push(format!("Accounts that cannot be told from others: {}.", session.left_out));
        }
        for granted in &session.accounts {
            // The bank is not asked in vain.
            let read = account::read(&granted.row, &[], institution).and_then(|account| {
                let twice = told.accounts.iter().any(|known| known.external_id == account.external_id);
                if twice { Err("identification_hash stands for two accounts".to_owned()) } else { Ok(()) }
            });
            let read = match read {
                Ok(()) => account::read(&granted.row, &self.balances(&granted.uid).await?, institution),
                Err(reason) => Err(reason),
            };
            match read {
                Ok(account) => told.accounts.push(account),
                Err(reason) => {
                    tracing::warn!(reason, "an account was refused");
                    let which = called(&granted.row, &["details", "product", "name"]);
                    told.gaps.push(format!("The account {which} could not be read: {reason}."));
                }
            }
        }
        Ok(told)
    }

    fn read_account(&self, raw: &str) -> Result<PulledAccount, String> {
        account::kept(&kept_json(raw)?)
    }
}
