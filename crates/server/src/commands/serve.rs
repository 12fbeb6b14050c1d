//! `dashtam serve`.

mod bank;
mod household;
mod signals;

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_server::ServerHandle;
use anyhow::{Context, Result};
use async_trait::async_trait;
use dashtam_api::{
    Admission, ApiOptions, BodyDeadlines, ClientLimits, LiveStreams, Readiness, RequestObserver,
};
use dashtam_application::{imports::HashAccounts, keystore::LoadSigningKeys};
use dashtam_domain::{call::Call, sources::Sources, store::StorageTrouble};
use dashtam_persistence::Database;
use dashtam_security::DerivedFingerprints;
use serde_json::json;
use tokio::{sync::watch, task::JoinSet};
use url::Url;

use self::{bank::Bank, household::Household, signals::Signals};
use super::{doctor::ServerInspector, say, settings, tell, welcome::welcome};
use crate::{
    cli, database_file,
    first_start::{self, DataDirectory},
    listener::{self, Deadlines, Door, GRACE_SECONDS},
    metrics::{self, Metrics},
    settings::{Http, Mail, MailTransport, Profile, Role, Settings},
    start_checks, telemetry, wiring,
    work_bell::Bell,
    worker,
};

/// What is taken before anything else is done.
struct Taken {
    listeners: Option<Listeners>,
    /// For metrics.
    figures: Option<(TcpListener, SocketAddr)>,
    /// Those that a demo must not be ended by before it has been cleared away.
    signals: Option<Signals>,
}

pub(crate) async fn run(mut arguments: cli::Serve) -> Result<()> {
    let sources = dashtam_local::sources();
    let household =
        if arguments.demo { Some(Household::open(&mut arguments.sources, &sources)?) } else { None };
    let signals = household.is_some().then(Signals::of_a_demo).transpose()?;
    let mut overrides = Vec::new();
    if household.is_some() {
        overrides.extend(household::SETTINGS.map(|(key, value)| (key, value.to_owned())));
    }
    if let Some(listen) = arguments.listen {
        overrides.push(("server.listen", listen.to_string()));
    }
    if let Some(listen) = arguments.callback_listen {
        overrides.push(("server.callback_listen", listen.to_string()));
    }
    if arguments.plain_http {
        overrides.push(("server.plain_http", "true".to_owned()));
    }
    if let Some(role) = arguments.role {
        let role = clap::ValueEnum::to_possible_value(&role).map(|value| value.get_name().to_owned());
        overrides.extend(role.map(|role| ("server.role", role)));
    }
    let (mut settings, profile, notes) = settings(&arguments.sources, overrides)?;
    telemetry::start(settings.log.format, &settings.log.filter)?;
    for note in notes {
        tracing::warn!("{note}");
    }
    let mut directory = first_start::prepare(&mut settings, profile, &sources)?;
    if household.is_none() {
        household::refuse(&directory.path)?;
    }

    let serves = settings.server.role != Role::Worker;
    let figures = metrics::bind(&settings)?;
    let listeners = if serves { Some(Listeners::bind(&settings)?) } else { None };
    let database = wiring::database(&settings).await?;
    let result = match first_start::complete(&mut settings, &mut directory, &database, &sources).await {
        Ok(()) => {
            let (taken, household) = (Taken { listeners, figures, signals }, household.as_ref());
            run_on(&settings, profile, &directory, &sources, taken, household, &database).await
        }
        Err(error) => Err(error),
    };
    // An examination under way is not waited for.
    let _ = tokio::time::timeout(Duration::from_secs(GRACE_SECONDS), database.close()).await;
    result
}

