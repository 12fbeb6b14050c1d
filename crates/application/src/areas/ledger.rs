//! Accounts and what moves in them, and statement files.

use std::{fmt, sync::Arc};

use dashtam_domain::ledger::{AccountHasher, statement::StatementReader};

use super::{Base, Parts};
use crate::{
    categories::Categories, corrections::Corrections, imports::Imports, ledger::Ledger, once::Turns,
    portfolio::Portfolio, reconciliations::Reconciliations, remap::Remap, worth::Worth,
};

/// What the area of the ledger is built of.
pub struct LedgerParts {
    account_hasher: Arc<dyn AccountHasher>,
    pub(crate) readers: Vec<Arc<dyn StatementReader>>,
}

impl LedgerParts {
    pub(crate) fn new(account_hasher: Arc<dyn AccountHasher>) -> Self {
        Self { account_hasher, readers: Vec::new() }
    }
}

impl fmt::Debug for LedgerParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LedgerParts")
    }
}

/// Accounts and what moves in them, and statement files.
#[derive(Clone)]
pub struct LedgerArea {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) portfolio: Arc<Portfolio>,
    pub(crate) imports: Arc<Imports>,
    pub(crate) worth: Arc<Worth>,
    pub(crate) categories: Arc<Categories>,
    pub(crate) corrections: Arc<Corrections>,
    pub(crate) remap: Arc<Remap>,
    pub(crate) reconciliations: Arc<Reconciliations>,
}

impl fmt::Debug for LedgerArea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LedgerArea")
    }
}

impl Parts for LedgerParts {
    type Area = LedgerArea;

    fn build(self, base: &Base) -> LedgerArea {
        let Self { account_hasher, readers } = self;
        let Base { store, queries, sources, catalogue, .. } = base;
        LedgerArea {
            remap: Arc::new(Remap {
                store: store.clone(),
                queries: queries.clone(),
                catalogue: catalogue.clone(),
                readers: readers.clone(),
                ids: sources.ids.clone(),
            }),
            portfolio: Arc::new(Portfolio { queries: queries.clone() }),
            ledger: Arc::new(Ledger { queries: queries.clone(), categories: queries.clone() }),
            worth: Arc::new(Worth { store: store.clone(), queries: queries.clone() }),
            categories: Arc::new(Categories {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
            }),
            corrections: Arc::new(Corrections { store: store.clone(), sources: sources.clone() }),
            reconciliations: Arc::new(Reconciliations {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
            }),
            imports: Arc::new(Imports {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                readers,
                account_hasher,
                turns: Turns::default(),
                previews: Default::default(),
            }),
        }
    }
}
