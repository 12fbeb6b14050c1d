//! Table `notification_settings`.

use dashtam_domain::{
    delivery::notification::{
        LargeFrom, LowBelow, NotificationPlace, NotificationPreferences, NotificationSettings,
        NotificationSwitches,
    },
    id::{TransactionId, UserId},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{maybe, parts::decimal};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_settings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// JSON: what is wanted.
    pub preferences: String,
    /// Whether that is anything.
    pub is_on: bool,
    pub position: i64,
    pub position_row: Option<Uuid>,
    pub since: DateTimeUtc,
    pub weekly_due_at: Option<DateTimeUtc>,
    pub rest_until: Option<DateTimeUtc>,
    pub revision: i64,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

#[derive(Serialize, Deserialize)]
struct Stored {
    connections: bool,
    sync_failing: bool,
    price_raised: bool,
    weekly_summary: bool,
    /// Currencies and amounts.
    large: Vec<(String, String)>,
    /// Accounts and balances.
    low: Vec<(String, String)>,
}

fn stored(wanted: &NotificationPreferences) -> String {
    let switches = wanted.switches();
    let stored = Stored {
        connections: switches.connections,
        sync_failing: switches.sync_failing,
        price_raised: switches.price_raised,
        weekly_summary: switches.weekly_summary,
        large: wanted.large().iter().map(|of| (of.currency.to_string(), of.amount.to_string())).collect(),
        low: wanted.low().iter().map(|of| (of.account.to_string(), of.amount.to_string())).collect(),
    };
    // Texts and flags only: there is nothing that could fail.
    serde_json::to_string(&stored).unwrap_or_default()
}

fn read(text: &str) -> Result<NotificationPreferences, &'static str> {
    const NONE: &str = "wants what cannot be wanted";
    let stored: Stored = serde_json::from_str(text).map_err(|_| NONE)?;
    let amount = |text: String| decimal(Some(text))?.ok_or(NONE);
    let switches = NotificationSwitches {
        connections: stored.connections,
        sync_failing: stored.sync_failing,
        price_raised: stored.price_raised,
        weekly_summary: stored.weekly_summary,
    };
    let large = |(currency, from): (String, String)| {
        Ok(LargeFrom { currency: currency.parse().map_err(|_| NONE)?, amount: amount(from)? })
    };
    let low = |(account, below): (String, String)| {
        Ok(LowBelow { account: account.parse().map_err(|_| NONE)?, amount: amount(below)? })
    };
    let large: Result<Vec<LargeFrom>, &'static str> = stored.large.into_iter().map(large).collect();
    let low: Result<Vec<LowBelow>, &'static str> = stored.low.into_iter().map(low).collect();
    NotificationPreferences::new(switches, large?, low?).map_err(|_| NONE)
}

/// Every column of the settings of a user who had none.
pub(crate) fn row(settings: &NotificationSettings) -> ActiveModel {
    ActiveModel {
        user_id: Set(settings.owner.0),
        preferences: Set(stored(&settings.preferences)),
        is_on: Set(settings.preferences.is_on()),
        position: Set(settings.place.seq),
        position_row: Set(settings.place.transaction.map(|id| id.0)),
        since: Set(settings.since.as_chrono()),
        weekly_due_at: Set(maybe(settings.weekly_due_at)),
        rest_until: Set(maybe(settings.rest_until)),
        revision: Set(0),
        updated_at: Set(settings.updated_at.as_chrono()),
    }
}

impl FromRow for NotificationSettings {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::NotificationSettings, 0);
        let transaction: Option<Uuid> = entry.get(C::PositionRow as usize)?;
        Ok(Self {
            owner: UserId(entry.get(C::UserId as usize)?),
            preferences: entry.parse(C::Preferences as usize, read)?,
            place: NotificationPlace {
                seq: entry.get(C::Position as usize)?,
                transaction: transaction.map(TransactionId),
            },
            since: entry.time(C::Since as usize)?,
            weekly_due_at: entry.maybe_time(C::WeeklyDueAt as usize)?,
            rest_until: entry.maybe_time(C::RestUntil as usize)?,
            revision: entry.get(C::Revision as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
