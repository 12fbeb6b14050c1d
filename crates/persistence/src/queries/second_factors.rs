//! [`SecondFactorQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{SecondFactor, SecondFactorQueries, SecondFactorReset},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{columns, second_factor_resets, second_factors::Column},
};

static SECOND_FACTOR: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM second_factors f WHERE f.user_id = $1", columns("f", Column::iter()))
});

static DUE_RESETS: LazyLock<String> = LazyLock::new(|| {
    let reset = columns("r", second_factor_resets::Column::iter());
    format!(
        "SELECT {reset} FROM second_factor_resets r WHERE r.due_at <= $1 ORDER BY r.due_at, r.user_id LIMIT $2"
    )
});

#[async_trait]
impl SecondFactorQueries for SqlQueries {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        self.pool.row(&SECOND_FACTOR, &[Arg::Id(user.0)]).await
    }

    async fn due_second_factor_resets(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let args = [Arg::Time(now.as_chrono()), Arg::Count(limit.into())];
        let due: Vec<SecondFactorReset> = self.pool.rows(&DUE_RESETS, &args).await?;
        Ok(due.into_iter().map(|reset| reset.user).collect())
    }
}
