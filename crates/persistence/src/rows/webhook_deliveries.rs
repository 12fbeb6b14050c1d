//! Table `webhook_deliveries`.

use dashtam_domain::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    record::Record,
    store::StoreError,
    time::Timestamp,
    webhook::{DeliveryState, Outcome, ToldEvent, Try, WebhookDelivery, WebhookFailure},
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub webhook_id: Uuid,
    pub event: String,
    pub seq: Option<i64>,
    pub body: String,
    pub state: String,
    pub tries: i32,
    pub due_at: Option<DateTimeUtc>,
    pub tried_at: Option<DateTimeUtc>,
    pub tried_millis: Option<i64>,
    pub status: Option<i32>,
    pub answer: Option<String>,
    pub failure: Option<String>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are.
pub(crate) const WIDTH: usize = Column::CreatedAt as usize + 1;

/// Every column of a delivery.
pub(crate) fn row(delivery: &WebhookDelivery) -> ActiveModel {
    let last = delivery.last.as_ref();
    let (status, answer, failure) = match last.map(|last| &last.outcome) {
        // Postgres takes no NUL in a text.
        Some(Outcome::Answered { status, body }) => {
            (Some(i32::from(*status)), Some(body.replace('\0', "\u{fffd}")), None)
        }
        Some(Outcome::Failed(failure)) => (None, None, Some(failure.as_str().to_owned())),
        None => (None, None, None),
    };
    ActiveModel {
        id: Set(delivery.id.0),
        user_id: Set(delivery.owner.0),
        webhook_id: Set(delivery.webhook.0),
        event: Set(delivery.event.as_str().to_owned()),
        seq: Set(delivery.seq),
        body: Set(delivery.body.clone()),
        state: Set(delivery.state.as_str().to_owned()),
        tries: Set(delivery.tries),
        due_at: Set(maybe(delivery.due_at)),
        tried_at: Set(maybe(last.map(|last| last.at))),
        tried_millis: Set(last.map(|last| last.millis)),
        status: Set(status),
        answer: Set(answer),
        failure: Set(failure),
        created_at: Set(delivery.created_at.as_chrono()),
    }
}

impl FromRow for WebhookDelivery {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::WebhookDelivery, 0);
        Ok(Self {
            id: WebhookDeliveryId(entry.get(C::Id as usize)?),
            webhook: WebhookId(entry.get(C::WebhookId as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            event: entry.word(C::Event as usize, ToldEvent::parse)?,
            seq: entry.get(C::Seq as usize)?,
            body: entry.text(C::Body as usize)?,
            state: entry.word(C::State as usize, DeliveryState::parse)?,
            tries: entry.get(C::Tries as usize)?,
            due_at: entry.maybe_time(C::DueAt as usize)?,
            last: last(&entry)?,
            created_at: entry.time(C::CreatedAt as usize)?,
        })
    }
}

fn last<R: Cells>(entry: &Entry<'_, R>) -> Result<Option<Try>, StoreError> {
    use Column as C;
    let Some(at) = entry.maybe_time(C::TriedAt as usize)? else { return Ok(None) };
    let status: Option<i32> = entry.get(C::Status as usize)?;
    let outcome = match status {
        Some(status) => Outcome::Answered {
            status: u16::try_from(status).map_err(|_| entry.corrupt(C::Status as usize, "is no status"))?,
            body: entry.maybe_text(C::Answer as usize)?.unwrap_or_default(),
        },
        None => Outcome::Failed(entry.word(C::Failure as usize, WebhookFailure::parse)?),
    };
    let millis: Option<i64> = entry.get(C::TriedMillis as usize)?;
    Ok(Some(Try { at, millis: millis.unwrap_or_default(), outcome }))
}

/// When something is due.
pub(crate) struct DueAt(pub(crate) Option<Timestamp>);

impl FromRow for DueAt {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::WebhookDelivery, 0).maybe_time(0).map(Self)
    }
}
