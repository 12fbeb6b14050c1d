//! [`SecondFactorQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{SecondFactor, SecondFactorQueries},
    store::StoreError,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{columns, second_factors::Column},
};

static SECOND_FACTOR: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM second_factors f WHERE f.user_id = $1", columns("f", Column::iter()))
});

#[async_trait]
impl SecondFactorQueries for SqlQueries {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        self.pool.row(&SECOND_FACTOR, &[Arg::Id(user.0)]).await
    }
}
