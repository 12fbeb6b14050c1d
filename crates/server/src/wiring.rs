//! The composition root: the only place that knows the adapters.

mod enable_banking;
pub(crate) mod mail;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use chrono::TimeDelta;
use dashtam_api::{Pages, RateLimits, RateOverrides};
use dashtam_application::{Dashtam, Policy, Security};
use dashtam_domain::{
    connections::Provider,
    delivery::WorkSignal,
    identity::{AccessTokens, GuestTokens, SessionCache, SigningKeys},
    inspection::Inspector,
    live::LiveBell,
    rate_limit::{BucketHasher, RateLimiter},
    secret::SecretText,
    sources::Sources,
    store::Storage,
};
use dashtam_local::{
    KnownClients, LocalBell, MemoryActivityLog, MemoryRateLimiter, MemorySessionCache, ringing,
};
use dashtam_persistence::{Database, Options};
use dashtam_provider_alpaca::{AlpacaOptions, AlpacaProvider};
use dashtam_provider_kit::{AllowedAddresses, Client, ClientOptions};
use dashtam_provider_plaid::{PlaidOptions, PlaidProvider, Product};
use dashtam_provider_sandbox::{SandboxOptions, SandboxProvider};
use dashtam_provider_schwab::{SchwabOptions, SchwabProvider};
use dashtam_provider_simplefin::{SimplefinOptions, SimplefinProvider};
use dashtam_reference::{ReferencePasswords, ReferenceTokens};
use dashtam_security::{
    Argon2Hasher, Argon2Parameters, DerivedAuditSeal, DerivedEmailCodes, DerivedMailedSecrets,
    DerivedRefreshSecrets, HmacAccountHasher, HmacBucketHasher, JwtAccessTokens, KeyRing, Rs256AccessTokens,
};
use dashtam_webhooks::{HttpWebhooks, Reach};
use url::Url;

use crate::{
    first_start::DataDirectory,
    key_file,
    settings::{Algorithm, Plaid, PlaidEnvironment, RegistrationMode, Settings},
};

/// The sandbox institution's address, and the client that is registered there.
pub(crate) struct SandboxAccess {
    pub(crate) base_url: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretText,
    pub(crate) redirect_uri: Url,
}

/// Opens the configured database.
pub(crate) async fn database(settings: &Settings) -> Result<Database> {
    database_at(settings, settings.database.url.0.expose()).await
}

/// Refuses a database whose schema is an earlier one.
pub(crate) async fn require_schema(database: &Database) -> Result<()> {
    let known = database.status().await.context("the database's schema cannot be read")?;
    let missing: Vec<&str> =
        known.iter().filter(|(_, applied)| !applied).map(|(name, _)| name.as_str()).collect();
    if let Some(first) = missing.first() {
        bail!(
            "the database lacks {} of {} migrations, {first} first: run dashtam migrate up with the same settings, or \
             start a server with database.migrate_on_start",
            missing.len(),
            known.len(),
        );
    }
    Ok(())
}

/// Opens another database as the configured one is opened.
pub(crate) async fn database_at(settings: &Settings, url: &str) -> Result<Database> {
    let mut options = Options::new(url);
    options.max_connections = settings.database.max_connections;
    options.max_size_mb = settings.database.max_size_mb;
    options.sync_every_commit = settings.database.sync_every_commit;
    options.audit_seal = Arc::new(DerivedAuditSeal::new(&settings.security.secret_key.0));
    dashtam_persistence::connect(options)
        .await
        .context("the database cannot be used (database.url, DATABASE_URL)")
}

/// What the replicas of an installation share, or this process alone has.
pub(crate) struct Shared {
    sessions: Arc<dyn SessionCache>,
    limiter: Arc<dyn RateLimiter>,
    hasher: Arc<dyn BucketHasher>,
    pub(crate) passwords: Arc<Argon2Hasher>,
    pub(crate) redis: Option<Arc<dashtam_redis::Shared>>,
    /// Wakes those who follow events in this process.
    pub(crate) live: Arc<dyn LiveBell>,
}

