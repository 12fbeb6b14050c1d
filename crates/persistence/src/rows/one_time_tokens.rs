//! Table `one_time_tokens`.

use dashtam_domain::identity::OneTimeToken;
use sea_orm::{Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub purpose: String,
    pub token_hash: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a token.
pub(crate) fn row(token: &OneTimeToken) -> ActiveModel {
    ActiveModel {
        user_id: Set(token.user.0),
        purpose: Set(token.purpose.as_str().to_owned()),
        token_hash: Set(token.hash.to_hex()),
        created_at: Set(token.created_at.as_chrono()),
        expires_at: Set(token.expires_at.as_chrono()),
    }
}
