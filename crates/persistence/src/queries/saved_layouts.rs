//! [`SavedLayoutQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::{SavedLayout, SavedLayoutQueries},
    store::StoreError,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{columns, saved_layouts},
};

static LAYOUTS: LazyLock<String> = LazyLock::new(|| {
    let layout = columns("l", saved_layouts::Column::iter());
    format!("SELECT {layout} FROM saved_layouts l WHERE l.user_id = $1 ORDER BY l.saved_at DESC, l.header")
});

#[async_trait]
impl SavedLayoutQueries for SqlQueries {
    async fn saved_layouts(&self, owner: UserId) -> Result<Vec<SavedLayout>, StoreError> {
        self.pool.listed(&LAYOUTS, &[Arg::Id(owner.0)]).await
    }
}
