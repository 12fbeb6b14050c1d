//! Puts the areas together from the adapters of whoever embeds them.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    connections::Provider,
    delivery::{Mailer, WorkSignal},
    id::UserId,
    identity::{ActivityLog, ClientDescriber, FieldCipher, GuestTokens},
    inspection::Inspector,
    ledger::{AccountHasher, portfolio::PriceReader, statement::StatementReader},
    live::{LiveBell, LiveRings},
    sources::Sources,
    store::Storage,
    webhook::WebhookSender,
};

use crate::{
    Dashtam, Policy,
    areas::{Base, ConnectionsParts, Has, IdentityParts, LedgerParts, Parts, Security, Without},
    denials::RateLimitDenials,
    live::Live,
    upkeep::Upkeep,
};

/// Collects adapters. What an area cannot do without is an argument of the method that asks for the area; the rest has
/// an honest default.
pub struct DashtamBuilder<I = Without, C = Without, L = Without> {
    storage: Storage,
    sources: Sources,
    signal: Arc<dyn WorkSignal>,
    bell: Arc<dyn LiveBell>,
    inspector: Option<Arc<dyn Inspector>>,
    identity: I,
    connections: C,
    ledger: L,
}

impl<I, C, L> fmt::Debug for DashtamBuilder<I, C, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DashtamBuilder")
    }
}

/// Nobody listens; workers find their work on their next round, and who follows events hears of none.
struct Silent;

impl LiveBell for Silent {
    fn ring(&self, _: UserId, _: i64) {}

    fn ring_all(&self) {}

    fn follow(&self, _: UserId) -> Box<dyn LiveRings> {
        Box::new(Self)
    }

    fn followed(&self) -> Vec<UserId> {
        Vec::new()
    }
}

#[async_trait]
impl LiveRings for Silent {
    async fn above(&mut self, _: i64) {
        std::future::pending().await
    }
}

impl WorkSignal for Silent {
    fn ring(&self) {}
}

impl Dashtam {
    /// Begins with what nothing works without. Areas are asked for next.
    pub fn builder(storage: Storage, sources: Sources) -> DashtamBuilder {
        let (signal, bell) = (Arc::new(Silent), Arc::new(Silent));
        DashtamBuilder {
            storage,
            sources,
            signal,
            bell,
            inspector: None,
            identity: Without,
            connections: Without,
            ledger: Without,
        }
    }
}

impl<C, L> DashtamBuilder<Without, C, L> {
    /// Asks for users, sessions and mails. A program with users of its own leaves this out.
    pub fn identity(self, security: Security, policy: Policy) -> DashtamBuilder<IdentityParts, C, L> {
        let Self { storage, sources, signal, bell, inspector, connections, ledger, .. } = self;
        let identity = IdentityParts::new(security, policy);
        DashtamBuilder { storage, sources, signal, bell, inspector, identity, connections, ledger }
    }
}

impl<I, L> DashtamBuilder<I, Without, L> {
    /// Asks for connections to institutions, whose credentials this cipher seals.
    pub fn connections(self, cipher: Arc<dyn FieldCipher>) -> DashtamBuilder<I, ConnectionsParts, L> {
        let Self { storage, sources, signal, bell, inspector, identity, ledger, .. } = self;
        let connections = ConnectionsParts::new(cipher);
        DashtamBuilder { storage, sources, signal, bell, inspector, identity, connections, ledger }
    }
}

impl<I, C> DashtamBuilder<I, C, Without> {
    /// Asks for accounts, transactions and statement files, whose account numbers this hasher hides.
    pub fn ledger(self, account_hasher: Arc<dyn AccountHasher>) -> DashtamBuilder<I, C, LedgerParts> {
        let Self { storage, sources, signal, bell, inspector, identity, connections, .. } = self;
        let ledger = LedgerParts::new(account_hasher);
        DashtamBuilder { storage, sources, signal, bell, inspector, identity, connections, ledger }
    }
}

impl<I, C, L> DashtamBuilder<I, C, L> {
    /// Wakes workers by this signal.
    #[must_use]
    pub fn signal(mut self, signal: Arc<dyn WorkSignal>) -> Self {
        self.signal = signal;
        self
    }

