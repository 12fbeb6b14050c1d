//! Table `accounts`.

use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{Account, AccountKind, AccountSource, AccountTerms, Covered},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::{
    corrections::{read_account, write_account},
    maybe,
    parts::{read_parts, write_parts},
    text,
};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub source: String,
    pub external_id: String,
    pub institution: Option<String>,
    pub name: String,
    pub mask: Option<String>,
    pub kind: String,
    pub currency: String,
    pub balance: Option<String>,
    pub available: Option<String>,
    pub balance_as_of: Option<DateTimeUtc>,
    pub is_active: bool,
    pub last_synced_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub institution_url: Option<String>,
    /// JSON: what the balance is made of.
    pub parts: Option<String>,
    /// Number of the last change.
    pub seq: i64,
    /// Number of the change that made it.
    pub born_seq: i64,
    /// JSON: what a person corrected.
    pub corrections: Option<String>,
    pub credit_limit: Option<String>,
    pub interest_rate: Option<String>,
    pub closed_since: Option<Date>,
    pub covered_from: Option<Date>,
    pub covered_to: Option<Date>,
    /// What `source` says, for the database to cascade by; not read.
    pub connection_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The columns that are read.
pub(crate) fn listed() -> impl Iterator<Item = Column> {
    use sea_orm::Iterable;
    Column::iter().take(Column::ConnectionId as usize)
}

/// Every column of an account, as the change with this number writes it.
pub(crate) fn row(account: &Account, seq: i64) -> ActiveModel {
    ActiveModel {
        id: Set(account.id.0),
        user_id: Set(account.owner.0),
        source: Set(account.source.key()),
        external_id: Set(account.external_id.clone()),
        institution: Set(account.institution.clone()),
        name: Set(account.name.clone()),
        mask: Set(account.mask.clone()),
        kind: Set(account.kind.as_str().to_owned()),
        currency: Set(account.currency.as_str().to_owned()),
        balance: Set(text(account.balance)),
        available: Set(text(account.available)),
        balance_as_of: Set(maybe(account.balance_as_of)),
        is_active: Set(account.is_active),
        last_synced_at: Set(maybe(account.last_synced_at)),
        created_at: Set(account.created_at.as_chrono()),
        updated_at: Set(account.updated_at.as_chrono()),
        institution_url: Set(text(account.institution_url.as_ref())),
        parts: Set(write_parts(&account.parts)),
        seq: Set(seq),
        born_seq: Set(seq),
        corrections: Set(write_account(account.corrections.as_deref())),
        credit_limit: Set(text(account.terms.credit_limit)),
        interest_rate: Set(text(account.terms.interest_rate)),
        closed_since: Set(account.terms.closed_since.map(|day| day.0)),
        covered_from: Set(account.covered.map(|days| days.from.0)),
        covered_to: Set(account.covered.map(|days| days.to.0)),
        connection_id: Set(account.source.connection().map(|connection| connection.0)),
    }
}

fn covered<R: Cells>(entry: &Entry<'_, R>) -> Result<Option<Covered>, StoreError> {
    let from = entry.maybe_day(Column::CoveredFrom as usize)?;
    let to = entry.maybe_day(Column::CoveredTo as usize)?;
    Ok(from.zip(to).map(|(from, to)| Covered { from, to }))
}

impl FromRow for Account {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Account, 0);
        Ok(Self {
            id: AccountId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            source: entry.word(C::Source as usize, AccountSource::parse)?,
            external_id: entry.text(C::ExternalId as usize)?,
            institution: entry.maybe_text(C::Institution as usize)?,
            institution_url: entry.maybe_parse(C::InstitutionUrl as usize, url::Url::parse)?,
            name: entry.text(C::Name as usize)?,
            mask: entry.maybe_text(C::Mask as usize)?,
            kind: entry.word(C::Kind as usize, AccountKind::parse)?,
            currency: entry.parse(C::Currency as usize, str::parse)?,
            balance: entry.maybe_decimal(C::Balance as usize)?,
            available: entry.maybe_decimal(C::Available as usize)?,
            parts: entry.maybe_parse(C::Parts as usize, read_parts)?.unwrap_or_default(),
            terms: AccountTerms {
                credit_limit: entry.maybe_decimal(C::CreditLimit as usize)?,
                interest_rate: entry.maybe_decimal(C::InterestRate as usize)?,
                closed_since: entry.maybe_day(C::ClosedSince as usize)?,
            },
            balance_as_of: entry.maybe_time(C::BalanceAsOf as usize)?,
            is_active: entry.get(C::IsActive as usize)?,
            covered: covered(&entry)?,
            last_synced_at: entry.maybe_time(C::LastSyncedAt as usize)?,
            corrections: entry.maybe_parse(C::Corrections as usize, read_account)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
