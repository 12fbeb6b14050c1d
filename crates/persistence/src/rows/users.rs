//! Table `users`.

use dashtam_domain::{
    id::UserId,
    identity::{
        AccountFlags, Attributes, Degrees, EmailAddress, MapView, PasswordHash, PersonName, Quota,
        SecondFactorKind, User,
    },
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::{maybe, text};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub email_canonical: String,
    pub name: String,
    pub password_hash: Option<String>,
    pub email_verified_at: Option<DateTimeUtc>,
    pub is_active: bool,
    pub administrator: bool,
    pub min_token_version: i32,
    pub last_login_at: Option<DateTimeUtc>,
    pub last_login_ip: Option<String>,
    pub email_changed_at: Option<DateTimeUtc>,
    pub deletion_due_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub revision: i32,
    pub expiration_time: Option<DateTimeUtc>,
    pub managed_by: Option<Uuid>,
    pub readonly: bool,
    pub device_readonly: bool,
    pub limit_commands: bool,
    pub fixed_email: bool,
    pub device_limit: i32,
    pub user_limit: i32,
    pub two_factor_type: String,
    pub phone: Option<String>,
    pub login: Option<String>,
    pub map: Option<String>,
    pub latitude: f64,
    pub longitude: f64,
    pub zoom: i32,
    pub attributes: Option<String>,
    pub off_by_administrator: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are, for what stands behind them in a joined row.
pub(crate) const WIDTH: usize = Column::OffByAdministrator as usize + 1;

/// Every column of a user.
pub(crate) fn row(user: &User) -> ActiveModel {
    ActiveModel {
        id: Set(user.id.0),
        email: Set(user.email.as_str().to_owned()),
        email_canonical: Set(user.email.canonical().to_owned()),
        name: Set(user.name.as_str().to_owned()),
        password_hash: Set(user.password.as_ref().map(|hash| hash.as_str().to_owned())),
        email_verified_at: Set(maybe(user.email_verified_at)),
        is_active: Set(user.is_active),
        administrator: Set(user.administrator),
        min_token_version: Set(user.token_version),
        last_login_at: Set(maybe(user.last_login_at)),
        last_login_ip: Set(text(user.last_login_address)),
        email_changed_at: Set(maybe(user.email_changed_at)),
        deletion_due_at: Set(maybe(user.deletion_due_at)),
        created_at: Set(user.created_at.as_chrono()),
        updated_at: Set(user.updated_at.as_chrono()),
        revision: Set(user.revision),
        expiration_time: Set(maybe(user.expires_at)),
        managed_by: Set(user.managed_by.map(|manager| manager.0)),
        readonly: Set(user.flags.read_only),
        device_readonly: Set(user.flags.device_read_only),
        limit_commands: Set(user.flags.limit_commands),
        fixed_email: Set(user.flags.fixed_email),
        device_limit: Set(user.flags.device_limit.number()),
        user_limit: Set(user.flags.user_limit.number()),
        two_factor_type: Set(user.second_factor.as_str().to_owned()),
        phone: Set(user.phone.as_ref().map(|phone| phone.as_str().to_owned())),
        login: Set(user.login.as_ref().map(|login| login.as_str().to_owned())),
        map: Set(user.map.layer.clone()),
        latitude: Set(user.map.latitude.get()),
        longitude: Set(user.map.longitude.get()),
        zoom: Set(user.map.zoom),
        attributes: Set(user.attributes.as_str().map(str::to_owned)),
        off_by_administrator: Set(user.off_by_administrator),
    }
}

/// Reads a user whose columns begin at index `at`.
pub(crate) fn read(row: &impl Cells, at: usize) -> Result<User, StoreError> {
    use Column as C;
    let entry = Entry::new(row, Record::User, at);
    let email: EmailAddress = entry.parse(C::Email as usize, str::parse)?;
    if entry.get::<&str>(C::EmailCanonical as usize)? != email.canonical() {
        return Err(entry.corrupt(C::EmailCanonical as usize, "is not the canonical form of email"));
    }
    let degrees = |column: C, limit: f64| {
        Degrees::new(entry.get(column as usize)?, limit)
            .ok_or_else(|| entry.corrupt(column as usize, "is not on the map"))
    };
    let quota = |column: C| {
        Quota::new(entry.get(column as usize)?).ok_or_else(|| entry.corrupt(column as usize, "is below -1"))
    };
    Ok(User {
        id: UserId(entry.get(C::Id as usize)?),
        email,
        name: entry.parse(C::Name as usize, str::parse::<PersonName>)?,
        password: entry.maybe_text(C::PasswordHash as usize)?.map(PasswordHash::new),
        email_verified_at: entry.maybe_time(C::EmailVerifiedAt as usize)?,
        is_active: entry.get(C::IsActive as usize)?,
        administrator: entry.get(C::Administrator as usize)?,
        token_version: entry.get(C::MinTokenVersion as usize)?,
        last_login_at: entry.maybe_time(C::LastLoginAt as usize)?,
        last_login_address: entry.maybe_parse(C::LastLoginIp as usize, str::parse)?,
        email_changed_at: entry.maybe_time(C::EmailChangedAt as usize)?,
        deletion_due_at: entry.maybe_time(C::DeletionDueAt as usize)?,
        created_at: entry.time(C::CreatedAt as usize)?,
        updated_at: entry.time(C::UpdatedAt as usize)?,
        revision: entry.get(C::Revision as usize)?,
        expires_at: entry.maybe_time(C::ExpirationTime as usize)?,
        managed_by: entry.get::<Option<Uuid>>(C::ManagedBy as usize)?.map(UserId),
        flags: AccountFlags {
            read_only: entry.get(C::Readonly as usize)?,
            device_read_only: entry.get(C::DeviceReadonly as usize)?,
            limit_commands: entry.get(C::LimitCommands as usize)?,
            fixed_email: entry.get(C::FixedEmail as usize)?,
            device_limit: quota(C::DeviceLimit)?,
            user_limit: quota(C::UserLimit)?,
        },
        second_factor: entry.word(C::TwoFactorType as usize, SecondFactorKind::parse)?,
        phone: entry.maybe_parse(C::Phone as usize, str::parse)?,
        login: entry.maybe_parse(C::Login as usize, str::parse)?,
        map: MapView {
            layer: entry.maybe_text(C::Map as usize)?,
            latitude: degrees(C::Latitude, 90.0)?,
            longitude: degrees(C::Longitude, 180.0)?,
            zoom: entry.get(C::Zoom as usize)?,
        },
        attributes: Attributes::stored(entry.maybe_text(C::Attributes as usize)?),
        off_by_administrator: entry.get(C::OffByAdministrator as usize)?,
    })
}

impl FromRow for User {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        read(row, 0)
    }
}
