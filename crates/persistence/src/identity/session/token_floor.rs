//! [`TokenFloorRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    identity::{GlobalRotation, SecurityConfig, TokenFloorRepository},
    record::Record,
    store::StoreError,
};
use sea_orm::Iterable;

use crate::{
    rows::{columns, security_config::Column},
    unit_of_work::SeaUnitOfWork,
};

/// What was the newest step becomes the earlier one. Where an earlier grace still runs, the shorter of the two counts
/// for both, so that no rotation prolongs one before it.
fn rotate(least: &str) -> String {
    let all = columns("", Column::iter());
    format!(
        "UPDATE security_config SET global_min_token_version = global_min_token_version + 1, \
         earlier_version = global_min_token_version, \
         earlier_until = CASE WHEN earlier_until > $1 THEN {least}(earlier_until, grace_until) \
         ELSE grace_until END, \
         grace_until = $2, updated_at = $1, updated_by = $3, reason = $4 RETURNING {all}"
    )
}

static SQLITE: LazyLock<String> = LazyLock::new(|| rotate("MIN"));
static POSTGRES: LazyLock<String> = LazyLock::new(|| rotate("LEAST"));

#[async_trait]
impl TokenFloorRepository for SeaUnitOfWork {
    async fn rotate(&mut self, rotation: &GlobalRotation) -> Result<SecurityConfig, StoreError> {
        let GlobalRotation { at, grace, by, reason } = rotation;
        let values = vec![
            at.as_chrono().into(),
            at.plus(*grace).as_chrono().into(),
            by.as_str().into(),
            reason.as_str().into(),
        ];
        let statement = self.statement(&SQLITE, &POSTGRES, values);
        match self.rows_raw(statement).await?.pop() {
            Some(config) => Ok(config),
            None => self.fail(StoreError::Corrupt {
                record: Record::TokenFloor,
                reason: "the one row is missing".to_owned(),
            }),
        }
    }
}