async fn run_on(
    settings: &Settings,
    profile: Profile,
    directory: &DataDirectory,
    sources: &Sources,
    Taken { listeners, figures, signals }: Taken,
    household: Option<&Household>,
    database: &Database,
) -> Result<()> {
    let mut claim = database_file::claim(database, settings.server.role)?;
    let examination = database_file::examine(database).await?;
    if settings.database.migrate_on_start {
        database.migrate().await.context("the database cannot be migrated")?;
    } else {
        wiring::require_schema(database).await?;
    }
    start_checks::run(settings, database, sources).await?;
    claim.note()?;
    let scheme = if settings.server.plain_http { "http" } else { "https" };
    let api_address = listeners.as_ref().map_or(settings.server.listen, |l| l.api_address);
    let callback_address = listeners.as_ref().map_or(settings.server.callback_listen, |l| l.callback_address);
    let public_url = configured_or(&settings.server.public_url, scheme, api_address)?;
    let callback_url = configured_or(&settings.server.callback_url, scheme, callback_address)?;
    let front_end = match settings.front_end.url.as_str() {
        "" => public_url.clone(),
        url => url.parse().context("front_end.url")?,
    };
    let bank = match settings.sandbox.enabled {
        true => Some(Bank::start(settings, directory, sources, callback_url.clone()).await?),
        false => None,
    };

    let bell = Arc::new(Bell::default());
    let access = bank.as_ref().map(Bank::access).transpose()?;
    let metrics = figures.is_some().then(Metrics::new);
    let providers = wiring::providers(settings, sources, &callback_url, access)?;
    let providers = metrics.iter().fold(providers, |providers, metrics| metrics.watch(providers));
    let shared = wiring::shared(settings, sources).await?;
    let pages = front_end.clone();
    let inspector = ServerInspector {
        settings: settings.clone(),
        directory: directory.path.clone(),
        key_file: directory.key_file.clone(),
        sources: sources.clone(),
        database: database.clone(),
    };
    let dashtam = wiring::dashtam(
        settings,
        directory,
        database,
        sources,
        &shared,
        bell.clone(),
        pages,
        providers,
        Some(Arc::new(inspector)),
    )?;

    let call = Call::system(sources.clock.now());
    let hashed = dashtam.imports().hash_accounts(&call, HashAccounts).await;
    let hashed = hashed.context("the account numbers of imported statements cannot be hashed")?;
    if hashed > 0 {
        tracing::info!(accounts = hashed, "account numbers of imported statements are stored as hashes now");
    }
    if settings.tokens.algorithm.has_key_pair() {
        dashtam.signing().load(&call, LoadSigningKeys).await.context("the keystore cannot be used")?;
    }
    let admission = Admission::new(listener::limits(settings));
    let streams: Arc<LiveStreams> = Arc::default();
    let mut servers = Vec::new();
    let mut running = JoinSet::new();
    let serves = listeners.is_some();
    if let Some(listeners) = listeners {
        let server = &settings.server;
        let readiness = Arc::new(Dependencies { database: database.clone(), redis: shared.redis.clone() });
        let fingerprints = Arc::new(DerivedFingerprints::new(&settings.security.secret_key.0));
        let version = env!("CARGO_PKG_VERSION");
        let trusted_proxies: Vec<_> = server.trusted_proxies.iter().map(|network| network.0).collect();
        let options = ApiOptions {
            trusted_proxies: trusted_proxies.clone(),
            admission: admission.clone(),
            bodies: Some(body_deadlines(&settings.http)),
            compress: settings.http.compress,
            observer: metrics.clone().map(|metrics| metrics as Arc<dyn RequestObserver>),
            rate_limits: wiring::rate_limits(settings, &shared)?,
            cors_origins: server.cors_origins.clone(),
            front_end,
            docs: server.docs,
            pages: wiring::pages(settings),
            tls: public_url.scheme() == "https",
            is_demo: household.is_some(),
            streams: streams.clone(),
            ..ApiOptions::new(public_url.clone(), version, sources.clone(), readiness, fingerprints)
        };
        let tls = if server.plain_http { None } else { Some(listener::acceptor(settings)?) };
        let door = Door::new(admission.clone(), trusted_proxies, Deadlines::new(&settings.http), tls);
        let (program, api_options) = (dashtam.clone(), options.clone());
        let api = move || dashtam_api::app(&program, &api_options);
        let program = dashtam.clone();
        let callback = move || dashtam_api::callback_app(&program, &options);
        for server in [
            listener::serve(&door, listeners.api, server.threads, api)?,
            listener::serve(&door, listeners.callback, 1, callback)?,
        ] {
            servers.push(server.handle());
            running.spawn(server);
        }
    }
    let figures_address = figures.as_ref().map(|(_, address)| *address);
    if let Some(((listener, _), metrics)) = figures.zip(metrics) {
        let (hasher, admission) = (shared.passwords.clone(), serves.then_some(admission));
        let looks = metrics::Sources {
            dashtam: dashtam.clone(),
            database: database.clone(),
            hasher,
            admission,
            clock: sources.clock.clone(),
        };
        let door =
            Door::new(Admission::new(ClientLimits::NONE), Vec::new(), Deadlines::new(&settings.http), None);
        let server = listener::serve(&door, listener, 1, move || metrics::app(&metrics, &looks))?;
        servers.push(server.handle());
        running.spawn(server);
    }
    let (stop, stopped) = watch::channel(false);
    let mut workers = match settings.server.role {
        Role::Api => JoinSet::new(),
        Role::All | Role::Worker => worker::start(&dashtam, sources, settings.sync, &bell, &stopped),
    };
    let (serving, served) = watch::channel(());
    workers.spawn(worker::record_activity(dashtam.clone(), sources.clone(), stopped.clone(), served));

    if settings.tokens.algorithm.has_key_pair() {
        worker::watch_signing_keys(&dashtam, sources, &stopped, &mut workers);
    }

    workers.spawn(worker::store_denials(dashtam.clone(), sources.clone(), stopped.clone()));
    if serves {
        workers.spawn(worker::ring(database.live_wire(shared.live.clone()), stopped.clone()));
    }

    // Before the first line: who reads it may stop the program at once.
    let signals = signals.map_or_else(Signals::listen, Ok)?;
    let mut tenant = None;
    if let Some(household) = household {
        let moved_in = household.move_in(&dashtam, sources).await;
        tenant = moved_in.context("the household of the demo could not move in")?;
        if let Some(tenant) = tenant {
            let (program, seed) = (dashtam.clone(), settings.sandbox.seed);
            workers.spawn(tenant.write_down(program, sources.clone(), seed, stopped.clone()));
        }
    }
    announce(settings, profile, directory, &public_url, &callback_url, figures_address, bank.as_ref())?;
    match household {
        Some(household) => household.welcome(&public_url, tenant.is_some()),
        None if serves && wiring::pages(settings).is_some() => {
            welcome(&dashtam, sources, &public_url).await?
        }
        None => {}
    }
    signals.wait_for_the_end(&mut running, examination).await?;
    tracing::info!("stopping");
    let _ = stop.send(true);
    // They would end never, and be waited for.
    streams.end();
    shut_down(servers).await;
    drop(serving);
    // A synchronisation that is cut off here is taken over when its lease runs out.
    let ended = tokio::time::timeout(worker_grace(&settings.mail), async {
        while workers.join_next().await.is_some() {}
    });
    if ended.await.is_err() {
        tracing::warn!("a worker did not end in time");
    }
    worker::store_counted_denials(&dashtam, sources).await;
    if let Some(bank) = bank {
        bank.running.stop().await.context("the sandbox institution did not stop")?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// How long workers may take to end: a mail that is being handed over is handed over.
fn worker_grace(mail: &Mail) -> Duration {
    let sending = match mail.transport {
        MailTransport::Outbox => 0,
        MailTransport::Smtp | MailTransport::Ses | MailTransport::SesApi => mail.send_seconds + 2,
    };
    Duration::from_secs(GRACE_SECONDS.max(sending))
}

/// Sockets are taken before anything else, so that a busy port is told at once.
struct Listeners {
    api: TcpListener,
    api_address: SocketAddr,
    callback: TcpListener,
    callback_address: SocketAddr,
}

impl Listeners {
    fn bind(settings: &Settings) -> Result<Self> {
        let bind = |address: SocketAddr, option: &str| -> Result<(TcpListener, SocketAddr)> {
            let listener = TcpListener::bind(address).with_context(|| {
                format!("cannot listen on {address}; choose another address with {option}, port 0 takes a free one")
            })?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (api, api_address) = bind(settings.server.listen, "--listen")?;
        let (callback, callback_address) = bind(settings.server.callback_listen, "--callback-listen")?;
        Ok(Self { api, api_address, callback, callback_address })
    }
}

fn configured_or(configured: &str, scheme: &str, address: SocketAddr) -> Result<Url> {
    let text = if configured.is_empty() { format!("{scheme}://{address}") } else { configured.to_owned() };
    text.parse().with_context(|| format!("{text} is not an address"))
}

fn body_deadlines(http: &Http) -> BodyDeadlines {
    BodyDeadlines {
        grace: Duration::from_secs(http.body_seconds),
        bytes_per_second: http.body_bytes_per_second,
        whole: Duration::from_secs(http.request_seconds),
    }
}

struct Dependencies {
    database: Database,
    redis: Option<Arc<dashtam_redis::Shared>>,
}

#[async_trait]
impl Readiness for Dependencies {
    async fn database(&self) -> bool {
        let answer = tokio::time::timeout(Duration::from_secs(2), self.database.ping()).await;
        matches!(answer, Ok(Ok(())))
    }

    async fn storage(&self) -> Option<StorageTrouble> {
        self.database.trouble().await
    }

    async fn redis(&self) -> Option<bool> {
        self.redis.as_ref().map(|redis| redis.is_connected())
    }
}

/// The JSON line for programs, and some lines for people.
fn announce(
    settings: &Settings,
    profile: Profile,
    directory: &DataDirectory,
    api: &Url,
    callback: &Url,
    figures: Option<SocketAddr>,
    bank: Option<&Bank>,
) -> Result<()> {
    let serves = settings.server.role != Role::Worker;
    let trimmed = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    let certificate =
        (!settings.server.plain_http).then(|| settings.server.certificate.display().to_string());
    let line = json!({
        "api": serves.then(|| trimmed(api)),
        "callback": serves.then(|| trimmed(callback)),
        "metrics": figures.map(|address| format!("http://{address}/metrics")),
        "sandbox": bank.map(|bank| bank.running.base_url()),
        "profile": profile.as_str(),
        "role": format!("{:?}", settings.server.role).to_lowercase(),
        "data_dir": directory.path.display().to_string(),
        "outbox": directory.outbox.display().to_string(),
        "certificate": certificate,
    });
    say(&line.to_string())?;
    if profile == Profile::Development {
        let what =
            if directory.is_new { "keys and a certificate were generated in" } else { "data directory:" };
        tell(&format!("Dashtam (development profile); {what} {}", directory.path.display()));
        if serves && settings.server.docs {
            tell(&format!("Open {}/docs; mails are written to {}", trimmed(api), directory.outbox.display()));
        }
    }
    Ok(())
}

async fn shut_down(servers: Vec<ServerHandle>) {
    for server in servers {
        server.stop(true).await;
    }
}
