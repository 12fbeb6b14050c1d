//! Table `decisions`.

use dashtam_domain::{
    id::{AccountId, DecisionId, TransactionId, UserId},
    ledger::{DecidedBy, Decision, DecisionKind, DecisionState, matching::Tier},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::decision_parts;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub account_id: Uuid,
    pub kind: String,
    pub tier: Option<String>,
    /// The row that stays and the other one. They are no references: a row that was never stored by itself can be one of them.
    pub left_id: Uuid,
    pub right_id: Uuid,
    pub evidence: String,
    pub state: String,
    pub decided_by: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Number of the last change.
    pub seq: i64,
    /// Number of the change that made it.
    pub born_seq: i64,
    /// The account of the second row, if that is another one.
    pub other_account_id: Option<Uuid>,
    /// The further rows of a transfer of which one side is several.
    pub third_id: Option<Uuid>,
    pub fourth_id: Option<Uuid>,
    /// Last, because only what takes it back needs it.
    pub before: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are.
pub(crate) const WIDTH: usize = Column::Before as usize + 1;

/// The columns that lists select.
pub(crate) fn listed() -> impl Iterator<Item = Column> {
    use sea_orm::Iterable;
    Column::iter().take(Column::Before as usize)
}

/// Every column of a decision, as the change with this number writes it.
pub(crate) fn row(decision: &Decision, seq: i64) -> Result<ActiveModel, StoreError> {
    let before = decision.before.as_ref().map(decision_parts::write_before).transpose()?;
    let mut further = decision.further.iter().map(|id| id.0);
    Ok(ActiveModel {
        id: Set(decision.id.0),
        user_id: Set(decision.owner.0),
        account_id: Set(decision.account.0),
        kind: Set(decision.kind.as_str().to_owned()),
        tier: Set(decision.tier.map(|tier| tier.as_str().to_owned())),
        left_id: Set(decision.left.0),
        right_id: Set(decision.right.0),
        evidence: Set(decision_parts::write_evidence(&decision.evidence)?),
        state: Set(decision.state.as_str().to_owned()),
        decided_by: Set(decision.by.as_str().to_owned()),
        created_at: Set(decision.created_at.as_chrono()),
        updated_at: Set(decision.updated_at.as_chrono()),
        seq: Set(seq),
        born_seq: Set(seq),
        other_account_id: Set(decision.other_account.map(|account| account.0)),
        third_id: Set(further.next()),
        fourth_id: Set(further.next()),
        before: Set(before),
    })
}

impl FromRow for Decision {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Decision, 0);
        let owner = UserId(entry.get(C::UserId as usize)?);
        let further = [entry.get::<Option<Uuid>>(C::ThirdId as usize)?, entry.get(C::FourthId as usize)?];
        let further: Vec<TransactionId> = further.into_iter().flatten().map(TransactionId).collect();
        let before = C::Before as usize;
        let before = if entry.has(before) {
            entry.maybe_parse(before, |text| decision_parts::read_before(text, owner))?
        } else {
            None
        };
        Ok(Self {
            id: DecisionId(entry.get(C::Id as usize)?),
            owner,
            account: AccountId(entry.get(C::AccountId as usize)?),
            other_account: entry.get::<Option<Uuid>>(C::OtherAccountId as usize)?.map(AccountId),
            kind: entry.word(C::Kind as usize, DecisionKind::parse)?,
            tier: entry.maybe_word(C::Tier as usize, Tier::parse)?,
            left: TransactionId(entry.get(C::LeftId as usize)?),
            right: TransactionId(entry.get(C::RightId as usize)?),
            evidence: entry
                .parse(C::Evidence as usize, |text| decision_parts::read_evidence(text, further.len()))?,
            further,
            state: entry.word(C::State as usize, DecisionState::parse)?,
            by: entry.word(C::DecidedBy as usize, DecidedBy::parse)?,
            before,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
