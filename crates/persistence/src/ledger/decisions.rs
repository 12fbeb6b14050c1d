//! The statements about decisions and rejected pairs.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{AccountId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{Decision, DecisionKind, DecisionState, RejectedPair, SourceKey},
    page::Limit,
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, UpdateMany,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use crate::{
    cells::{Cells, Entry, FromRow},
    rows::decisions::{ActiveModel, Column, Entity, WIDTH, listed, row},
    unit_of_work::SeaUnitOfWork,
};

const PAIRS: &str = "rejected_pairs";
const PAIR: [&str; 7] =
    ["user_id", "account_id", "source_id", "ordinal", "other_account_id", "other_source_id", "other_ordinal"];

/// Later than the one that is asked about, by the numbers of the clock.
const APPLIED_AFTER: &str = "SELECT later.id FROM decisions own JOIN decisions later ON later.user_id = own.user_id \
    AND later.id <> own.id AND later.seq > own.seq AND later.state = 'applied' AND later.kind <> 'transfer' \
    AND (later.left_id IN (own.left_id, own.right_id) OR later.right_id IN (own.left_id, own.right_id)) \
    WHERE own.user_id = $1 AND own.id = $2 ORDER BY later.seq, later.id";

/// Other decisions that rest on those about a row of this account and one of another. That a pending row was booked does
/// not rest on what the other source told of it.
const APPLIED_AFTER_ACROSS: &str = "SELECT later.id FROM decisions own JOIN decisions later ON later.user_id = own.user_id \
    AND later.seq > own.seq AND later.state = 'applied' AND later.kind <> 'transfer' \
    AND (later.left_id IN (own.left_id, own.right_id) OR later.right_id IN (own.left_id, own.right_id)) \
    AND NOT (later.kind = 'pending_posted' AND later.left_id = own.left_id) \
    AND (later.other_account_id IS NULL OR (later.account_id <> $2 AND later.other_account_id <> $2)) \
    WHERE own.user_id = $1 AND own.state = 'applied' AND own.other_account_id IS NOT NULL AND own.kind <> 'transfer' \
    AND (own.account_id = $2 OR own.other_account_id = $2) ORDER BY later.seq, later.id LIMIT $3";

/// What makes, or would make, one transaction of two.
fn merges() -> Expr {
    Column::Kind.ne(DecisionKind::Transfer.as_str())
}

/// About a row of this account and one of another.
fn across(account: AccountId) -> Condition {
    let either =
        Condition::any().add(Column::AccountId.eq(account.0)).add(Column::OtherAccountId.eq(account.0));
    Condition::all().add(Column::OtherAccountId.is_not_null()).add(merges()).add(either)
}

/// The transactions that an import brought.
const BROUGHT: &str = "(SELECT id FROM transactions WHERE user_id = $1 AND import_id = $2)";
static APPLIED_TO_IMPORT: LazyLock<String> = LazyLock::new(|| {
    let of = |side: &str| {
        format!(
            "SELECT d.id AS id FROM decisions d WHERE d.user_id = $1 AND d.state = 'applied' AND d.kind <> 'transfer' AND d.{side} IN {BROUGHT}"
        )
    };
    format!("{} UNION {} ORDER BY id LIMIT $3", of("left_id"), of("right_id"))
});
static DISMISS_IMPORT: LazyLock<String> = LazyLock::new(|| {
    // Each by its own index; those of the further rows have nothing else.
    let of = |row: &str, also: &str| {
        format!(
            "SELECT d.id FROM decisions d WHERE d.user_id = $1 AND d.{row} IN {BROUGHT}{also} AND d.state = 'suggested'"
        )
    };
    let found = [
        of("left_id", ""),
        of("right_id", ""),
        of("third_id", " AND d.third_id IS NOT NULL"),
        of("fourth_id", " AND d.fourth_id IS NOT NULL"),
    ];
    format!(
        "UPDATE decisions SET state = 'rejected', updated_at = $3, seq = $4 WHERE id IN ({})",
        found.join(" UNION ")
    )
});

