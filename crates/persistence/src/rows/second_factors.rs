//! Table `second_factors`: one row per user who has one or is about to.

use dashtam_domain::{
    id::UserId,
    identity::{BackupCodes, PendingFactor, PendingProof, SecondFactor},
    record::Record,
    secret::Sealed,
    store::StoreError,
};
use sea_orm::entity::prelude::*;

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub totp_key_encrypted: Option<String>,
    pub totp_last_step: Option<i64>,
    pub enabled_at: Option<DateTimeUtc>,
    pub pending_id: Option<Uuid>,
    pub pending_key_encrypted: Option<String>,
    pub pending_code_hash: Option<String>,
    pub pending_expires_at: Option<DateTimeUtc>,
    pub pending_tries: i32,
    pub backup_codes: String,
    pub backup_created_at: Option<DateTimeUtc>,
    pub failures: i32,
    pub locked_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl FromRow for SecondFactor {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::SecondFactor, 0);
        let codes = |text: &str| BackupCodes::from_stored(text).ok_or("are not backup codes");
        Ok(Self {
            user: UserId(entry.get(C::UserId as usize)?),
            totp_key: entry.maybe_text(C::TotpKeyEncrypted as usize)?.map(Sealed::new),
            totp_last_step: entry.get(C::TotpLastStep as usize)?,
            enabled_at: entry.maybe_time(C::EnabledAt as usize)?,
            pending: pending(&entry)?,
            backup_codes: entry.parse(C::BackupCodes as usize, codes)?,
            backup_created_at: entry.maybe_time(C::BackupCreatedAt as usize)?,
            failures: entry.get(C::Failures as usize)?,
            locked_until: entry.maybe_time(C::LockedUntil as usize)?,
        })
    }
}

fn pending<R: Cells>(entry: &Entry<'_, R>) -> Result<Option<PendingFactor>, StoreError> {
    use Column as C;
    let Some(id) = entry.get(C::PendingId as usize)? else { return Ok(None) };
    let sealed = entry.maybe_text(C::PendingKeyEncrypted as usize)?.map(Sealed::new);
    let proof = match sealed {
        Some(key) => PendingProof::Totp(key),
        None => PendingProof::Email(entry.hash(C::PendingCodeHash as usize)?),
    };
    let (expires_at, tries) =
        (entry.time(C::PendingExpiresAt as usize)?, entry.get(C::PendingTries as usize)?);
    Ok(Some(PendingFactor { id, proof, expires_at, tries }))
}
