//! `dashtam admin`.

use anyhow::{Context, Result, bail};
use dashtam_application::{
    Dashtam,
    administration::{
        AdministrationError, CreateAdministrator, FindUser, LiftLocksOf, ListAdministrators, ManagedUser,
        SetActive, SetAdministrator,
    },
};
use dashtam_domain::{call::Call, identity::User, sources::Sources, time::Timestamp};

use super::{program, say, settings};
use crate::{
    cli::{Admin, NewAdministrator},
    settings::MailTransport,
};

pub(crate) async fn run(command: Admin) -> Result<()> {
    let from = match &command {
        Admin::Create(wanted) => &wanted.sources,
        Admin::List { sources } => sources,
        Admin::Enable(account)
        | Admin::Disable(account)
        | Admin::Grant(account)
        | Admin::Revoke(account)
        | Admin::Show(account)
        | Admin::Unlock(account) => &account.sources,
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
                say(&format!("{}  {}  {}", user.id, user.email.as_str(), state(&user, call.now)))?;
            }
            return Ok(());
        }
        Admin::Show(account) => {
            return match administration.find_user(&call, FindUser { email: account.email.clone() }).await {
                Ok(found) => show(&found, call.now),
                Err(AdministrationError::NotFound) => bail!("there is no account {}", account.email.as_str()),
                Err(error) => Err(error).context("the account could not be shown"),
            };
        }
        Admin::Unlock(account) => {
            let request = LiftLocksOf { email: account.email.clone() };
            (account, "unlocked", administration.lift_locks_of(&call, request).await)
        }
        Admin::Grant(account) | Admin::Revoke(account) => {
            let administrator = matches!(command, Admin::Grant(_));
            let request = SetAdministrator { email: account.email.clone(), administrator };
            let words = if administrator { "an administrator" } else { "no administrator" };
            (account, words, administration.set_administrator(&call, request).await)
        }
        Admin::Enable(account) | Admin::Disable(account) => {
            let active = matches!(command, Admin::Enable(_));
            let request = SetActive { email: account.email.clone(), active };
            let words = if active { "switched on" } else { "switched off" };
            (account, words, administration.set_active(&call, request).await)
        }
    };
    let email = account.email.as_str();
    match done {
        Ok(true) => say(&format!("{email} is {words} now.")),
        Ok(false) => say(&format!("{email} was {words} already.")),
        Err(AdministrationError::NotFound) => {
            bail!("there is no account {email}; register it first, or use `dashtam admin create`")
        }
        Err(error) => Err(error).context("the account could not be changed"),
    }
}

/// Whether an account can be used.
fn state(user: &User, now: Timestamp) -> &'static str {
    match () {
        () if user.deletion_due_at.is_some() => "given up",
        () if !user.is_active => "disabled",
        () if user.is_expired(now) => "expired",
        () if user.expires_at.is_some() => "expires",
        () => "active",
    }
}

fn show(found: &ManagedUser, now: Timestamp) -> Result<()> {
    let ManagedUser { user, sessions, locks } = found;
    say(&format!("{}  {}  {}", user.id, user.email.as_str(), state(user, now)))?;
    say(&format!("sessions: {sessions}"))?;
    say(&format!("wrong passwords one after the other: {}", locks.failed_sign_ins))?;
    let lock = |until: Option<Timestamp>| {
        until.map_or_else(
            || "no".to_owned(),
            |until| format!("until {until}; `dashtam admin unlock` lifts it"),
        )
    };
    say(&format!("sign-in locked for unknown clients: {}", lock(locks.sign_ins_until)))?;
    say(&format!("second factor locked: {}", lock(locks.second_factor_until)))
}

async fn create(wanted: &NewAdministrator, dashtam: &Dashtam, call: &Call) -> Result<()> {
    let (settings, ..) = settings(&wanted.sources, Vec::new())?;
    let mail = settings.mail.transport != MailTransport::Outbox;
    let request = CreateAdministrator { email: wanted.email.clone(), name: wanted.name.clone(), mail };
    let email = wanted.email.as_str();
    let begun = match dashtam.administration().create_administrator(call, request).await {
        Err(AdministrationError::EmailTaken) => {
            bail!("there is an account {email} already; use `dashtam admin grant`")
        }
        begun => begun.context("the account could not be made")?,
    };
    let hours = begun.time.num_hours();
    match begun.link {
        Some(link) => {
            say(&format!("{email} is an administrator now. Choose the password within {hours} hours:"))?;
            say(link.as_str())
        }
        None => say(&format!(
            "{email} is an administrator now. A link to choose the password is mailed there; it works for {hours} hours."
        )),
    }
}