/// Rejects what is suggested to the owner.
fn dismissal(owner: UserId, seq: i64, now: Timestamp) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::val(DecisionState::Rejected.as_str()))
        .col_expr(Column::UpdatedAt, Expr::val(now.as_chrono()))
        .col_expr(Column::Seq, Expr::val(seq))
        .filter(Column::UserId.eq(owner.0))
        .filter(Column::State.eq(DecisionState::Suggested.as_str()))
}

impl FromRow for RejectedPair {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::RejectedPair, 0);
        let key = |at: usize| -> Result<SourceKey, StoreError> {
            Ok(SourceKey {
                account: AccountId(entry.get(at)?),
                source_id: entry.text(at + 1)?,
                ordinal: entry.get(at + 2)?,
            })
        };
        Ok(Self { owner: UserId(entry.get(0)?), first: key(1)?, second: key(4)? })
    }
}

impl SeaUnitOfWork {
    pub(super) async fn insert_decisions(&mut self, decisions: &[Decision]) -> Result<(), StoreError> {
        let numbers = self.stamp_each(decisions.iter().map(|decision| decision.owner)).await?;
        for chunk in decisions.chunks(Self::chunk(WIDTH)) {
            let rows: Result<Vec<ActiveModel>, StoreError> =
                chunk.iter().map(|decision| row(decision, numbers.of(decision.owner))).collect();
            self.execute(&Entity::insert_many(rows?).into_query()).await?;
        }
        Ok(())
    }

    pub(super) async fn find_decision(
        &mut self,
        owner: UserId,
        id: DecisionId,
    ) -> Result<Option<Decision>, StoreError> {
        self.change_number(owner).await?;
        let select = Entity::find().filter(Column::UserId.eq(owner.0)).filter(Column::Id.eq(id.0));
        self.row(&select.into_query()).await
    }

    pub(super) async fn decisions_about(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        let open = [DecisionState::Suggested, DecisionState::Applied].map(DecisionState::as_str);
        let mut found: Vec<Decision> = Vec::new();
        for chunk in transactions.chunks(Self::chunk(1)) {
            // Each by its own index.
            for column in [Column::LeftId, Column::RightId] {
                let select = Entity::find()
                    .select_only()
                    .columns(listed())
                    .filter(Column::UserId.eq(owner.0))
                    .filter(column.is_in(chunk.iter().map(|id| id.0)))
                    .filter(Column::State.is_in(open))
                    .filter(merges());
                found.extend(self.rows::<Decision>(&select.into_query()).await?);
            }
        }
        found.sort_unstable_by_key(|decision| decision.id);
        found.dedup_by_key(|decision| decision.id);
        Ok(found)
    }

    pub(super) async fn decisions_applied_to_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError> {
        // Whoever decides about transactions, or changes them, holds the clock.
        self.change_number(owner).await?;
        let values = vec![owner.0.into(), import.0.into(), (limit.get() as i64).into()];
        let statement = self.statement(&APPLIED_TO_IMPORT, &APPLIED_TO_IMPORT, values);
        Ok(self.rows_raw::<Uuid>(statement).await?.into_iter().map(DecisionId).collect())
    }

