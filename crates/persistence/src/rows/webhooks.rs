//! Table `webhooks`.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{UserId, WebhookId},
    live::{LiveKind, LiveKinds},
    record::Record,
    secret::Sealed,
    store::StoreError,
    webhook::{DisabledBecause, PreviousSecret, Webhook},
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

/// Whether the owner may use the account at `$1`.
pub(crate) const IS_USABLE: &str = "EXISTS (SELECT 1 FROM users u WHERE u.id = w.user_id AND u.is_active \
    AND (u.expiration_time IS NULL OR u.expiration_time >= $1))";

/// Which of them a worker may take, from behind `FROM`: those of which something is due, that nobody holds, and whose owner
/// may use the account and has no more than others that are held or come first. What is due later than anything may be
/// (`$2`), or held longer than anything is (`$3`), was left behind by a clock that was ahead.
pub(crate) static CLAIMABLE: LazyLock<String> = LazyLock::new(|| {
    let is_free = |one: &str| {
        format!(
            "{one}.due_at IS NOT NULL AND ({one}.due_at <= $1 OR {one}.due_at > $2) \
             AND ({one}.held_until IS NULL OR {one}.held_until <= $1 OR {one}.held_until > $3)"
        )
    };
    format!(
        "webhooks w WHERE {} AND {IS_USABLE} AND {} > (SELECT COUNT(*) FROM webhooks o \
         WHERE o.user_id = w.user_id AND o.id <> w.id AND ((o.held_until > $1 AND o.held_until <= $3) OR ({} AND (o.due_at, o.id) < (w.due_at, w.id))))",
        is_free("w"),
        Webhook::MOST_HELD,
        is_free("o")
    )
});

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub url: String,
    pub description: Option<String>,
    /// Words with blanks between them.
    pub kinds: String,
    pub disabled_because: Option<String>,
    pub secret_encrypted: Option<String>,
    pub previous_secret_encrypted: Option<String>,
    pub previous_until: Option<DateTimeUtc>,
    pub position: i64,
    pub waiting: i64,
    pub failing_since: Option<DateTimeUtc>,
    pub due_at: Option<DateTimeUtc>,
    pub held_until: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of an endpoint.
pub(crate) fn row(webhook: &Webhook) -> ActiveModel {
    let sealed = |sealed: &Sealed| sealed.as_str().to_owned();
    let kinds: Vec<&str> = webhook.listed_kinds().map(LiveKind::as_str).collect();
    let previous = webhook.previous.as_ref();
    ActiveModel {
        id: Set(webhook.id.0),
        user_id: Set(webhook.owner.0),
        url: Set(webhook.url.as_str().to_owned()),
        description: Set(webhook.description.as_ref().map(|line| line.as_str().to_owned())),
        kinds: Set(kinds.join(" ")),
        disabled_because: Set(webhook.disabled.map(|because| because.as_str().to_owned())),
        secret_encrypted: Set(webhook.secret.as_ref().map(sealed)),
        previous_secret_encrypted: Set(previous.map(|previous| sealed(&previous.sealed))),
        previous_until: Set(maybe(previous.map(|previous| previous.until))),
        position: Set(webhook.position),
        waiting: Set(webhook.waiting.into()),
        failing_since: Set(maybe(webhook.failing_since)),
        due_at: Set(maybe(webhook.due_at)),
        held_until: Set(maybe(webhook.held_until)),
        created_at: Set(webhook.created_at.as_chrono()),
        updated_at: Set(webhook.updated_at.as_chrono()),
    }
}

/// A word that only another version knows is left out: it is of an event that this one never sees.
fn kinds(text: &str) -> LiveKinds {
    text.split_whitespace().filter_map(LiveKind::parse).collect()
}

impl FromRow for Webhook {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Webhook, 0);
        let sealed = entry.maybe_text(C::PreviousSecretEncrypted as usize)?.map(Sealed::new);
        // A secret that was cleared leaves its end behind.
        let until = entry.maybe_time(C::PreviousUntil as usize)?;
        Ok(Self {
            id: WebhookId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            url: entry.parse(C::Url as usize, str::parse)?,
            description: entry.maybe_parse(C::Description as usize, str::parse)?,
            kinds: kinds(entry.get(C::Kinds as usize)?),
            disabled: entry.maybe_word(C::DisabledBecause as usize, DisabledBecause::parse)?,
            secret: entry.maybe_text(C::SecretEncrypted as usize)?.map(Sealed::new),
            previous: sealed.zip(until).map(|(sealed, until)| PreviousSecret { sealed, until }),
            position: entry.get(C::Position as usize)?,
            waiting: u32::try_from(entry.get::<i64>(C::Waiting as usize)?)
                .map_err(|_| entry.corrupt(C::Waiting as usize, "is no count"))?,
            failing_since: entry.maybe_time(C::FailingSince as usize)?,
            due_at: entry.maybe_time(C::DueAt as usize)?,
            held_until: entry.maybe_time(C::HeldUntil as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
