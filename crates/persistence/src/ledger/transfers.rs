//! [`TransferRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{
        Decision, DecisionKind, DecisionState, Transaction, TransactionKind, TransactionStatus,
        transfer::{Glance, TransferPlace, TransferRepository, TransferSide},
    },
    page::Limit,
    record::Record,
    store::StoreError,
    time::Day,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::newest;
use crate::{
    cells::{Cells, Entry, FromRow},
    rows::{
        columns, decisions,
        transactions::{Column, Entity, WIDTH, row},
    },
    unit_of_work::SeaUnitOfWork,
};

const PLACE: &str = "SELECT transfers_seq, transfers_row FROM user_clocks WHERE user_id = $1";
const KEEP: &str = "UPDATE user_clocks SET transfers_seq = $2, transfers_row = $3 WHERE user_id = $1";

/// So many rows of some days are looked at at most: what is beyond is no household's.
const MOST_OPEN: usize = 50_000;

/// What is looked at of a transaction.
const GLANCE: [Column; 8] = [
    Column::Id,
    Column::AccountId,
    Column::Day,
    Column::Amount,
    Column::Currency,
    Column::Kind,
    Column::Status,
    Column::TransferId,
];

/// The rows of changes behind a place, in the order of the index that SQLite is told.
static CHANGED: LazyLock<[String; 2]> = LazyLock::new(|| {
    [" INDEXED BY ix_transactions_user_id_seq_id", ""].map(|index| {
        let glance = columns("t", GLANCE.into_iter());
        format!(
            "SELECT {glance}, t.seq FROM transactions t{index} WHERE t.user_id = $1 AND (t.seq, t.id) > ($2, $3) \
             ORDER BY t.seq, t.id LIMIT $4"
        )
    })
});

/// What comes is rare beside what goes, and has an index of its own.
fn index_of(side: TransferSide) -> &'static str {
    match side {
        TransferSide::From => "ix_transactions_user_id_day_id",
        TransferSide::To => "ix_transactions_coming",
    }
}

/// The rows of some days that may be this side of a transfer; the words about the amount are those of the index.
fn open_on(side: TransferSide, index: &str, days: &str) -> String {
    let glance = columns("t", GLANCE.into_iter());
    let sign = match side {
        TransferSide::From => "=",
        TransferSide::To => "<>",
    };
    format!(
        "SELECT {glance} FROM transactions t{index} WHERE t.user_id = $1 AND t.day IN ({days}) \
         AND substr(t.amount, 1, 1) {sign} '-' AND t.status <> 'removed' AND t.transfer_id IS NULL LIMIT {MOST_OPEN}"
    )
}

static OF_IMPORT: LazyLock<[String; 2]> = LazyLock::new(|| {
    [" INDEXED BY ix_transactions_imported", ""].map(|index| {
        let decision = columns("d", decisions::listed());
        format!(
            "SELECT {decision} FROM decisions d WHERE d.id IN (SELECT t.transfer_id FROM transactions t{index} \
             WHERE t.user_id = $1 AND t.import_id = $2 AND t.transfer_id IS NOT NULL AND t.seen_in IS NULL \
             AND NOT EXISTS (SELECT 1 FROM import_rows r WHERE r.user_id = $1 AND r.account_id = t.account_id \
             AND r.transaction_id = t.id AND r.import_id <> $2)) \
             AND d.user_id = $1 AND d.state = 'applied' ORDER BY d.id LIMIT $3"
        )
    })
});

impl FromRow for Glance {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, 0);
        Ok(Self {
            id: TransactionId(entry.get(0)?),
            account: AccountId(entry.get(1)?),
            day: entry.day(2)?,
            amount: entry.decimal(3)?,
            currency: entry.parse(4, str::parse)?,
            kind: entry.word(5, TransactionKind::parse)?,
            status: entry.word(6, TransactionStatus::parse)?,
            transfer: entry.get::<Option<Uuid>>(7)?.map(DecisionId),
        })
    }
}

/// A transaction with the number of its last change.
struct Changed {
    row: Glance,
    seq: i64,
}

impl FromRow for Changed {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let seq = Entry::new(row, Record::Transaction, GLANCE.len()).get(0)?;
        Ok(Self { row: Glance::from_row(row)?, seq })
    }
}

/// A place in the changes.
struct Place(i64, Uuid);

impl FromRow for Place {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::UserClock, 0);
        Ok(Self(entry.get(0)?, entry.get::<Option<Uuid>>(1)?.unwrap_or_default()))
    }
}

impl SeaUnitOfWork {
    async fn changed_since(&mut self, owner: UserId, count: usize) -> Result<Vec<Changed>, StoreError> {
        let place = self.statement(PLACE, PLACE, vec![owner.0.into()]);
        let Place(seq, id) = self.rows_raw(place).await?.pop().unwrap_or(Place(0, Uuid::nil()));
        let values = vec![owner.0.into(), seq.into(), id.into(), (count as i64).into()];
        let statement = self.statement(&CHANGED[0], &CHANGED[1], values);
        self.rows_raw(statement).await
    }
}

