//! `dashtam serve --demo`: a made-up household, linked to the sandbox institution as a person would link it.
//!
//! Banks tell what a portfolio is worth now. What it was worth before, the household wrote down every Friday.

use std::{fs, io::ErrorKind, path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use dashtam_application::{
    Dashtam,
    authorization::{CompleteAuthorization, StartAuthorization},
    connections::{CreateConnection, ListConnections},
    corrections::StateBalance,
    ledger::ListAccounts,
    registration::{MakeSetUpLink, SetUp},
    sessions::SignOut,
    sign_in::{Holding, PasswordSignInError, SignInStep, SignInWithPassword},
};
use dashtam_domain::{
    call::Call,
    connections::{Connection, ConnectionState},
    delivery::idempotency::StoredAnswer,
    id::{ConnectionId, SessionId, UserId},
    identity::{EmailAddress, Identifier, PersonName, PlainPassword},
    ledger::AccountKind,
    page::Limit,
    secret::SecretText,
    sources::Sources,
    time::Day,
};
use dashtam_sandbox_bank::{HOUSEHOLD_CUSTOMER, PASSWORD as BANK_PASSWORD, World};
use reqwest::redirect;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::sync::watch;
use url::Url;

use crate::{
    cli,
    commands::{WrongUsage, tell},
    first_start,
};

/// What a demo needs, whatever the configuration says: nothing outside its own directory is used, and nothing leads to
/// addresses that others answer at.
pub(super) const SETTINGS: [(&str, &str); 12] = [
    ("database.url", ""),
    ("database.migrate_on_start", "true"),
    ("server.public_url", ""),
    ("server.callback_url", ""),
    ("front_end.url", ""),
    ("metrics.listen", ""),
    ("redis.url", ""),
    ("server.role", "all"),
    ("sandbox.enabled", "true"),
    ("sync.enabled", "true"),
    ("web.enabled", "true"),
    ("mail.transport", "outbox"),
];

/// Marks a directory as that of a demo, and keeps what its person signs in with.
const MARK: &str = "demo.json";
const EMAIL: &str = "robin@example.com";
/// How long to wait before the portfolio is looked for again.
const PAUSE: Duration = Duration::from_millis(200);
/// How often: two minutes in all, for a visitor may have removed it.
const LOOKS: u32 = 600;
const NAME: &str = "Robin Larkspur";
/// The key of the sandbox institution.
const BANK: &str = "sandbox";

/// What the person signs in with.
#[derive(Serialize, Deserialize)]
struct Person {
    email: String,
    password: String,
}

/// The household of a demo, and the directory it lives in.
pub(super) struct Household {
    person: Person,
    /// Removed when the program ends.
    temporary: Option<TempDir>,
}

impl Household {
    /// Finds the directory of a demo or makes one, and lets the program use it.
    pub(super) fn open(from: &mut cli::Sources, sources: &Sources) -> Result<Self> {
        if std::env::var_os("DASHTAM_PROFILE").is_some_and(|profile| profile == "production") {
            let why = "serve --demo shows made-up money: leave DASHTAM_PROFILE=production away";
            return Err(WrongUsage(why.to_owned()).into());
        }
        let temporary = match from.data_dir {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("dashtam-demo-").tempdir()?),
        };
        let directory = temporary.as_ref().map(|made| made.path().to_owned());
        let directory = from.data_dir.get_or_insert(directory.unwrap_or_default());
        Ok(Self { person: person(directory, sources)?, temporary })
    }

    /// Makes the person and links the household's bank, unless a demo before did. The first synchronisation begins by
    /// itself. Answers who then writes down what the portfolio was worth; nobody where the person signs in otherwise now.
    pub(super) async fn move_in(&self, dashtam: &Dashtam, sources: &Sources) -> Result<Option<Tenant>> {
        let email: EmailAddress = self.person.email.parse()?;
        let password = &self.person.password;
        let registration = dashtam.registration();
        let now = || sources.clock.now();
        if let Some(link) = registration.make_set_up_link(&Call::system(now()), MakeSetUpLink).await? {
            let name: PersonName = NAME.parse()?;
            let password = PlainPassword::chosen(password, &email, &name)?;
            let token = SecretText::new(parameter(&link, "token")?);
            let wanted = SetUp { token, email: email.clone(), name, password };
            registration.set_up(&Call::anonymous(now()), wanted).await?;
        }
        let wanted = SignInWithPassword {
            identifier: Identifier::Email(email),
            password: PlainPassword::presented(password).context("the password in demo.json is not one")?,
            mark: None,
            holding: Holding::Tokens,
        };
        let step = dashtam.password_sign_in().sign_in(&Call::anonymous(now()), wanted).await;
        let signed_in = match step {
            Ok(SignInStep::SignedIn(signed_in)) => signed_in,
            Ok(SignInStep::Challenged(_))
            | Err(
                PasswordSignInError::InvalidCredentials
                | PasswordSignInError::Throttled { .. }
                | PasswordSignInError::Refused(_),
            ) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let tenant = Tenant { user: signed_in.user.id, session: signed_in.session };
        let call = || tenant.call(sources);
        if let Some(connection) = to_link(dashtam, &call()).await? {
            let started = dashtam.authorization().start(&call(), StartAuthorization { connection }).await?;
            let back = agree(&started.url).await.context("the sandbox institution")?;
            let done = CompleteAuthorization {
                connection: Some(connection),
                state: Some(SecretText::new(parameter(&back, "state")?)),
                code: Some(SecretText::new(parameter(&back, "code")?)),
                refused: false,
            };
            dashtam.authorization().complete(&Call::anonymous(now()), done).await?;
        }
        Ok(Some(tenant))
    }

    /// Says where to look, and what to sign in with if that still works.
    pub(super) fn welcome(&self, public_url: &Url, signs_in: bool) {
        let Person { email, password } = &self.person;
        let stays = match self.temporary {
            Some(_) => "Everything is removed when the demo ends.",
            None => "The directory stays; --demo goes on with it.",
        };
        let password = if signs_in { password } else { "the one that was chosen since" };
        let warns = match public_url.scheme() {
            "https" => "The browser warns of the certificate, because this machine made it. ",
            _ => "",
        };
        tell(&format!(
            "This is a demo: a made-up household with two years of accounts, which are there in a few seconds. \
             {stays}\n\n    {public_url}\n    address:  {email}\n    password: {password}\n\n\
             {warns}To begin for real: dashtam serve"
        ));
    }
}

/// The person, signed in.
#[derive(Clone, Copy)]
pub(super) struct Tenant {
    user: UserId,
    session: SessionId,
}

impl Tenant {
    fn call(self, sources: &Sources) -> Call {
        Call::user(self.user, self.session, sources.clock.now())
    }

    /// Waits for the portfolio, states what it was worth on each Friday, and signs out. What a start before stated is stated
    /// again, so that one that was cut off is made good. Without it the demo lacks the past of one account, which is said in
    /// the log.
    pub(super) async fn write_down(
        self,
        dashtam: Dashtam,
        sources: Sources,
        seed: u64,
        stop: watch::Receiver<bool>,
    ) {
        for _ in 0..LOOKS {
            if *stop.borrow() {
                break;
            }
            match self.state_values(&dashtam, &sources, seed, &stop).await {
                Ok(true) => break,
                Ok(false) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!("the past of the demo's portfolio could not be written down: {error:#}");
                    break;
                }
            }
        }
        let signed_out =
            dashtam.sessions().sign_out(&self.call(&sources), SignOut { refresh_token: None }).await;
        if let Err(error) = signed_out {
            tracing::warn!("the demo's own session stays open: {error:#}");
        }
    }

    /// Whether the portfolio was there.
    async fn state_values(
        self,
        dashtam: &Dashtam,
        sources: &Sources,
        seed: u64,
        stop: &watch::Receiver<bool>,
    ) -> Result<bool> {
        let call = self.call(sources);
        let asked = ListAccounts { connection: None, after: None, limit: Limit::default() };
        let accounts = dashtam.ledger().accounts(&call, asked).await?;
        let portfolio = accounts.items.iter().find(|account| account.kind == AccountKind::Brokerage);
        let Some(portfolio) = portfolio.filter(|account| account.last_synced_at.is_some()) else {
            return Ok(false);
        };
        let today = call.now.day().0;
        let values = tokio::task::spawn_blocking(move || World::portfolio_on_fridays(seed, today)).await?;
        for (day, balance) in values {
            if *stop.borrow() {
                break;
            }
            let stated = StateBalance { account: portfolio.id, day: Day(day), balance };
            dashtam.corrections().state_balance(&self.call(sources), stated).await?;
        }
        Ok(true)
    }
}

