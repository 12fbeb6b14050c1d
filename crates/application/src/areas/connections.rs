//! Institutions, connections to them, and their synchronisation.

use std::{fmt, sync::Arc};

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Catalogue, Provider},
    identity::FieldCipher,
};

use super::{Base, Parts, transfers_of};
use crate::{
    authorization::{Authorization, keeper::Keeper},
    connections::Connections,
    sync::{Slots, Sync},
};

/// What the area of connections is built of.
pub struct ConnectionsParts {
    cipher: Arc<dyn FieldCipher>,
    pub(crate) authorization: TimeDelta,
    pub(crate) providers: Vec<Arc<dyn Provider>>,
}

impl ConnectionsParts {
    pub(crate) fn new(cipher: Arc<dyn FieldCipher>) -> Self {
        Self { cipher, authorization: TimeDelta::minutes(10), providers: Vec::new() }
    }
}

impl fmt::Debug for ConnectionsParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionsParts")
    }
}

/// Institutions, connections to them, and their synchronisation.
#[derive(Clone)]
pub struct ConnectionsArea {
    pub(crate) connections: Arc<Connections>,
    pub(crate) authorization: Arc<Authorization>,
    pub(crate) sync: Arc<Sync>,
}

impl fmt::Debug for ConnectionsArea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionsArea")
    }
}

impl Parts for ConnectionsParts {
    type Area = ConnectionsArea;

    fn catalogue(&self) -> Catalogue {
        Catalogue::new(self.providers.iter().cloned())
    }

    fn build(self, base: &Base) -> ConnectionsArea {
        let Self { cipher, authorization, .. } = self;
        let Base { store, queries, sources, signal, catalogue } = base;
        let keeper = Arc::new(Keeper {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            cipher: cipher.clone(),
        });
        ConnectionsArea {
            connections: Arc::new(Connections {
                store: store.clone(),
                queries: queries.clone(),
                identity: queries.clone(),
                sources: sources.clone(),
                catalogue: catalogue.clone(),
                cipher: cipher.clone(),
            }),
            authorization: Arc::new(Authorization {
                store: store.clone(),
                queries: queries.clone(),
                identity: queries.clone(),
                ledger: queries.clone(),
                sources: sources.clone(),
                catalogue: catalogue.clone(),
                cipher: cipher.clone(),
                lifetime: authorization,
                keeper: keeper.clone(),
            }),
            sync: Arc::new(Sync {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                catalogue: catalogue.clone(),
                keeper,
                signal: signal.clone(),
                slots: Slots::default(),
                transfers: transfers_of(base),
            }),
        }
    }
}
