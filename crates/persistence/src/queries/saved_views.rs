//! [`SavedViewQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::{SavedView, SavedViewQueries},
    store::StoreError,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{columns, saved_views},
};

static VIEWS: LazyLock<String> = LazyLock::new(|| {
    let view = columns("v", saved_views::Column::iter());
    format!("SELECT {view} FROM saved_views v WHERE v.user_id = $1 ORDER BY v.id")
});

#[async_trait]
impl SavedViewQueries for SqlQueries {
    async fn saved_views(&self, owner: UserId) -> Result<Vec<SavedView>, StoreError> {
        self.pool.listed(&VIEWS, &[Arg::Id(owner.0)]).await
    }
}
