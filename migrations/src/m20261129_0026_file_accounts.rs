//! Accounts of statement files are told apart by branch, sort and currency as well. What was stored by number alone
//! says so, so that the next file of such an account finds it.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rename = "UPDATE accounts SET external_id = 'earlier|' || kind || '|' || currency || '|' || external_id \
                      WHERE source LIKE 'files:%'";
        manager.get_connection().execute_unprepared(rename).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rename = "UPDATE accounts SET external_id = substr(external_id, \
                      length('earlier|' || kind || '|' || currency || '|') + 1) \
                      WHERE source LIKE 'files:%' AND external_id LIKE 'earlier|%'";
        manager.get_connection().execute_unprepared(rename).await.map(drop)
    }
}