/// Decisions about transfers, without what was before.
fn transfers(owner: UserId) -> sea_orm::Select<decisions::Entity> {
    decisions::Entity::find()
        .select_only()
        .columns(decisions::listed())
        .filter(decisions::Column::UserId.eq(owner.0))
        .filter(decisions::Column::Kind.eq(DecisionKind::Transfer.as_str()))
}

#[async_trait]
impl TransferRepository for SeaUnitOfWork {
    async fn waits(&mut self, owner: UserId) -> Result<bool, StoreError> {
        Ok(!self.changed_since(owner, 1).await?.is_empty())
    }

    async fn changed(
        &mut self,
        owner: UserId,
        most: usize,
    ) -> Result<(Vec<Glance>, Option<TransferPlace>), StoreError> {
        self.change_number(owner).await?;
        let mut changed = self.changed_since(owner, most.saturating_add(1)).await?;
        let has_more = changed.len() > most;
        changed.truncate(most);
        let last = changed.last().filter(|_| has_more);
        let place = last.map(|last| TransferPlace::Row(last.seq, last.row.id));
        Ok((changed.into_iter().map(|changed| changed.row).collect(), place))
    }

    async fn looked_through(&mut self, owner: UserId, place: TransferPlace) -> Result<(), StoreError> {
        let number = self.change_number(owner).await?;
        let (seq, id) = match place {
            TransferPlace::Row(seq, id) => (seq, id.0),
            TransferPlace::Now => (number, Uuid::max()),
        };
        let keep = self.statement(KEEP, KEEP, vec![owner.0.into(), seq.into(), id.into()]);
        self.execute_raw(keep).await.map(drop)
    }

    async fn open_on(
        &mut self,
        owner: UserId,
        side: TransferSide,
        days: &[Day],
    ) -> Result<Vec<Glance>, StoreError> {
        let mut found = Vec::new();
        for chunk in days.chunks(Self::chunk(1)) {
            let wanted: Vec<String> = (2..chunk.len() + 2).map(|at| format!("${at}")).collect();
            let statement = |index: &str| open_on(side, index, &wanted.join(", "));
            let (sqlite, postgres) = (statement(&format!(" INDEXED BY {}", index_of(side))), statement(""));
            let mut values = vec![owner.0.into()];
            values.extend(chunk.iter().map(|day| day.0.into()));
            let statement = self.statement(&sqlite, &postgres, values);
            found.extend(self.rows_raw::<Glance>(statement).await?);
        }
        Ok(found)
    }

    async fn about(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        use decisions::Column as C;
        let mut found: Vec<Decision> = Vec::new();
        for chunk in transactions.chunks(Self::chunk(1)) {
            // Each by its own index; those of the further rows leave all other decisions out.
            for column in [C::LeftId, C::RightId, C::ThirdId, C::FourthId] {
                let about = transfers(owner).filter(column.is_in(chunk.iter().map(|id| id.0)));
                let is_further = matches!(column, C::ThirdId | C::FourthId);
                let select = if is_further { about.filter(column.is_not_null()) } else { about };
                found.extend(self.rows::<Decision>(&select.into_query()).await?);
            }
        }
        found.sort_unstable_by_key(|decision| decision.id);
        found.dedup_by_key(|decision| decision.id);
        Ok(found)
    }

    async fn of_account(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError> {
        use decisions::Column as C;
        self.change_number(owner).await?;
        let either = Condition::any().add(C::AccountId.eq(account.0)).add(C::OtherAccountId.eq(account.0));
        let open = [DecisionState::Suggested, DecisionState::Applied].map(DecisionState::as_str);
        let select = transfers(owner)
            .filter(C::OtherAccountId.is_not_null())
            .filter(either)
            .filter(C::State.is_in(open))
            .order_by_asc(C::Id)
            .limit(limit.get() as u64);
        self.rows(&select.into_query()).await
    }

    async fn of_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError> {
        self.change_number(owner).await?;
        let values = vec![owner.0.into(), import.0.into(), (limit.get() as i64).into()];
        let statement = self.statement(&OF_IMPORT[0], &OF_IMPORT[1], values);
        self.rows_raw(statement).await
    }

    async fn write(&mut self, transactions: &[Transaction]) -> Result<(), StoreError> {
        let numbers = self.stamp_each(transactions.iter().map(|row| row.owner)).await?;
        let transactions = newest(transactions, |transaction| transaction.id);
        for chunk in transactions.chunks(Self::chunk(WIDTH)) {
            let stored = OnConflict::column(Column::Id)
                .update_columns([
                    Column::TransferId,
                    Column::TransferKind,
                    Column::Category,
                    Column::UpdatedAt,
                    Column::Seq,
                ])
                .action_and_where(
                    Expr::col((Entity, Column::UserId)).eq(Expr::col(("excluded", Column::UserId))),
                )
                .to_owned();
            let insert =
                Entity::insert_many(chunk.iter().map(|of| row(of, numbers.of(of.owner)))).on_conflict(stored);
            self.execute(&insert.into_query()).await?;
        }
        Ok(())
    }
}