/// Shares through Redis if there is one. It need not be there now.
pub(crate) async fn shared(settings: &Settings, sources: &Sources) -> Result<Shared> {
    let sessions: Arc<dyn SessionCache> = Arc::new(MemorySessionCache::new());
    let limiter: Arc<dyn RateLimiter> = Arc::new(MemoryRateLimiter::new());
    let hasher: Arc<dyn BucketHasher> = Arc::new(HmacBucketHasher::new(&settings.security.secret_key.0));
    let passwords = Arc::new(passwords(settings, sources)?);
    let live: Arc<dyn LiveBell> = Arc::new(LocalBell::default());
    if settings.redis.url.is_empty() {
        return Ok(Shared { sessions, limiter, hasher, passwords, redis: None, live });
    }
    let options = dashtam_redis::Options {
        url: settings.redis.url.0.clone(),
        prefix: dashtam_redis::Options::PREFIX.to_owned(),
        hasher: hasher.clone(),
        fallback: limiter,
        sessions,
        replica: sources.ids.next(),
        patience: Duration::from_millis(settings.redis.timeout_ms.into()),
    };
    let redis = Arc::new(dashtam_redis::connect(options).await.context("redis.url (REDIS_URL)")?);
    let (sessions, limiter) = (redis.session_cache(), redis.rate_limiter());
    Ok(Shared { sessions, limiter, hasher, passwords, redis: Some(redis), live })
}

fn passwords(settings: &Settings, sources: &Sources) -> Result<Argon2Hasher> {
    let security = &settings.security;
    let (memory, passes, lanes) = (security.argon2_memory_kib, security.argon2_passes, security.argon2_lanes);
    let parameters = Argon2Parameters::new(memory, passes, lanes)
        .context("security.argon2_memory_kib, argon2_passes or argon2_lanes is out of range")?;
    Ok(Argon2Hasher::new(parameters, sources.randomness.clone())?)
}

/// The rates of all limits.
pub(crate) fn rate_limits(settings: &Settings, shared: &Shared) -> Result<RateLimits> {
    if !settings.rate_limits.enabled {
        return Ok(RateLimits::off());
    }
    let overrides = RateOverrides::parse(&settings.rate_limits.rules)
        .map_err(|wrong| anyhow!("rate_limits.rules.{}", wrong.join("; ")))?;
    let limits = RateLimits::new(shared.limiter.clone(), shared.hasher.clone(), &overrides);
    Ok(limits.with_site_factor(settings.rate_limits.ipv6_site_factor))
}

/// Puts the whole program together from its settings.
#[expect(clippy::too_many_arguments, reason = "each is one thing the program is made of")]
pub(crate) fn dashtam(
    settings: &Settings,
    directory: &DataDirectory,
    database: &Database,
    sources: &Sources,
    shared: &Shared,
    signal: Arc<dyn WorkSignal>,
    front_end: Url,
    providers: Vec<Arc<dyn Provider>>,
    inspector: Option<Arc<dyn Inspector>>,
) -> Result<Dashtam> {
    let ring = key_ring(settings, sources)?;
    if let Some(file) = &directory.key_file {
        // Ends with the ring.
        tokio::spawn(key_file::follow(file.clone(), Arc::downgrade(&ring)));
    }
    let storage = ringing(database.storage.clone(), shared.live.clone(), sources.clock.clone());
    #[cfg(debug_assertions)]
    let (storage, providers) = crate::failpoints::install(storage, providers);
    let (security, guests) = security(settings, ring.clone(), shared, &storage)?;
    let mut builder = Dashtam::builder(storage, sources.clone())
        .identity(security, policy(settings, front_end))
        .connections(ring)
        .authorization_lifetime(TimeDelta::minutes(settings.tokens.authorization_minutes.into()))
        .ledger(Arc::new(HmacAccountHasher::new(&settings.security.secret_key.0)))
        .mailer(mail::mailer(&settings.mail, &directory.outbox, sources)?)
        .activity(Arc::new(MemoryActivityLog::new()))
        .clients(Arc::new(clients(settings)?))
        .signal(signal)
        .bell(shared.live.clone())
        .statements(dashtam_statements::readers())
        .price_readers(dashtam_statements::price_readers());
    if settings.webhooks.enabled {
        let reach = if settings.webhooks.allow_private { Reach::Everywhere } else { Reach::Public };
        let http = Client::new(ClientOptions::default(), sources.randomness.clone(), sources.clock.clone());
        builder = builder.webhooks(Arc::new(HttpWebhooks::new(&http, reach)));
    }
    if let Some(guests) = guests {
        builder = builder.guests(guests);
    }
    if let Some(inspector) = inspector {
        builder = builder.inspector(inspector);
    }
    for provider in providers {
        builder = builder.provider(provider);
    }
    Ok(builder.build())
}

