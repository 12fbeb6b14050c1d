//! What people ask of their transactions again and again.

use std::{collections::BTreeMap, sync::Arc};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::SavedViewId,
    identity::Scope,
    ledger::{Line, SavedView, SavedViewQueries},
    sources::Sources,
    store::Store,
};

use crate::{
    errors::{CommonError, faults},
    once::{self, Present},
    request::{authorize, request},
};

/// Saved views.
pub struct SavedViews {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn SavedViewQueries>,
    pub(crate) sources: Sources,
}

/// All saved views.
#[derive(Debug)]
pub struct ListSavedViews;

request!(ListSavedViews, "views.list", Access::User(Needs::read(Scope::TransactionsRead)));

/// A view wanted.
#[derive(Debug)]
pub struct CreateSavedView {
    /// What people read.
    pub name: Line,
    /// What is asked. Whoever asks has seen to it that the list of transactions takes it.
    pub filter: BTreeMap<String, String>,
}

request!(CreateSavedView, "views.create", Access::User(Needs::change(Scope::TransactionsWrite)));

/// What shall be different of a view; `None` leaves it as it is.
#[derive(Debug)]
pub struct UpdateSavedView {
    /// Of which.
    pub view: SavedViewId,
    /// Another name.
    pub name: Option<Line>,
    /// Something else that is asked.
    pub filter: Option<BTreeMap<String, String>>,
}

request!(UpdateSavedView, "views.update", Access::User(Needs::change(Scope::TransactionsWrite)));

/// Which view shall go.
#[derive(Debug)]
pub struct DeleteSavedView {
    /// Its id.
    pub view: SavedViewId,
}

request!(DeleteSavedView, "views.delete", Access::User(Needs::change(Scope::TransactionsWrite)));

/// Why something about saved views did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedViewsError {
    /// Not there, or somebody else's.
    #[error("There is no such view.")]
    NotFound,
    /// There is one with this name.
    #[error("There is a view with this name already.")]
    Taken,
    /// There are as many as there may be.
    #[error("There may be at most {most} views.", most = SavedView::MOST)]
    TooMany,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    SavedViewsError {
        Self::NotFound => NotFound: "not-found",
        Self::Taken => Conflict: "view-exists",
        Self::TooMany => Conflict: "too-many-views",
    }
    fields: |_error| Vec::new();
}

/// Refuses a name that another view has.
fn is_free(name: &Line, id: SavedViewId, all: &[SavedView]) -> Result<(), SavedViewsError> {
    let is_taken = all.iter().any(|other| other.id != id && other.name == *name);
    if is_taken { Err(SavedViewsError::Taken) } else { Ok(()) }
}

impl SavedViews {
    /// The caller's views.
    pub async fn list(
        &self,
        call: &Call,
        _request: ListSavedViews,
    ) -> Result<Vec<SavedView>, SavedViewsError> {
        let owner = authorize::<ListSavedViews>(call)?.user;
        Ok(self.queries.saved_views(owner).await?)
    }

    /// Saves a view.
    #[tracing::instrument(name = "views.create", skip_all)]
    pub async fn create(
        &self,
        call: &Call,
        request: CreateSavedView,
        present: Present<SavedView>,
    ) -> Result<SavedView, SavedViewsError> {
        let owner = authorize::<CreateSavedView>(call)?.user;
        let CreateSavedView { name, filter } = request;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let all = work.saved_views().hold_all(owner).await?;
        if all.len() >= SavedView::MOST {
            return Err(SavedViewsError::TooMany);
        }
        let id = SavedViewId(self.sources.ids.next());
        is_free(&name, id, &all)?;
        let view = SavedView { id, owner, name, filter, created_at: call.now, updated_at: call.now };
        work.saved_views().put(&view).await?;
        once::finish(call, &mut *work, &view, present).await?;
        work.commit().await?;
        Ok(view)
    }

    /// Changes a view.
    #[tracing::instrument(name = "views.update", skip_all, fields(view.id = %request.view))]
    pub async fn update(&self, call: &Call, request: UpdateSavedView) -> Result<SavedView, SavedViewsError> {
        let owner = authorize::<UpdateSavedView>(call)?.user;
        let UpdateSavedView { view, name, filter } = request;
        let mut work = self.store.begin().await?;
        let all = work.saved_views().hold_all(owner).await?;
        let before = all.iter().find(|other| other.id == view).ok_or(SavedViewsError::NotFound)?;
        let mut view = before.clone();
        view.name = name.unwrap_or(view.name);
        view.filter = filter.unwrap_or(view.filter);
        if view == *before {
            return Ok(view);
        }
        is_free(&view.name, view.id, &all)?;
        view.updated_at = call.now;
        work.saved_views().put(&view).await?;
        work.commit().await?;
        Ok(view)
    }

    /// Removes a view, and answers it as it was.
    #[tracing::instrument(name = "views.delete", skip_all, fields(view.id = %request.view))]
    pub async fn delete(&self, call: &Call, request: DeleteSavedView) -> Result<SavedView, SavedViewsError> {
        let owner = authorize::<DeleteSavedView>(call)?.user;
        let mut work = self.store.begin().await?;
        let all = work.saved_views().hold_all(owner).await?;
        let found = all.into_iter().find(|other| other.id == request.view);
        let view = found.ok_or(SavedViewsError::NotFound)?;
        work.saved_views().remove(owner, view.id).await?;
        work.commit().await?;
        Ok(view)
    }
}
