//! Table `live_events`.

use dashtam_domain::{
    id::UserId,
    live::{LiveBody, LiveEvent},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "live_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub kind: String,
    /// JSON: what it is about.
    pub data: String,
    pub happened_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns a row has.
pub(crate) const WIDTH: usize = 5;

/// Every column of an event.
pub(crate) fn row(owner: UserId, seq: i64, at: Timestamp, body: &LiveBody) -> ActiveModel {
    ActiveModel {
        user_id: Set(owner.0),
        seq: Set(seq),
        kind: Set(body.kind().as_str().to_owned()),
        data: Set(body.data().to_string()),
        happened_at: Set(at.as_chrono()),
    }
}

/// What a reader of events finds in one row: the floor, then the columns of an event, all null where there is none.
pub(crate) struct Told {
    /// The number of the last event of the user that is gone.
    pub(crate) floor: i64,
    /// The number of the event.
    pub(crate) seq: Option<i64>,
    /// The event, unless only another version of the program knows its kind.
    pub(crate) event: Option<LiveEvent>,
}

impl FromRow for Told {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let floor: Option<i64> = Entry::new(row, Record::LiveEvent, 0).get(0)?;
        let entry = Entry::new(row, Record::LiveEvent, 1);
        let seq: Option<i64> = entry.get(C::Seq as usize)?;
        Ok(Self {
            floor: floor.unwrap_or_default(),
            seq,
            event: seq.map(|seq| read(&entry, seq)).transpose()?.flatten(),
        })
    }
}

fn read<R: Cells>(entry: &Entry<'_, R>, seq: i64) -> Result<Option<LiveEvent>, StoreError> {
    use Column as C;
    let data = serde_json::from_str(entry.get(C::Data as usize)?).unwrap_or_default();
    let Some(body) = LiveBody::from_stored(entry.get(C::Kind as usize)?, &data) else { return Ok(None) };
    let (owner, at) = (UserId(entry.get(C::UserId as usize)?), entry.time(C::HappenedAt as usize)?);
    Ok(Some(LiveEvent { owner, seq, at, body }))
}
