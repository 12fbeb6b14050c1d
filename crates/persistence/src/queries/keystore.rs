//! [`KeystoreQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    identity::{Keystore, KeystoreQueries},
    store::StoreError,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::rows::{columns, keystore, keystore_published};

static CURRENT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM keystore", columns("", keystore::Column::iter())));
static PUBLISHED: LazyLock<String> = LazyLock::new(|| {
    let all = columns("", keystore_published::Column::iter());
    format!("SELECT {all} FROM keystore_published ORDER BY published_at DESC, kid")
});

#[async_trait]
impl KeystoreQueries for SqlQueries {
    async fn keystore(&self) -> Result<Option<Keystore>, StoreError> {
        // The published keys first: a promotion in between is then seen twice rather than not at all.
        let published = self.pool.rows(&PUBLISHED, &[]).await?;
        let current = self.pool.row(&CURRENT, &[]).await?;
        Ok(current.map(|current| Keystore { current, published }))
    }
}
