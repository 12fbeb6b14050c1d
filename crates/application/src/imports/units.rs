//! The units of work of an import, and the single one of a preview.

use dashtam_domain::store::{Store, StoreError, UnitOfWork};

/// Opens the units of an import, each of which is committed by itself; or hands out one and the same, of which nothing
/// is ever committed.
pub(super) struct Units<'a> {
    store: &'a dyn Store,
    is_preview: bool,
    /// The one unit of a preview, while nobody uses it.
    held: Option<Box<dyn UnitOfWork>>,
}

impl<'a> Units<'a> {
    /// Units that are committed.
    pub(super) fn stored(store: &'a dyn Store) -> Self {
        Self { store, is_preview: false, held: None }
    }

    /// One unit for everything, which is rolled back.
    pub(super) fn preview(store: &'a dyn Store) -> Self {
        Self { store, is_preview: true, held: None }
    }

    pub(super) async fn begin(&mut self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        match self.held.take() {
            Some(work) => Ok(work),
            None => self.store.begin().await,
        }
    }

    /// Ends a unit; that of a preview is kept for what comes next.
    pub(super) async fn end(&mut self, work: Box<dyn UnitOfWork>) -> Result<(), StoreError> {
        if !self.is_preview {
            return work.commit().await;
        }
        self.held = Some(work);
        Ok(())
    }

    /// Undoes everything that was not committed, before it returns.
    pub(super) async fn roll_back(&mut self) {
        if let Some(work) = self.held.take() {
            work.roll_back().await;
        }
    }
}
