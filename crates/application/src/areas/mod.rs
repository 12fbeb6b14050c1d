//! The areas of Dashtam. An embedder takes those it wants and brings what they need.

mod connections;
mod identity;
mod ledger;

use std::sync::Arc;

use dashtam_domain::{
    connections::Catalogue,
    delivery::WorkSignal,
    sources::Sources,
    store::{Queries, Store},
};

use crate::transfers::Transfers;

pub use connections::{ConnectionsArea, ConnectionsParts};
pub use identity::{IdentityArea, IdentityParts, Security};
pub use ledger::{LedgerArea, LedgerParts};

/// In the place of an area that was not asked for.
#[derive(Debug, Clone, Copy)]
pub struct Without;

/// What has an area, or the parts it is built of: each is its own. A program that asks for more does not compile.
#[diagnostic::on_unimplemented(
    message = "`{A}` is needed here, and its area was not asked for",
    label = "needs `{A}`",
    note = "areas are asked for right behind `Dashtam::builder`, by `.identity(…)`, `.connections(…)` and `.ledger(…)`"
)]
pub trait Has<A> {
    /// The area.
    fn get(&self) -> &A;
    /// The area, to be changed.
    fn get_mut(&mut self) -> &mut A;
}

impl<A> Has<A> for A {
    fn get(&self) -> &A {
        self
    }

    fn get_mut(&mut self) -> &mut A {
        self
    }
}

/// What every area is built on.
pub struct Base {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) catalogue: Catalogue,
}

/// What looks for transfers wherever transactions change.
fn transfers_of(base: &Base) -> Arc<Transfers> {
    let Base { store, queries, sources, .. } = base;
    Arc::new(Transfers { store: store.clone(), queries: queries.clone(), sources: sources.clone() })
}

/// What an area is built of.
pub trait Parts {
    /// The area.
    type Area;

    /// The institutions among the parts.
    fn catalogue(&self) -> Catalogue {
        Catalogue::default()
    }

    /// Builds the area.
    fn build(self, base: &Base) -> Self::Area;
}

impl Parts for Without {
    type Area = Self;

    fn build(self, _: &Base) -> Self {
        self
    }
}
