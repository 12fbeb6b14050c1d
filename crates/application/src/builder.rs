//! Puts the services together from the adapters of whoever embeds them.

use std::{fmt, sync::Arc};

use dashtam_domain::{
    connections::{Catalogue, Provider},
    delivery::{Mailer, WorkSignal},
    identity::{AccessTokens, FieldCipher, PasswordHasher, RefreshSecrets, SessionCache},
    ledger::statement::StatementReader,
    sources::Sources,
    store::Storage,
};

use crate::{
    Dashtam, Policy,
    authorization::{Authorization, keeper::Keeper},
    connections::Connections,
    delivery::Delivery,
    imports::Imports,
    ledger::Ledger,
    limits::Limits,
    once::Turns,
    profile::Profile,
    registration::Registration,
    sessions::Sessions,
    sign_in::SignIn,
    sync::Sync,
};

/// The adapters that keep secrets.
#[derive(Clone)]
pub struct Security {
    /// Password hashing.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// Refresh tokens.
    pub refresh_secrets: Arc<dyn RefreshSecrets>,
    /// Encryption of stored secrets.
    pub cipher: Arc<dyn FieldCipher>,
    /// Recent session snapshots.
    pub session_cache: Arc<dyn SessionCache>,
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Security")
    }
}

/// Collects adapters; what is required is an argument of [`Dashtam::builder`], the rest has an honest default.
pub struct DashtamBuilder {
    storage: Storage,
    sources: Sources,
    security: Security,
    policy: Policy,
    mailer: Option<Arc<dyn Mailer>>,
    signal: Arc<dyn WorkSignal>,
    providers: Vec<Arc<dyn Provider>>,
    readers: Vec<Arc<dyn StatementReader>>,
}

impl fmt::Debug for DashtamBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DashtamBuilder")
    }
}

/// Nobody listens; workers find their work on their next round.
struct Silent;

impl WorkSignal for Silent {
    fn ring(&self) {}
}

impl DashtamBuilder {
    pub(crate) fn new(storage: Storage, sources: Sources, security: Security, policy: Policy) -> Self {
        Self {
            storage,
            sources,
            security,
            policy,
            mailer: None,
            signal: Arc::new(Silent),
            providers: Vec::new(),
            readers: Vec::new(),
        }
    }

    /// Sends mails by this adapter. Without one they wait in the outbox.
    #[must_use]
    pub fn mailer(mut self, mailer: Arc<dyn Mailer>) -> Self {
        self.mailer = Some(mailer);
        self
    }

    /// Wakes workers by this signal.
    #[must_use]
    pub fn signal(mut self, signal: Arc<dyn WorkSignal>) -> Self {
        self.signal = signal;
        self
    }

    /// Adds an institution to the catalogue.
    #[must_use]
    pub fn provider(mut self, provider: Arc<dyn Provider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// Reads statement files by these readers too.
    #[must_use]
    pub fn statements(mut self, readers: impl IntoIterator<Item = Arc<dyn StatementReader>>) -> Self {
        self.readers.extend(readers);
        self
    }

    /// The finished program.
    pub fn build(self) -> Dashtam {
        let Self { storage, sources, security, policy, mailer, signal, providers, readers } = self;
        let catalogue = Catalogue::new(providers);
        let Storage { store, queries } = storage;
        let keeper = Arc::new(Keeper {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            cipher: security.cipher.clone(),
        });
        Dashtam {
            registration: Arc::new(Registration {
                store: store.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
            }),
            sign_in: Arc::new(SignIn {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                access_tokens: security.access_tokens.clone(),
                refresh_secrets: security.refresh_secrets.clone(),
                policy: policy.clone(),
            }),
            sessions: Arc::new(Sessions {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                access_tokens: security.access_tokens.clone(),
                refresh_secrets: security.refresh_secrets.clone(),
                cache: security.session_cache.clone(),
                policy: policy.clone(),
            }),
            profile: Arc::new(Profile { queries: queries.clone(), cache: security.session_cache.clone() }),
            connections: Arc::new(Connections {
                store: store.clone(),
                queries: queries.clone(),
                identity: queries.clone(),
                sources: sources.clone(),
                catalogue: catalogue.clone(),
                cipher: security.cipher.clone(),
            }),
            authorization: Arc::new(Authorization {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                catalogue: catalogue.clone(),
                cipher: security.cipher.clone(),
                policy: policy.clone(),
                keeper: keeper.clone(),
            }),
            sync: Arc::new(Sync {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                catalogue,
                keeper,
                signal,
                policy: policy.clone(),
            }),
            ledger: Arc::new(Ledger { queries: queries.clone() }),
            limits: Arc::new(Limits::new(store.clone(), sources.clone())),
            imports: Arc::new(Imports {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                readers,
                turns: Turns::default(),
            }),
            delivery: Arc::new(Delivery { store, queries, sources, mailer, policy }),
        }
    }
}
