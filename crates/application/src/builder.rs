//! Puts the services together from the adapters of whoever embeds them.

use std::{fmt, sync::Arc};

use dashtam_domain::{
    call::ClientInfo,
    connections::{Catalogue, Provider},
    delivery::{MailedSecrets, Mailer, WorkSignal},
    id::SessionId,
    identity::{
        AccessTokens, Activity, ActivityLog, AuditSeal, ClientDescriber, ClientDescription, EmailCodes,
        FieldCipher, GuestTokens, PasswordHasher, RefreshSecrets, SessionCache, SigningKeys, UNKNOWN_DEVICE,
    },
    ledger::{AccountHasher, statement::StatementReader},
    sources::Sources,
    store::Storage,
    time::Timestamp,
};

use crate::{
    Dashtam, Policy,
    administration::Administration,
    api_keys::ApiKeys,
    audit::Audit,
    authorization::{Authorization, keeper::Keeper},
    connections::Connections,
    delivery::Delivery,
    imports::Imports,
    ledger::Ledger,
    limits::Limits,
    once::Turns,
    profile::Profile,
    recovery::Recovery,
    registration::Registration,
    second_factor::SecondFactors,
    sessions::Sessions,
    sign_in::SignIn,
    signing::Signing,
    sync::{Slots, Sync},
    token_rotation::TokenRotation,
    upkeep::Upkeep,
};

/// The adapters that keep secrets.
#[derive(Clone)]
pub struct Security {
    /// Password hashing.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// The key pairs behind the access tokens; `None` when they are signed by a shared secret.
    pub signing_keys: Option<Arc<dyn SigningKeys>>,
    /// Refresh tokens.
    pub refresh_secrets: Arc<dyn RefreshSecrets>,
    /// Tokens in mails.
    pub mailed_secrets: Arc<dyn MailedSecrets>,
    /// Codes in mails.
    pub email_codes: Arc<dyn EmailCodes>,
    /// Encryption of stored secrets.
    pub cipher: Arc<dyn FieldCipher>,
    /// Recent session snapshots.
    pub session_cache: Arc<dyn SessionCache>,
    /// Links the audit trail; the store has to have the same.
    pub audit_seal: Arc<dyn AuditSeal>,
    /// Hashes the account numbers of imported statements.
    pub account_hasher: Arc<dyn AccountHasher>,
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
    activity: Arc<dyn ActivityLog>,
    clients: Arc<dyn ClientDescriber>,
    guests: Option<Arc<dyn GuestTokens>>,
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

/// Nobody counts what sessions do.
struct Uncounted;

impl ActivityLog for Uncounted {
    fn record(&self, _: SessionId, _: Timestamp) {}

    fn pending(&self, _: SessionId) -> Option<Activity> {
        None
    }

    fn take(&self) -> Vec<Activity> {
        Vec::new()
    }

    fn give_back(&self, _: Vec<Activity>) {}
}

/// Every client is unknown.
struct Strangers;

impl ClientDescriber for Strangers {
    fn describe(&self, _: &ClientInfo) -> ClientDescription {
        ClientDescription { device: UNKNOWN_DEVICE.to_owned(), location: None }
    }
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
            activity: Arc::new(Uncounted),
            clients: Arc::new(Strangers),
            guests: None,
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

    /// Counts here what sessions do. Without it, requests leave no mark on their sessions.
    #[must_use]
    pub fn activity(mut self, activity: Arc<dyn ActivityLog>) -> Self {
        self.activity = activity;
        self
    }

    /// Describes clients by this adapter. Without one, every device is unknown.
    #[must_use]
    pub fn clients(mut self, clients: Arc<dyn ClientDescriber>) -> Self {
        self.clients = clients;
        self
    }

    /// Lets these tokens in beside those of sessions. Without them, every token needs its session.
    #[must_use]
    pub fn guests(mut self, guests: Arc<dyn GuestTokens>) -> Self {
        self.guests = Some(guests);
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
        let Self {
            storage,
            sources,
            security,
            policy,
            mailer,
            signal,
            activity,
            clients,
            guests,
            providers,
            readers,
        } = self;
        let catalogue = Catalogue::new(providers);
        let Storage { store, queries } = storage;
        let keeper = Arc::new(Keeper {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            cipher: security.cipher.clone(),
        });
        let profile = Arc::new(Profile {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            hasher: security.hasher.clone(),
            cache: security.session_cache.clone(),
            signal: signal.clone(),
            catalogue: catalogue.clone(),
            cipher: security.cipher.clone(),
        });
        let second_factors = Arc::new(SecondFactors {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            hasher: security.hasher.clone(),
            cipher: security.cipher.clone(),
            email_codes: security.email_codes.clone(),
            cache: security.session_cache.clone(),
            signal: signal.clone(),
            profile: profile.clone(),
        });
        Dashtam {
            second_factors: second_factors.clone(),
            recovery: Arc::new(Recovery {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
            }),
            registration: Arc::new(Registration {
                store: store.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
            }),
            api_keys: Arc::new(ApiKeys {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
                activity: activity.clone(),
                clients: clients.clone(),
                signal: signal.clone(),
            }),
            sign_in: Arc::new(SignIn {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                access_tokens: security.access_tokens.clone(),
                refresh_secrets: security.refresh_secrets.clone(),
                audit_seal: security.audit_seal.clone(),
                clients: clients.clone(),
                cache: security.session_cache.clone(),
                email_codes: security.email_codes.clone(),
                factors: second_factors.clone(),
                profile: profile.clone(),
                signal: signal.clone(),
                policy: policy.clone(),
            }),
            sessions: Arc::new(Sessions {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                access_tokens: security.access_tokens.clone(),
                guests,
                refresh_secrets: security.refresh_secrets.clone(),
                clients,
                cache: security.session_cache.clone(),
                activity,
                signal: signal.clone(),
                policy: policy.clone(),
            }),
            token_rotation: Arc::new(TokenRotation {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
            }),
            administration: Arc::new(Administration {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
                policy: policy.clone(),
            }),
            audit: Arc::new(Audit { queries: queries.clone(), seal: security.audit_seal.clone() }),
            profile,
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
                identity: queries.clone(),
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
                signal: signal.clone(),
                slots: Slots::default(),
            }),
            ledger: Arc::new(Ledger { queries: queries.clone() }),
            limits: Arc::new(Limits::new(store.clone(), sources.clone())),
            imports: Arc::new(Imports {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                readers,
                account_hasher: security.account_hasher.clone(),
                turns: Turns::default(),
            }),
            signing: Arc::new(Signing {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cipher: security.cipher.clone(),
                keys: security.signing_keys.clone(),
                policy: policy.clone(),
            }),
            upkeep: Arc::new(Upkeep { store: store.clone(), queries: queries.clone() }),
            delivery: Arc::new(Delivery {
                store,
                queries,
                sources,
                mailer,
                mailed_secrets: security.mailed_secrets,
                signal,
                email_codes: security.email_codes,
                policy,
            }),
        }
    }
}
