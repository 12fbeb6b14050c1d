//! Decisions about transactions that may be one, and pairs that a person said are none.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const DECISIONS: &str = "decisions";
const PAIRS: &str = "rejected_pairs";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_account =
            |table| belongs((table, &["user_id", "account_id"]), ("accounts", &["user_id", "id"]));
        let columns = [
            id(),
            uuid("user_id"),
            uuid("account_id"),
            short("kind", 32),
            maybe_short("tier", 32),
            uuid("left_id"),
            uuid("right_id"),
            text("evidence"),
            short("state", 32),
            short("decided_by", 32),
            time("created_at"),
            time("updated_at"),
            long("seq"),
            long("born_seq"),
            maybe_text("before"),
        ];
        let decisions = table(DECISIONS, columns).foreign_key(&mut of_account(DECISIONS)).take();
        let key = [
            "user_id",
            "account_id",
            "source_id",
            "ordinal",
            "other_account_id",
            "other_source_id",
            "other_ordinal",
        ];
        let mut primary = Index::create();
        for column in key {
            primary.col(column);
        }
        let columns = [
            uuid("user_id"),
            uuid("account_id"),
            text("source_id"),
            int("ordinal"),
            uuid("other_account_id"),
            text("other_source_id"),
            int("other_ordinal"),
        ];
        let pairs =
            table(PAIRS, columns).primary_key(&mut primary).foreign_key(&mut of_account(PAIRS)).take();
        let indexes = [
            index(DECISIONS, &["user_id", "id"]),
            index(DECISIONS, &["user_id", "state", "id"]),
            index(DECISIONS, &["user_id", "left_id"]),
            index(DECISIONS, &["user_id", "right_id"]),
            index(DECISIONS, &["user_id", "seq", "id"]),
            index(DECISIONS, &["user_id", "account_id"]),
            index(PAIRS, &["user_id", "other_account_id"]),
        ];
        create(manager, [decisions, pairs], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[PAIRS, DECISIONS]).await
    }
}
