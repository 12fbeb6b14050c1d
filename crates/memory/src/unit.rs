//! A unit of work: the one writer there is, until it ends.

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    identity::{AuditEntry, AuditSeal},
    store::{self, StoreError, UnitOfWork},
};
use tokio::sync::OwnedMutexGuard;

use crate::{committed::Committed, live_rows::ToTell, tables::Tables, trail::link_lines};

/// A unit of work. The repositories are implemented on it, one file each.
pub(crate) struct Unit {
    /// The writer's copy of everything. While nothing was touched, it is what was committed.
    tables: OwnedMutexGuard<Tables>,
    committed: Arc<Committed>,
    failed: bool,
    /// Lines of the audit trail, linked when the unit commits.
    pub(crate) lines: Vec<AuditEntry>,
    /// What the unit tells at once.
    pub(crate) to_tell: ToTell,
    seal: Arc<dyn AuditSeal>,
}

impl Unit {
    pub(crate) fn new(
        tables: OwnedMutexGuard<Tables>,
        committed: Arc<Committed>,
        seal: Arc<dyn AuditSeal>,
    ) -> Self {
        Self { tables, committed, failed: false, lines: Vec::new(), to_tell: ToTell::default(), seal }
    }

    /// Runs a call on the tables. One that fails, or panics, is the last one: what it left behind must not be
    /// committed.
    pub(crate) fn run<T>(
        &mut self,
        call: impl FnOnce(&mut Tables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.failed {
            return Err(StoreError::Aborted);
        }
        self.failed = true;
        let done = call(&mut self.tables);
        self.failed = done.is_err();
        done
    }
}

#[async_trait]
impl UnitOfWork for Unit {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let (lines, seal) = (std::mem::take(&mut self.lines), Arc::clone(&self.seal));
        self.run(|tables| link_lines(tables, lines, &*seal))?;
        let committed = Arc::clone(&self.committed);
        committed.write(|committed| self.tables.commit(committed));
        Ok(())
    }

    async fn roll_back(self: Box<Self>) {}
}

/// What was touched and not committed was never there.
impl Drop for Unit {
    fn drop(&mut self) {
        let committed = Arc::clone(&self.committed);
        committed.read(|committed| self.tables.roll_back(committed));
    }
}

macro_rules! accessors {
    ($(#$_about:tt)* $work:ident: $($(#$_what:tt)* $name:ident -> $port:path,)+) => {
        impl store::$work for Unit {
            $(fn $name(&mut self) -> &mut dyn $port { self })+
        }
    };
}
dashtam_domain::repositories!(accessors);
