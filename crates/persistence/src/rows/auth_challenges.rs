//! Table `auth_challenges`.

use dashtam_domain::{
    id::{ChallengeId, UserId},
    identity::{Challenge, FirstFactor, MailedCode, Transport},
    record::Record,
    secret::SecretHash,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_challenges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub token_hash: String,
    pub first_factor: String,
    pub stamp: String,
    pub transport: String,
    pub long_lived: bool,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub attempts: i32,
    pub consumed_at: Option<DateTimeUtc>,
    pub code_hash: Option<String>,
    pub code_sends: i32,
    pub code_sent_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a challenge.
pub(crate) fn row(challenge: &Challenge) -> ActiveModel {
    ActiveModel {
        id: Set(challenge.id.0),
        user_id: Set(challenge.user.0),
        token_hash: Set(challenge.hash.to_hex()),
        first_factor: Set(challenge.first_factor.as_str().to_owned()),
        stamp: Set(challenge.stamp.to_hex()),
        transport: Set(challenge.transport.as_str().to_owned()),
        long_lived: Set(challenge.long_lived),
        created_at: Set(challenge.created_at.as_chrono()),
        expires_at: Set(challenge.expires_at.as_chrono()),
        attempts: Set(challenge.attempts),
        consumed_at: Set(maybe(challenge.consumed_at)),
        code_hash: Set(challenge.code.map(|code| code.hash.to_hex())),
        code_sends: Set(challenge.code.map_or(0, |code| code.sends)),
        code_sent_at: Set(maybe(challenge.code.map(|code| code.sent_at))),
    }
}

impl FromRow for Challenge {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Challenge, 0);
        let code = match (
            entry.maybe_word(C::CodeHash as usize, SecretHash::from_hex)?,
            entry.maybe_time(C::CodeSentAt as usize)?,
        ) {
            (Some(hash), Some(sent_at)) => {
                Some(MailedCode { hash, sends: entry.get(C::CodeSends as usize)?, sent_at })
            }
            _ => None,
        };
        Ok(Self {
            id: ChallengeId(entry.get(C::Id as usize)?),
            user: UserId(entry.get(C::UserId as usize)?),
            hash: entry.hash(C::TokenHash as usize)?,
            first_factor: entry.word(C::FirstFactor as usize, FirstFactor::parse)?,
            stamp: entry.hash(C::Stamp as usize)?,
            transport: entry.word(C::Transport as usize, Transport::parse)?,
            long_lived: entry.get(C::LongLived as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            expires_at: entry.time(C::ExpiresAt as usize)?,
            attempts: entry.get(C::Attempts as usize)?,
            consumed_at: entry.maybe_time(C::ConsumedAt as usize)?,
            code,
        })
    }
}
