//! Table `rate_limit_denials`: appended to, never changed.

use dashtam_domain::{rate_limit::DenialCount, time::Timestamp};
use sea_orm::{Set, entity::prelude::*};

use super::text;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_limit_denials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ip_address: Option<String>,
    pub endpoint: String,
    pub rule_name: String,
    pub limit: i32,
    pub window_seconds: i32,
    pub violation_count: i32,
    pub identifier: Option<String>,
    pub timestamp: DateTimeUtc,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a count.
pub(crate) fn row(count: &DenialCount, now: Timestamp) -> ActiveModel {
    let number = |number: u32| Set(i32::try_from(number).unwrap_or(i32::MAX));
    ActiveModel {
        id: Set(count.id.0),
        ip_address: Set(text(count.address)),
        endpoint: Set(count.endpoint.clone()),
        rule_name: Set(count.rule.to_owned()),
        limit: number(count.limit),
        window_seconds: number(count.window_seconds),
        violation_count: number(count.count),
        identifier: Set(count.identifier.clone()),
        timestamp: Set(count.minute.as_chrono()),
        created_at: Set(now.as_chrono()),
    }
}
