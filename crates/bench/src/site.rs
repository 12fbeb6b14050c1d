//! The API as the server runs it: real adapters on one database, plain HTTP on loopback.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{HttpServer, dev::ServerHandle};
use anyhow::{Context, Result};
use async_trait::async_trait;
use dashtam_api::{ApiOptions, RateLimits, RateOverrides, Readiness};
use dashtam_application::{Dashtam, Policy, Security, keystore::LoadSigningKeys};
use dashtam_domain::{
    call::Call,
    connections::Provider,
    identity::{AccessTokens, SigningKeys},
    secret::SecretText,
    sources::Sources,
};
use dashtam_local::{KnownClients, MemoryActivityLog, MemoryRateLimiter, MemorySessionCache};
use dashtam_persistence::{Database, Options};
use dashtam_security::{
    Argon2Hasher, Argon2Parameters, DerivedAuditSeal, DerivedEmailCodes, DerivedFingerprints,
    DerivedMailedSecrets, DerivedRefreshSecrets, HmacAccountHasher, HmacBucketHasher, JwtAccessTokens,
    KeyRing, Rs256AccessTokens, generate_fernet_key,
};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};
use url::Url;

use crate::engine::Place;

/// The number of threads that answer, for every server here.
pub(crate) const THREADS: usize = 2;

/// Lets the API write its log as the server does, to where nobody reads it.
pub(crate) fn start_logging(on: bool) -> Result<()> {
    if on {
        let nowhere =
            Arc::new(File::options().write(true).open("/dev/null").context("/dev/null cannot be opened")?);
        let layer = fmt::layer().with_writer(nowhere).with_target(false).with_ansi(false);
        tracing_subscriber::registry().with(EnvFilter::new("info")).with(layer).init();
    }
    Ok(())
}

/// What access tokens are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    Hs256,
    Rs256,
}

/// The API, running in this process.
pub(crate) struct Site {
    /// The address it listens on.
    pub(crate) address: SocketAddr,
    /// The database it works on.
    pub(crate) database: Database,
    pub(crate) dashtam: Dashtam,
    /// The secret that signs its tokens.
    pub(crate) secret: SecretText,
    server: ServerHandle,
    /// The place of the database, which has to be dropped last.
    place: Place,
}

impl Site {
    /// Starts the API on this database.
    pub(crate) async fn start(
        place: Place,
        sources: &Sources,
        hasher: Arc<Argon2Hasher>,
        signature: Signature,
        bank: Option<Arc<dyn Provider>>,
    ) -> Result<Self> {
        let secret = generate_fernet_key(&*sources.randomness);
        let database = {
            let mut options = Options::new(place.url.clone());
            options.audit_seal = Arc::new(DerivedAuditSeal::new(&secret));
            dashtam_persistence::connect(options).await?
        };
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let public_url: Url = format!("http://{address}").parse()?;
        let dashtam = program(&database, sources, &secret, hasher, (signature, bank), public_url.clone())?;
        if signature == Signature::Rs256 {
            dashtam.signing().load(&Call::system(sources.clock.now()), LoadSigningKeys).await?;
        }
        let readiness = Arc::new(Answers(database.clone()));
        let fingerprints = Arc::new(DerivedFingerprints::new(&secret));
        let version = env!("CARGO_PKG_VERSION");
        let options = ApiOptions {
            rate_limits: limits(&secret)?,
            ..ApiOptions::new(public_url, version, sources.clone(), readiness, fingerprints)
        };
        let api = dashtam.clone();
        let server = HttpServer::new(move || dashtam_api::app(&api, &options));
        let server = server.workers(THREADS).disable_signals().listen(listener)?.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(Self { address, database, dashtam, secret, server: handle, place })
    }

    /// Stops the server and closes the database; hands the database back.
    pub(crate) async fn stop(self) -> Place {
        self.server.stop(false).await;
        self.database.close().await;
        self.place
    }

    /// The address of its database.
    pub(crate) fn url(&self) -> &str {
        &self.place.url
    }
}

/// The limits that a load meets, so wide that each request is counted and none is refused.
pub(crate) const WIDE: [(&str, &str); 11] = [
    ("default", "1000000/1000000"),
    ("login", "1000000/1000000"),
    ("register", "1000000/1000000"),
    ("refresh", "1000000/1000000"),
    ("providers", "1000000/1000000"),
    ("import", "1000000/1000000"),
    ("verify_email", "1000000/1000000"),
    ("resend_verification", "1000000/1000000"),
    ("password_reset", "1000000/1000000"),
    ("password_reset_check", "1000000/1000000"),
    ("unauthenticated", "1000000/1000000"),
];

fn limits(secret: &SecretText) -> Result<RateLimits> {
    let wide = WIDE.map(|(name, rate)| (name.to_owned(), rate.to_owned())).into();
    let wide = RateOverrides::parse(&wide).map_err(|wrong| anyhow::anyhow!("{}", wrong.join("; ")))?;
    let hasher = Arc::new(HmacBucketHasher::new(secret));
    Ok(RateLimits::new(Arc::new(MemoryRateLimiter::new()), hasher, &wide))
}

/// Makes a hasher with the defaults of the server.
pub(crate) fn hasher(sources: &Sources) -> Result<Arc<Argon2Hasher>> {
    Ok(Arc::new(Argon2Hasher::new(Argon2Parameters::default(), sources.randomness.clone())?))
}

/// Wired as the server wires it, without mail and with one institution at most.
fn program(
    database: &Database,
    sources: &Sources,
    secret: &SecretText,
    hasher: Arc<Argon2Hasher>,
    (signature, bank): (Signature, Option<Arc<dyn Provider>>),
    front_end: Url,
) -> Result<Dashtam> {
    let key = SecretText::new(format!("fernet:{}", generate_fernet_key(&*sources.randomness).expose()));
    let (access_tokens, signing_keys): (Arc<dyn AccessTokens>, Option<Arc<dyn SigningKeys>>) = match signature
    {
        Signature::Hs256 => (Arc::new(JwtAccessTokens::new(secret, "dashtam", "dashtam")?), None),
        Signature::Rs256 => {
            let tokens = Arc::new(Rs256AccessTokens::new("dashtam", "dashtam"));
            (tokens.clone(), Some(tokens))
        }
    };
    let cipher = Arc::new(KeyRing::parse([&key], sources.clock.clone(), sources.randomness.clone())?);
    let security = Security {
        hasher,
        access_tokens,
        refresh_secrets: Arc::new(DerivedRefreshSecrets::new(secret)),
        mailed_secrets: Arc::new(DerivedMailedSecrets::new(secret)),
        email_codes: Arc::new(DerivedEmailCodes::new(secret)),
        cipher: cipher.clone(),
        signing_keys,
        session_cache: Arc::new(MemorySessionCache::new()),
        audit_seal: Arc::new(DerivedAuditSeal::new(secret)),
    };
    let builder = Dashtam::builder(database.storage.clone(), sources.clone())
        .identity(security, Policy::new(front_end))
        .connections(cipher)
        .ledger(Arc::new(HmacAccountHasher::new(secret)))
        .activity(Arc::new(MemoryActivityLog::new()))
        .clients(Arc::new(KnownClients::without_locations()));
    let builder = bank.into_iter().fold(builder, |builder, bank| builder.provider(bank));
    Ok(builder.statements(dashtam_statements::readers()).build())
}

struct Answers(Database);

#[async_trait]
impl Readiness for Answers {
    async fn database(&self) -> bool {
        self.0.ping().await.is_ok()
    }
}