    pub(super) async fn dismiss_decisions_of_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let seq = self.change_number(owner).await?;
        let values = vec![owner.0.into(), import.0.into(), now.as_chrono().into(), seq.into()];
        self.execute_raw(self.statement(&DISMISS_IMPORT, &DISMISS_IMPORT, values)).await
    }

    pub(super) async fn decisions_applied_after(
        &mut self,
        decision: &Decision,
    ) -> Result<Vec<DecisionId>, StoreError> {
        let values = vec![decision.owner.0.into(), decision.id.0.into()];
        let later = self.rows_raw::<Uuid>(self.statement(APPLIED_AFTER, APPLIED_AFTER, values)).await?;
        Ok(later.into_iter().map(DecisionId).collect())
    }

    pub(super) async fn decisions_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError> {
        self.change_number(owner).await?;
        let select = Entity::find()
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::State.eq(DecisionState::Applied.as_str()))
            .filter(across(account))
            .order_by_desc(Column::Seq)
            .order_by_desc(Column::Id)
            .limit(limit.get() as u64);
        self.rows(&select.into_query()).await
    }

    pub(super) async fn decisions_that_merged(
        &mut self,
        owner: UserId,
        account: AccountId,
        merged: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        self.change_number(owner).await?;
        let mut found = Vec::new();
        for chunk in merged.chunks(Self::chunk(1)) {
            let select = Entity::find()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::RightId.is_in(chunk.iter().map(|id| id.0)))
                .filter(Column::OtherAccountId.eq(account.0))
                .filter(Column::State.eq(DecisionState::Applied.as_str()))
                .filter(merges());
            found.extend(self.rows::<Decision>(&select.into_query()).await?);
        }
        Ok(found)
    }

    pub(super) async fn decisions_applied_after_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError> {
        self.change_number(owner).await?;
        let values = vec![owner.0.into(), account.0.into(), (limit.get() as i64).into()];
        let statement = self.statement(APPLIED_AFTER_ACROSS, APPLIED_AFTER_ACROSS, values);
        let mut later: Vec<Uuid> = self.rows_raw(statement).await?;
        later.dedup();
        Ok(later.into_iter().map(DecisionId).collect())
    }

    pub(super) async fn dismiss_decisions_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let seq = self.change_number(owner).await?;
        let update = dismissal(owner, seq, now).filter(across(account));
        self.execute(&update.into_query()).await
    }

    pub(super) async fn settle_decision(
        &mut self,
        decision: &Decision,
        from: DecisionState,
    ) -> Result<bool, StoreError> {
        let seq = self.change_number(decision.owner).await?;
        let changed = ActiveModel {
            id: NotSet,
            user_id: NotSet,
            account_id: NotSet,
            other_account_id: NotSet,
            created_at: NotSet,
            born_seq: NotSet,
            ..row(decision, seq)?
        };
        let update = Entity::update_many()
            .set(changed)
            .filter(Column::UserId.eq(decision.owner.0))
            .filter(Column::Id.eq(decision.id.0))
            .filter(Column::State.eq(from.as_str()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    pub(super) async fn dismiss_decisions(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let seq = self.change_number(owner).await?;
        let mut dismissed = 0;
        for chunk in transactions.chunks(Self::chunk(2)) {
            let ids = || chunk.iter().map(|id| id.0);
            let about = Condition::any().add(Column::LeftId.is_in(ids())).add(Column::RightId.is_in(ids()));
            let update = dismissal(owner, seq, now).filter(merges()).filter(about);
            dismissed += self.execute(&update.into_query()).await?;
        }
        Ok(dismissed)
    }

    pub(super) async fn insert_rejected_pair(&mut self, pair: &RejectedPair) -> Result<(), StoreError> {
        let RejectedPair { owner, first, second } = pair;
        let mut insert = Query::insert();
        let values: [Expr; 7] = [
            owner.0.into(),
            first.account.0.into(),
            first.source_id.clone().into(),
            first.ordinal.into(),
            second.account.0.into(),
            second.source_id.clone().into(),
            second.ordinal.into(),
        ];
        insert.into_table(PAIRS).columns(PAIR).values_panic(values);
        insert.on_conflict(OnConflict::columns(PAIR).do_nothing().to_owned());
        self.execute(&insert).await.map(drop)
    }

    pub(super) async fn rejected_pairs_of(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<RejectedPair>, StoreError> {
        let mut found: Vec<RejectedPair> = Vec::new();
        // Each by its own index.
        for column in ["account_id", "other_account_id"] {
            let select = Query::select()
                .columns(PAIR)
                .from(PAIRS)
                .and_where(Expr::col("user_id").eq(owner.0))
                .and_where(Expr::col(column).eq(account.0))
                .take();
            found.extend(self.rows::<RejectedPair>(&select).await?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}