/// The institutions of this installation, in the order of the catalogue.
pub(crate) fn providers(
    settings: &Settings,
    sources: &Sources,
    callback_url: &Url,
    sandbox: Option<SandboxAccess>,
) -> Result<Vec<Arc<dyn Provider>>> {
    let http = Client::new(ClientOptions::default(), sources.randomness.clone(), sources.clock.clone());
    let mut providers: Vec<Arc<dyn Provider>> = Vec::new();

    let schwab = &settings.schwab;
    let redirect_uri = match schwab.redirect_uri.as_str() {
        "" => callback_url.as_str().trim_end_matches('/').to_owned(),
        registered => registered.to_owned(),
    };
    let options = SchwabOptions {
        base_url: schwab.base_url.parse().context("schwab.base_url")?,
        app_key: schwab.api_key.clone(),
        app_secret: schwab.api_secret.0.clone(),
        redirect_uri,
        budget: SchwabOptions::BUDGET,
    };
    providers.push(Arc::new(SchwabProvider::new(options, http.clone(), sources.clock.clone())?));

    if settings.simplefin.enabled {
        let options = SimplefinOptions { pending: settings.simplefin.pending };
        // Its address is what a user pasted, so that the guarded client refuses networks of our own that nobody
        // allowed.
        let networks: Vec<_> = settings.simplefin.allowed_networks.iter().map(|network| network.0).collect();
        let guarded = http.guarded(AllowedAddresses::Public, &networks, SimplefinProvider::PATIENCE);
        providers.push(Arc::new(SimplefinProvider::new(options, guarded, sources.clock.clone())?));
    }
    if settings.alpaca.enabled {
        let options = AlpacaOptions {
            live_url: settings.alpaca.live_url.parse().context("alpaca.live_url")?,
            paper_url: settings.alpaca.paper_url.parse().context("alpaca.paper_url")?,
        };
        providers.push(Arc::new(AlpacaProvider::new(options, http.clone())?));
    }
    let options = plaid(&settings.plaid)?;
    providers.push(Arc::new(PlaidProvider::new(options, http.clone(), sources.clock.clone())?));
    providers.extend(enable_banking::banks(&settings.enable_banking, &http, sources, callback_url)?);
    if let Some(SandboxAccess { base_url, client_id, client_secret, redirect_uri }) = sandbox {
        let options = SandboxOptions { base_url, client_id, client_secret, redirect_uri };
        providers.push(Arc::new(SandboxProvider::new(options, http)?));
    }
    Ok(providers)
}

/// Where Plaid is asked.
pub(crate) fn plaid_address(plaid: &Plaid) -> String {
    let official = match plaid.environment {
        PlaidEnvironment::Sandbox => PlaidOptions::SANDBOX_URL,
        PlaidEnvironment::Production => PlaidOptions::PRODUCTION_URL,
    };
    if plaid.base_url.is_empty() { official.to_owned() } else { plaid.base_url.clone() }
}

fn plaid(plaid: &Plaid) -> Result<PlaidOptions> {
    let address = |setting: &'static str, text: &str| -> Result<Option<Url>> {
        if text.is_empty() { Ok(None) } else { Ok(Some(text.parse().context(setting)?)) }
    };
    Ok(PlaidOptions {
        base_url: plaid_address(plaid).parse().context("plaid.base_url")?,
        client_id: plaid.client_id.0.clone(),
        secret: plaid.secret.0.clone(),
        products: plaid.products.iter().filter_map(|product| Product::parse(product)).collect(),
        country_codes: plaid.country_codes.clone(),
        language: plaid.language.clone(),
        redirect_uri: address("plaid.redirect_uri", &plaid.redirect_uri)?,
        webhook_uri: address("plaid.webhook_uri", &plaid.webhook_uri)?,
    })
}

