//! `dashtam admin`.

use anyhow::{Context, Result, bail};
use dashtam_application::administration::{AdministrationError, SetAdministrator};
use dashtam_domain::{call::Call, identity::EmailAddress};

use super::{program, say};
use crate::cli::Admin;

pub(crate) async fn run(command: Admin) -> Result<()> {
    let (account, administrator) = match command {
        Admin::Grant(account) => (account, true),
        Admin::Revoke(account) => (account, false),
    };
    let email: EmailAddress = account.email.parse().context("--email")?;
    let (dashtam, database, sources) = program(&account.sources).await?;
    let call = Call::system(sources.clock.now());
    let request = SetAdministrator { email, administrator };
    let done = dashtam.administration().set_administrator(&call, request).await;
    database.close().await;
    let words = if administrator { "an administrator" } else { "no administrator" };
    match done {
        Ok(true) => say(&format!("{} is {words} now.", account.email)),
        Ok(false) => say(&format!("{} was {words} already.", account.email)),
        Err(AdministrationError::NotFound) => {
            bail!("there is no account {}; register it first", account.email)
        }
        Err(error) => Err(error).context("the account could not be changed"),
    }
}
