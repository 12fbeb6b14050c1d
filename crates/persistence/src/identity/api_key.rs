//! The part of [`SessionRepository`](dashtam_domain::identity::SessionRepository) that is about API keys.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{ApiKeyInserted, ApiKeyNotice, ApiKeyTerms, EndReason, Session, SessionLabel, Transport},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, Iterable, QueryFilter, QueryTrait, Value,
    sea_query::Expr,
};

use crate::{
    cells::{Cells, Entry, FromRow},
    queries::HELD_KEYS,
    rows::{
        columns,
        sessions::{Column, Entity, row},
    },
    unit_of_work::SeaUnitOfWork,
};

/// Keys of one owner are added one after the other: on Postgres, a statement that had to wait for another's commit
/// would otherwise count what was there before it waited.
const LOCK: &str = "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE";

/// Another of the name in `$4` that was not replaced.
static NAMED: LazyLock<String> =
    LazyLock::new(|| format!("EXISTS (SELECT 1 {} AND s.label = $4 AND s.replaced_by IS NULL)", *HELD_KEYS));

/// `$1` to `$3` are those of [`HELD_KEYS`], `$4` is the name, `$5` how many there may be, and then comes the row.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let values: Vec<_> = (0..Column::iter().count()).map(|at| format!("${}", at + 6)).collect();
    format!(
        "INSERT INTO sessions ({}) SELECT {} WHERE (SELECT COUNT(*) {}) < $5 AND NOT {}",
        columns("", Column::iter()),
        values.join(", "),
        *HELD_KEYS,
        *NAMED
    )
});
static IS_NAMED: LazyLock<String> =
    LazyLock::new(|| format!("SELECT CASE WHEN {} THEN 1 ELSE 0 END", *NAMED));

/// One answer to a question.
struct Answer(i32);

impl FromRow for Answer {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Session, 0).get(0).map(Self)
    }
}

impl SeaUnitOfWork {
    pub(super) async fn insert_api_key(
        &mut self,
        key: &Session,
        now: Timestamp,
    ) -> Result<ApiKeyInserted, StoreError> {
        if self.is_postgres() {
            let lock = self.statement(LOCK, LOCK, vec![key.user.0.into()]);
            self.execute_raw(lock).await?;
        }
        let idle = now.plus(-Session::IDLE_LIMIT);
        let name = key.label.as_ref().map(SessionLabel::as_str).unwrap_or_default();
        let asked: [Value; 4] =
            [key.user.0.into(), now.as_chrono().into(), idle.as_chrono().into(), name.into()];
        let row = row(key);
        let mut values = asked.to_vec();
        values.push(ApiKeyTerms::MOST.into());
        // Every column of `row` is set.
        values.extend(Column::iter().filter_map(|column| row.get(column).into_value()));
        let insert = self.statement(&INSERT, &INSERT, values);
        if self.execute_raw(insert).await? == 1 {
            return Ok(ApiKeyInserted::New);
        }
        // Nobody else adds one meanwhile, so this tells why.
        let named = self.statement(&IS_NAMED, &IS_NAMED, asked.to_vec());
        Ok(match self.rows_raw(named).await?.pop() {
            Some(Answer(1)) => ApiKeyInserted::NameTaken,
            _ => ApiKeyInserted::LimitReached,
        })
    }

    pub(super) async fn replace_api_key(
        &mut self,
        owner: UserId,
        id: SessionId,
        by: SessionId,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut update = Entity::update_many()
            .col_expr(Column::ReplacedBy, Expr::value(by.0))
            // Its owner knows that it ends.
            .col_expr(Column::NoticeDueAt, Expr::value(Option::<sea_orm::prelude::DateTimeUtc>::None))
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::Transport.eq(Transport::ApiKey.as_str()))
            .filter(Column::EndedAt.is_null())
            .filter(Column::ReplacedBy.is_null())
            .filter(Column::ExpiresAt.gte(now.as_chrono()));
        update = match until {
            Some(until) => {
                let end = Expr::case(Expr::col(Column::ExpiresAt).gt(until.as_chrono()), until.as_chrono());
                update.col_expr(Column::ExpiresAt, end.finally(Expr::col(Column::ExpiresAt)).into())
            }
            None => update
                .col_expr(Column::EndedAt, Expr::value(now.as_chrono()))
                .col_expr(Column::EndReason, Expr::value(EndReason::Replaced.as_str())),
        };
        let is_replaced = self.execute(&update.into_query()).await? == 1;
        if is_replaced && until.is_none() {
            self.to_tell.ended(owner, [id]);
        }
        Ok(is_replaced)
    }

    pub(super) async fn settle_notice_of_key(
        &mut self,
        notice: &ApiKeyNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let settle = Entity::update_many()
            .col_expr(Column::NoticeDueAt, Expr::value(next.map(Timestamp::as_chrono)))
            .filter(Column::Id.eq(notice.key.0))
            .filter(Column::UserId.eq(notice.owner.0))
            .filter(Column::NoticeDueAt.eq(notice.due_at.as_chrono()))
            .filter(Column::ExpiresAt.eq(notice.expires_at.as_chrono()));
        Ok(self.execute(&settle.into_query()).await? == 1)
    }
}