/// The pages for people, unless they are switched off or left out of this program.
pub(crate) fn pages(settings: &Settings) -> Option<Pages> {
    #[cfg(feature = "web")]
    let pages: Option<Pages> = Some(dashtam_web::pages);
    #[cfg(not(feature = "web"))]
    let pages: Option<Pages> = None;
    pages.filter(|_| settings.web.enabled)
}

/// The key ring that encrypts stored secrets.
pub(crate) fn key_ring(settings: &Settings, sources: &Sources) -> Result<Arc<KeyRing>> {
    let keys = settings.security.encryption_keys.iter().map(|key| &key.0);
    let ring = KeyRing::parse(keys, sources.clock.clone(), sources.randomness.clone())
        .context("security.encryption_keys cannot be used")?;
    Ok(Arc::new(ring))
}

/// What keeps secrets, and the tokens that are accepted beside our own.
fn security(
    settings: &Settings,
    ring: Arc<KeyRing>,
    shared: &Shared,
    storage: &Storage,
) -> Result<(Security, Option<Arc<dyn GuestTokens>>)> {
    let algorithm = settings.tokens.algorithm;
    let settings = &settings.security;
    let secret = &settings.secret_key.0;
    let (issuer, audience) = (&settings.issuer, &settings.audience);
    let mut guests: Option<Arc<dyn GuestTokens>> = None;
    let (access_tokens, signing_keys): (Arc<dyn AccessTokens>, Option<Arc<dyn SigningKeys>>) = match algorithm
    {
        Algorithm::Hs256 => {
            let tokens = JwtAccessTokens::new(secret, issuer, audience)
                .context("security.secret_key (SECRET_KEY) cannot be used")?;
            let tokens = Arc::new(tokens);
            if settings.accept_reference_tokens {
                guests = Some(Arc::new(ReferenceTokens::new(tokens.clone(), storage.queries.clone())));
            }
            (tokens, None)
        }
        // The reference system signed with the shared secret, which nothing here is verified by.
        Algorithm::Rs256 => {
            let tokens = Arc::new(Rs256AccessTokens::new(issuer, audience));
            (tokens.clone(), Some(tokens))
        }
    };
    let security = Security {
        hasher: Arc::new(ReferencePasswords::new(shared.passwords.clone())),
        access_tokens,
        signing_keys,
        refresh_secrets: Arc::new(DerivedRefreshSecrets::new(secret)),
        mailed_secrets: Arc::new(DerivedMailedSecrets::new(secret)),
        email_codes: Arc::new(DerivedEmailCodes::new(secret)),
        cipher: ring,
        session_cache: shared.sessions.clone(),
        audit_seal: Arc::new(DerivedAuditSeal::new(secret)),
    };
    Ok((security, guests))
}

fn clients(settings: &Settings) -> Result<KnownClients> {
    let database = &settings.geoip.database;
    if database.as_os_str().is_empty() {
        return Ok(KnownClients::without_locations());
    }
    KnownClients::with_locations(database).context("geoip.database cannot be used")
}

fn policy(settings: &Settings, front_end: Url) -> Policy {
    let tokens = &settings.tokens;
    Policy {
        access_token: TimeDelta::minutes(tokens.access_minutes.into()),
        refresh_token: TimeDelta::days(tokens.refresh_days.into()),
        signing_key: TimeDelta::days(tokens.key_days.into()),
        registration: match settings.registration.mode {
            RegistrationMode::Open => dashtam_application::RegistrationMode::Open,
            RegistrationMode::Invitation => dashtam_application::RegistrationMode::Invitation,
            RegistrationMode::Closed => dashtam_application::RegistrationMode::Closed,
        },
        verification: TimeDelta::hours(tokens.verification_hours.into()),
        password_reset: TimeDelta::minutes(tokens.reset_minutes.into()),
        login_links: settings.login_links.enabled,
        login_link: TimeDelta::minutes(settings.login_links.minutes.into()),
        ..Policy::new(front_end)
    }
}
