//! `dashtam admin`.

use anyhow::{Context, Result, bail};
use dashtam_application::{
    Dashtam,
    administration::{
        AdministrationError, CreateAdministrator, ListAdministrators, SetActive, SetAdministrator,
    },
};
use dashtam_domain::{call::Call, identity::EmailAddress, sources::Sources};

use super::{program, say, settings};
use crate::{
    cli::{Account, Admin, NewAdministrator},
    settings::MailTransport,
};

pub(crate) async fn run(command: Admin) -> Result<()> {
    let from = match &command {
        Admin::Create(wanted) => &wanted.sources,
        Admin::List { sources } => sources,
        Admin::Enable(account) | Admin::Disable(account) | Admin::Grant(account) | Admin::Revoke(account) => {
            &account.sources
        }
    };
    let (dashtam, database, sources) = program(from).await?;
    let done = act(&command, &dashtam, &sources).await;
    database.close().await;
    done
}

async fn act(command: &Admin, dashtam: &Dashtam, sources: &Sources) -> Result<()> {
    let call = Call::system(sources.clock.now());
    let administration = dashtam.administration();
    let (account, words, done) = match command {
        Admin::Create(wanted) => return create(wanted, dashtam, &call).await,
        Admin::List { .. } => {
            for user in administration.list_administrators(&call, ListAdministrators).await? {
                let state = match () {
                    () if user.deletion_due_at.is_some() => "given up",
                    () if !user.is_active => "disabled",
                    () if user.is_expired(call.now) => "expired",
                    () if user.expires_at.is_some() => "expires",
                    () => "active",
                };
                say(&format!("{}  {}  {state}", user.id, user.email.as_str()))?;
            }
            return Ok(());
        }
        Admin::Grant(account) | Admin::Revoke(account) => {
            let administrator = matches!(command, Admin::Grant(_));
            let request = SetAdministrator { email: address(account)?, administrator };
            let words = if administrator { "an administrator" } else { "no administrator" };
            (account, words, administration.set_administrator(&call, request).await)
        }
        Admin::Enable(account) | Admin::Disable(account) => {
            let active = matches!(command, Admin::Enable(_));
            let request = SetActive { email: address(account)?, active };
            let words = if active { "switched on" } else { "switched off" };
            (account, words, administration.set_active(&call, request).await)
        }
    };
    match done {
        Ok(true) => say(&format!("{} is {words} now.", account.email)),
        Ok(false) => say(&format!("{} was {words} already.", account.email)),
        Err(AdministrationError::NotFound) => {
            bail!("there is no account {}; register it first, or use `dashtam admin create`", account.email)
        }
        Err(error) => Err(error).context("the account could not be changed"),
    }
}

fn address(account: &Account) -> Result<EmailAddress> {
    account.email.parse().context("--email")
}

async fn create(wanted: &NewAdministrator, dashtam: &Dashtam, call: &Call) -> Result<()> {
    let (settings, ..) = settings(&wanted.sources, Vec::new())?;
    let mail = settings.mail.transport != MailTransport::Outbox;
    let email = wanted.email.parse().context("--email")?;
    let name = wanted.name.parse().context("--name")?;
    let request = CreateAdministrator { email, name, mail };
    let begun = match dashtam.administration().create_administrator(call, request).await {
        Err(AdministrationError::EmailTaken) => {
            bail!("there is an account {} already; use `dashtam admin grant`", wanted.email)
        }
        begun => begun.context("the account could not be made")?,
    };
    let hours = begun.time.num_hours();
    match begun.link {
        Some(link) => {
            say(&format!(
                "{} is an administrator now. Choose the password within {hours} hours:",
                wanted.email
            ))?;
            say(link.as_str())
        }
        None => say(&format!(
            "{} is an administrator now. A link to choose the password is mailed there; it works for {hours} hours.",
            wanted.email
        )),
    }
}
