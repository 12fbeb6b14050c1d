//! Accounts and what moves in them, and statement files.

use std::{fmt, sync::Arc};

use dashtam_domain::ledger::{AccountHasher, portfolio::PriceReader, statement::StatementReader};

use super::{Base, Parts, transfers_of};
use crate::{
    categories::Categories, corrections::Corrections, exports::Exports, imports::Imports, ledger::Ledger,
    merchants::Merchants, notifications::Notifications, once::Turns, portfolio::Portfolio,
    reconciliations::Reconciliations, recurring::Recurring, remap::Remap, rules::Rules,
    saved_views::SavedViews, transfers::Transfers, worth::Worth,
};

/// What the area of the ledger is built of.
pub struct LedgerParts {
    account_hasher: Arc<dyn AccountHasher>,
    pub(crate) readers: Vec<Arc<dyn StatementReader>>,
    pub(crate) price_readers: Vec<Arc<dyn PriceReader>>,
}

impl LedgerParts {
    pub(crate) fn new(account_hasher: Arc<dyn AccountHasher>) -> Self {
        Self { account_hasher, readers: Vec::new(), price_readers: Vec::new() }
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
    pub(crate) exports: Arc<Exports>,
    pub(crate) saved_views: Arc<SavedViews>,
    pub(crate) remap: Arc<Remap>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) merchants: Arc<Merchants>,
    pub(crate) reconciliations: Arc<Reconciliations>,
    pub(crate) transfers: Arc<Transfers>,
    pub(crate) recurring: Arc<Recurring>,
    pub(crate) notifications: Arc<Notifications>,
}

impl fmt::Debug for LedgerArea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LedgerArea")
    }
}

impl Parts for LedgerParts {
    type Area = LedgerArea;

    fn build(self, base: &Base) -> LedgerArea {
        let Self { account_hasher, readers, price_readers } = self;
        let Base { store, queries, sources, signal, catalogue } = base;
        let ledger = Arc::new(Ledger {
            queries: queries.clone(),
            categories: queries.clone(),
            rates: queries.clone(),
        });
        let portfolio = Arc::new(Portfolio {
            store: store.clone(),
            queries: queries.clone(),
            ids: sources.ids.clone(),
            price_readers,
        });
        let transfers = transfers_of(base);
        let recurring = Arc::new(Recurring { store: store.clone(), queries: queries.clone() });
        LedgerArea {
            saved_views: Arc::new(SavedViews {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
            }),
            exports: Arc::new(Exports {
                store: store.clone(),
                jobs: queries.clone(),
                users: queries.clone(),
                signal: signal.clone(),
                sources: sources.clone(),
                ledger: ledger.clone(),
                portfolio: portfolio.clone(),
            }),
            transfers: transfers.clone(),
            notifications: Arc::new(Notifications {
                store: store.clone(),
                queries: queries.clone(),
                ledger: ledger.clone(),
                recurring: recurring.clone(),
                signal: signal.clone(),
                sources: sources.clone(),
            }),
            recurring,
            remap: Arc::new(Remap {
                store: store.clone(),
                queries: queries.clone(),
                catalogue: catalogue.clone(),
                readers: readers.clone(),
                ids: sources.ids.clone(),
                transfers: transfers.clone(),
            }),
            portfolio: portfolio.clone(),
            ledger,
            worth: Arc::new(Worth { store: store.clone(), queries: queries.clone() }),
            categories: Arc::new(Categories {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
            }),
            merchants: Arc::new(Merchants {
                store: store.clone(),
                queries: queries.clone(),
                signal: signal.clone(),
                sources: sources.clone(),
            }),
            rules: Arc::new(Rules {
                store: store.clone(),
                queries: queries.clone(),
                ledger: queries.clone(),
                signal: signal.clone(),
                sources: sources.clone(),
            }),
            corrections: Arc::new(Corrections {
                store: store.clone(),
                portfolio: portfolio.clone(),
                signal: signal.clone(),
                sources: sources.clone(),
            }),
            reconciliations: Arc::new(Reconciliations {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
            }),
            imports: Arc::new(Imports {
                store: store.clone(),
                queries: queries.clone(),
                layouts: queries.clone(),
                sources: sources.clone(),
                readers,
                account_hasher,
                turns: Turns::default(),
                previews: Default::default(),
                transfers,
            }),
        }
    }
}
