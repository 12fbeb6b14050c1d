//! What users' programs are told of at once, kept for a while so that nobody misses anything.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const EVENTS: &str = "live_events";
const FLOORS: &str = "live_floors";
/// Whoever adds an event holds the clock it is numbered by, so that no other row has to be held for it.
const CLOCKS: &str = "user_clocks";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [uuid("user_id"), long("seq"), short("kind", 32), text("data"), time("happened_at")];
        let events = table(EVENTS, columns)
            .primary_key(Index::create().col("user_id").col("seq"))
            .foreign_key(&mut belongs((EVENTS, &["user_id"]), (CLOCKS, &["user_id"])))
            .take();
        // The number of the last event of each user that is kept no more.
        let floors = table(FLOORS, [uuid("user_id"), long("seq")])
            .primary_key(Index::create().col("user_id"))
            .foreign_key(&mut belongs((FLOORS, &["user_id"]), (CLOCKS, &["user_id"])))
            .take();
        create(manager, [events, floors], [index(EVENTS, &["happened_at"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[FLOORS, EVENTS]).await
    }
}