    /// Wakes those who follow events by this bell. The storage has to ring it.
    #[must_use]
    pub fn bell(mut self, bell: Arc<dyn LiveBell>) -> Self {
        self.bell = bell;
        self
    }

    /// Shows administrators what this finds of all that the server needs. Without one, nobody looks.
    #[must_use]
    pub fn inspector(mut self, inspector: Arc<dyn Inspector>) -> Self {
        self.inspector = Some(inspector);
        self
    }

    /// Sends mails by this adapter. Without one they wait in the outbox.
    #[must_use]
    pub fn mailer(mut self, mailer: Arc<dyn Mailer>) -> Self
    where
        I: Has<IdentityParts>,
    {
        self.identity.get_mut().mailer = Some(mailer);
        self
    }

    /// Counts here what sessions do. Without it, requests leave no mark on their sessions.
    #[must_use]
    pub fn activity(mut self, activity: Arc<dyn ActivityLog>) -> Self
    where
        I: Has<IdentityParts>,
    {
        self.identity.get_mut().activity = activity;
        self
    }

    /// Describes clients by this adapter. Without one, every device is unknown.
    #[must_use]
    pub fn clients(mut self, clients: Arc<dyn ClientDescriber>) -> Self
    where
        I: Has<IdentityParts>,
    {
        self.identity.get_mut().clients = clients;
        self
    }

    /// Lets these tokens in beside those of sessions. Without them, every token needs its session.
    #[must_use]
    pub fn guests(mut self, guests: Arc<dyn GuestTokens>) -> Self
    where
        I: Has<IdentityParts>,
    {
        self.identity.get_mut().guests = Some(guests);
        self
    }

    /// Sends webhooks by this adapter. Without one, nobody can make any.
    #[must_use]
    pub fn webhooks(mut self, sender: Arc<dyn WebhookSender>) -> Self
    where
        I: Has<IdentityParts>,
    {
        self.identity.get_mut().webhooks = Some(sender);
        self
    }

    /// Adds an institution to the catalogue.
    #[must_use]
    pub fn provider(mut self, provider: Arc<dyn Provider>) -> Self
    where
        C: Has<ConnectionsParts>,
    {
        self.connections.get_mut().providers.push(provider);
        self
    }

    /// How long an authorization at an institution may take. Without it, ten minutes.
    #[must_use]
    pub fn authorization_lifetime(mut self, lifetime: TimeDelta) -> Self
    where
        C: Has<ConnectionsParts>,
    {
        self.connections.get_mut().authorization = lifetime;
        self
    }

    /// Reads statement files by these readers too.
    #[must_use]
    pub fn statements(mut self, readers: impl IntoIterator<Item = Arc<dyn StatementReader>>) -> Self
    where
        L: Has<LedgerParts>,
    {
        self.ledger.get_mut().readers.extend(readers);
        self
    }

    /// Reads files of prices by these readers too.
    #[must_use]
    pub fn price_readers(mut self, readers: impl IntoIterator<Item = Arc<dyn PriceReader>>) -> Self
    where
        L: Has<LedgerParts>,
    {
        self.ledger.get_mut().price_readers.extend(readers);
        self
    }
}

impl<I: Parts, C: Parts, L: Parts> DashtamBuilder<I, C, L> {
    /// The finished program.
    pub fn build(self) -> Dashtam<I::Area, C::Area, L::Area> {
        let Self { storage, sources, signal, bell, inspector, identity, connections, ledger } = self;
        let Storage { store, queries } = storage;
        let catalogue = connections.catalogue();
        let base = Base { store, queries, sources, signal, catalogue };
        let (identity, connections, ledger) =
            (identity.build(&base), connections.build(&base), ledger.build(&base));
        let Base { store, queries, sources, .. } = base;
        Dashtam {
            identity,
            connections,
            ledger,
            denials: Arc::new(RateLimitDenials::new(store.clone(), sources)),
            live: Arc::new(Live { queries: queries.clone(), bell }),
            upkeep: Arc::new(Upkeep { store, queries, inspector }),
        }
    }
}
