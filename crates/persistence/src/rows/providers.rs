//! Table `providers`: users' connections.

use dashtam_domain::{
    connections::{Alias, Connection, ConnectionOverview, ConnectionState, DailyRuns, GrantId, ProviderKey},
    id::{ConnectionId, UserId},
    identity::Attributes,
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::{maybe, sync_runs};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "providers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider_key: String,
    pub alias: String,
    pub status: String,
    pub connected_at: Option<DateTimeUtc>,
    pub last_sync_at: Option<DateTimeUtc>,
    pub next_sync_at: Option<DateTimeUtc>,
    pub sync_frequency_minutes: i32,
    pub error_message: Option<String>,
    pub error_count: i32,
    pub accounts_count: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub revision: i32,
    pub metadata: String,
    pub is_active: bool,
    pub runs_day: Option<Date>,
    pub runs_used: i32,
    pub change_cursor: Option<String>,
    pub grant_id: Option<String>,
    pub news_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How metadata is stored that says nothing.
const NOTHING: &str = "{}";

const WIDTH: usize = Column::NewsAt as usize + 1;

/// Every column of a connection.
pub(crate) fn row(connection: &Connection) -> ActiveModel {
    ActiveModel {
        id: Set(connection.id.0),
        user_id: Set(connection.owner.0),
        provider_key: Set(connection.provider.as_str().to_owned()),
        alias: Set(connection.alias.as_str().to_owned()),
        status: Set(connection.state.as_str().to_owned()),
        connected_at: Set(maybe(connection.connected_at)),
        last_sync_at: Set(maybe(connection.last_sync_at)),
        next_sync_at: Set(maybe(connection.next_sync_at)),
        sync_frequency_minutes: Set(connection.sync_frequency_minutes),
        error_message: Set(connection.error_message.clone()),
        error_count: Set(connection.error_count),
        accounts_count: Set(connection.accounts_count),
        created_at: Set(connection.created_at.as_chrono()),
        updated_at: Set(connection.updated_at.as_chrono()),
        revision: Set(connection.revision),
        metadata: Set(connection.metadata.as_str().unwrap_or(NOTHING).to_owned()),
        is_active: Set(connection.is_active),
        runs_day: Set(connection.daily_runs.day.map(|day| day.0)),
        runs_used: Set(connection.daily_runs.used),
        change_cursor: Set(connection.cursor.clone()),
        grant_id: Set(connection.grant.as_ref().map(|grant| grant.as_str().to_owned())),
        news_at: Set(maybe(connection.news_at)),
    }
}

impl FromRow for Connection {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Connection, 0);
        Ok(Self {
            id: ConnectionId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            provider: entry.parse(C::ProviderKey as usize, str::parse::<ProviderKey>)?,
            alias: entry.parse(C::Alias as usize, str::parse::<Alias>)?,
            state: entry.parse(C::Status as usize, str::parse::<ConnectionState>)?,
            connected_at: entry.maybe_time(C::ConnectedAt as usize)?,
            last_sync_at: entry.maybe_time(C::LastSyncAt as usize)?,
            next_sync_at: entry.maybe_time(C::NextSyncAt as usize)?,
            sync_frequency_minutes: entry.get(C::SyncFrequencyMinutes as usize)?,
            error_message: entry.maybe_text(C::ErrorMessage as usize)?,
            error_count: entry.get(C::ErrorCount as usize)?,
            accounts_count: entry.get(C::AccountsCount as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
            revision: entry.get(C::Revision as usize)?,
            metadata: Attributes::stored(
                Some(entry.text(C::Metadata as usize)?).filter(|text| text != NOTHING),
            ),
            is_active: entry.get(C::IsActive as usize)?,
            daily_runs: DailyRuns {
                day: entry.maybe_day(C::RunsDay as usize)?,
                used: entry.get(C::RunsUsed as usize)?,
            },
            cursor: entry.maybe_text(C::ChangeCursor as usize)?,
            grant: entry.maybe_parse(C::GrantId as usize, str::parse::<GrantId>)?,
            news_at: entry.maybe_time(C::NewsAt as usize)?,
        })
    }
}

/// The connection's columns, then those of its newest run, all null when there is none, then the grant's end.
impl FromRow for ConnectionOverview {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let latest_run = sync_runs::read_joined(row, WIDTH)?;
        let grant_expires_at =
            Entry::new(row, Record::Credentials, WIDTH + sync_runs::WIDTH).maybe_time(0)?;
        Ok(Self { connection: Connection::from_row(row)?, latest_run, grant_expires_at })
    }
}

/// Connections whose synchronisation is due at `$1`, from behind `FROM`. What is planned for later than `$2` was planned by
/// a clock that was ahead. What is not linked, switched off or given up is not in the index. `index` tells SQLite to take
/// it.
pub(crate) fn due(index: &str) -> String {
    format!(
        "providers p{index} WHERE p.next_sync_at IS NOT NULL \
         AND (p.next_sync_at <= $1 OR p.next_sync_at > $2) AND p.is_active \
         AND p.status IN ('active', 'error') AND EXISTS (SELECT 1 FROM users u WHERE u.id = p.user_id \
         AND u.is_active AND (u.expiration_time IS NULL OR u.expiration_time >= $1))"
    )
}
