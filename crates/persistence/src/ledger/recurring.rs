//! [`StreamRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, StreamId, UserId},
    ledger::recurring::{StreamMark, StreamRepository, StreamVerdict},
    record::Record,
    store::StoreError,
};
use sea_orm::Value;

use crate::{
    cells::{Cells, Entry, FromRow},
    unit_of_work::SeaUnitOfWork,
};

const FIND: &str = "SELECT id, user_id, account_id, verdict, name, created_at, updated_at FROM recurring_marks \
    WHERE user_id = $1 AND id = $2";
const PUT: &str = "INSERT INTO recurring_marks (id, user_id, account_id, verdict, name, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, id) DO UPDATE SET verdict = excluded.verdict, \
    name = excluded.name, updated_at = excluded.updated_at";

impl FromRow for StreamMark {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::StreamMark, 0);
        Ok(Self {
            id: StreamId(entry.get(0)?),
            owner: UserId(entry.get(1)?),
            account: AccountId(entry.get(2)?),
            verdict: entry.maybe_word(3, StreamVerdict::parse)?,
            name: entry.maybe_parse(4, |text| text.parse().map_err(|_| "is no name"))?,
            created_at: entry.time(5)?,
            updated_at: entry.time(6)?,
        })
    }
}

#[async_trait]
impl StreamRepository for SeaUnitOfWork {
    /// The owner's clock is held from here on, as by whoever else marks a stream.
    async fn mark(&mut self, owner: UserId, id: StreamId) -> Result<Option<StreamMark>, StoreError> {
        self.change_number(owner).await?;
        let find = self.statement(FIND, FIND, vec![owner.0.into(), id.0.into()]);
        Ok(self.rows_raw(find).await?.pop())
    }

    async fn put_mark(&mut self, mark: &StreamMark) -> Result<(), StoreError> {
        let values: Vec<Value> = vec![
            mark.id.0.into(),
            mark.owner.0.into(),
            mark.account.0.into(),
            mark.verdict.map(StreamVerdict::as_str).into(),
            mark.name.as_ref().map(|name| name.as_str().to_owned()).into(),
            mark.created_at.as_chrono().into(),
            mark.updated_at.as_chrono().into(),
        ];
        self.execute_raw(self.statement(PUT, PUT, values)).await.map(drop)
    }
}