/// Refuses the directory of a demo to a server that is none: its person's password is written there, and its money is made up.
pub(super) fn refuse(directory: &Path) -> Result<()> {
    if directory.join(MARK).exists() {
        let directory = directory.display();
        bail!("{directory} is the directory of a demo: give another --data-dir, or start it with --demo");
    }
    Ok(())
}

/// Whoever lives in this directory. Anything else than a demo that is there is left alone.
fn person(directory: &Path, sources: &Sources) -> Result<Person> {
    let mark = directory.join(MARK);
    if !mark.exists() {
        let is_free = match fs::read_dir(directory) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", directory.display()));
            }
        };
        if !is_free {
            bail!(
                "{} holds something else than a demo, which is left alone: give --data-dir a new directory, or leave it out",
                directory.display()
            );
        }
        first_start::make_directory(directory)?;
        first_start::write_once(&mark, || Ok(serde_json::to_vec_pretty(&newcomer(sources))?))?;
    }
    let text = fs::read_to_string(&mark).with_context(|| format!("{} cannot be read", mark.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a demo's", mark.display()))
}

fn newcomer(sources: &Sources) -> Person {
    let made = dashtam_security::generate_fernet_key(&*sources.randomness);
    let letters: String = made.expose().chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    // Its ends have what the rule for passwords asks for.
    Person { email: EMAIL.to_owned(), password: format!("Look-{letters}-7a") }
}

/// The household's connection if it is not linked yet, made if there is none at all. Visitors make others, and remove this one.
async fn to_link(dashtam: &Dashtam, call: &Call) -> Result<Option<ConnectionId>> {
    let connections = dashtam.connections();
    let page = connections.list(call, ListConnections { after: None, limit: Limit::default() }).await?;
    if !page.items.is_empty() {
        let of_the_bank = |connection: &&Connection| connection.provider.as_str() == BANK;
        let first = page.items.iter().map(|overview| &overview.connection).find(of_the_bank);
        let waits = first.filter(|connection| connection.state == ConnectionState::Pending);
        return Ok(waits.map(|connection| connection.id));
    }
    let wanted = CreateConnection { provider_key: BANK.to_owned(), alias: "Our bank".parse()? };
    let made =
        connections.create(call, wanted, |_| StoredAnswer { status: 201, body: String::new() }).await?;
    Ok(Some(made.connection.id))
}

/// What a browser would do at the institution: sign in, agree, and be sent back.
async fn agree(page: &Url) -> Result<Url> {
    let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    for (name, value) in
        [("customer", HOUSEHOLD_CUSTOMER), ("password", BANK_PASSWORD), ("decision", "approve")]
    {
        form.push((name.to_owned(), value.to_owned()));
    }
    let mut consent = page.clone();
    consent.set_query(None);
    let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build()?;
    let sent_back = http.post(consent).form(&form).send().await?;
    let location = sent_back.headers().get("location").and_then(|value| value.to_str().ok());
    Ok(location.ok_or_else(|| anyhow!("it answered {}", sent_back.status()))?.parse()?)
}

fn parameter(url: &Url, name: &str) -> Result<String> {
    let found = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.ok_or_else(|| anyhow!("{name} is missing"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_no_demo_is_left_alone() {
        let sources = dashtam_local::sources();
        let folder = tempfile::tempdir().unwrap();
        let demo = folder.path().join("demo");
        let first = person(&demo, &sources).unwrap();
        let mark = demo.join(MARK);
        assert_eq!(fs::metadata(&mark).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(person(&demo, &sources).unwrap().password, first.password);
        let (email, name) = (first.email.parse().unwrap(), NAME.parse().unwrap());
        assert!(PlainPassword::chosen(&first.password, &email, &name).is_ok());

        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("dashtam.db"), "mine").unwrap();
        assert!(person(&other, &sources).is_err());
        assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
        // What is no directory at all cannot be read either.
        assert!(person(&other.join("dashtam.db"), &sources).is_err());
        // And a demo is nobody's installation.
        assert!(refuse(&demo).is_err() && refuse(&other).is_ok());
    }
}
