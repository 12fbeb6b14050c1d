//! [`StreamRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{StreamId, UserId},
    ledger::recurring::{StreamMark, StreamRepository},
    store::StoreError,
};

use crate::{mark::Mark, rows::row, table::Row, unit::Unit};

row!(
    StreamMark,
    (UserId, StreamId),
    |row| (row.owner, row.id),
    [Mark::Owner(row.owner), Mark::Account(row.account)]
);

#[async_trait]
impl StreamRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn mark(&mut self, owner: UserId, id: StreamId) -> Result<Option<StreamMark>, StoreError> {
        self.run(|tables| Ok(tables.stream_marks.get(&(owner, id)).cloned()))
    }

    async fn put_mark(&mut self, mark: &StreamMark) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_account(mark.owner, mark.account)?;
            let created_at = tables.stream_marks.get(&(mark.owner, mark.id)).map(|stored| stored.created_at);
            let created_at = created_at.unwrap_or(mark.created_at);
            tables.stream_marks.put(StreamMark { created_at, ..mark.clone() });
            Ok(())
        })
    }
}
