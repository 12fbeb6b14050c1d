//! User accounts: as their owners see them, as the profile document shows them, and as those do who look after them.

use std::fmt::Write;

use chrono::Timelike;
use dashtam_application::administration::ManagedUser;
use dashtam_domain::{identity::User, time::Timestamp};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Id, Moment};

/// What an account is kept from.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountFlags)]
pub(crate) struct FlagsView {
    /// May do what concerns everybody.
    administrator: bool,
    /// Switched off.
    disabled: bool,
    /// Last instant of use; null: for ever.
    expiration_time: Option<Moment>,
    /// Looks only.
    readonly: bool,
    /// Its connections stay as they are.
    device_readonly: bool,
    /// Starts no synchronisation, refresh, disconnection or import.
    limit_commands: bool,
    /// Keeps its address.
    fixed_email: bool,
    /// How many provider instances it may have; -1: any number.
    device_limit: i32,
    /// How many sub-users it may have; -1: any number.
    user_limit: i32,
    /// The manager of a sub-user.
    managed_by: Option<Id>,
    /// What a sign-in asks for beside the first factor: `none`, `totp` or `email`.
    two_factor_type: &'static str,
}

impl From<&User> for FlagsView {
    fn from(user: &User) -> Self {
        let flags = &user.flags;
        Self {
            administrator: user.administrator,
            disabled: !user.is_active,
            expiration_time: user.expires_at.map(Moment),
            readonly: flags.read_only,
            device_readonly: flags.device_read_only,
            limit_commands: flags.limit_commands,
            fixed_email: flags.fixed_email,
            device_limit: flags.device_limit.number(),
            user_limit: flags.user_limit.number(),
            managed_by: user.managed_by.map(|manager| Id(manager.0)),
            two_factor_type: user.second_factor.as_str(),
        }
    }
}

/// A user account.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView<'a> {
    id: Id,
    /// The address as it was typed.
    email: &'a str,
    name: &'a str,
    /// Whether the address was proved.
    email_verified: bool,
    is_active: bool,
    #[serde(flatten)]
    flags: FlagsView,
    phone: Option<&'a str>,
    /// Another name of the account, without an `@`.
    login: Option<&'a str>,
    /// Name of the preferred layer of the map.
    map: Option<&'a str>,
    /// -90 to 90.
    latitude: f64,
    /// -180 to 180.
    longitude: f64,
    /// 0 to 22.
    zoom: i32,
    /// What programs keep here.
    #[schema(value_type = Object)]
    attributes: Map<String, Value>,
    created_at: Moment,
    last_login_at: Option<Moment>,
}

impl<'a> From<&'a User> for UserView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: Id(user.id.0),
            email: user.email.as_str(),
            name: user.name.as_str(),
            email_verified: user.is_verified(),
            is_active: user.is_active,
            flags: user.into(),
            phone: user.phone.as_ref().map(|phone| phone.as_str()),
            login: user.login.as_ref().map(|login| login.as_str()),
            map: user.map.layer.as_deref(),
            latitude: user.map.latitude.get(),
            longitude: user.map.longitude.get(),
            zoom: user.map.zoom,
            attributes: user.attributes.object(),
            created_at: Moment(user.created_at),
            last_login_at: user.last_login_at.map(Moment),
        }
    }
}

/// The profile document: these eleven fields in this order, whatever else an account has.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileView<'a> {
    id: Id,
    email: &'a str,
    name: &'a str,
    phone: Option<&'a str>,
    administrator: bool,
    disabled: bool,
    readonly: bool,
    device_readonly: bool,
    limit_commands: bool,
    /// With `+00:00`; microseconds only where there are some.
    #[schema(value_type = Option<String>, format = DateTime)]
    expiration_time: Option<Offset>,
    #[schema(value_type = Object)]
    attributes: Map<String, Value>,
}

impl<'a> From<&'a User> for ProfileView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: Id(user.id.0),
            email: user.email.as_str(),
            name: user.name.as_str(),
            phone: user.phone.as_ref().map(|phone| phone.as_str()),
            administrator: user.administrator,
            disabled: !user.is_active,
            readonly: user.flags.read_only,
            device_readonly: user.flags.device_read_only,
            limit_commands: user.flags.limit_commands,
            expiration_time: user.expires_at.map(Offset),
            attributes: user.attributes.object(),
        }
    }
}

/// An instant in ISO 8601 with the offset `+00:00`.
struct Offset(Timestamp);

impl Serialize for Offset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.0.as_chrono();
        let mut text = at.format("%Y-%m-%dT%H:%M:%S").to_string();
        let micros = at.nanosecond() / 1_000;
        if micros > 0 {
            // Writing to a text cannot fail.
            let _ = write!(text, ".{micros:06}");
        }
        text.push_str("+00:00");
        serializer.serialize_str(&text)
    }
}

/// An account as those see it who look after it: nothing its owner keeps there.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedUser)]
pub(crate) struct ManagedUserView<'a> {
    id: Id,
    /// The address as it was typed.
    email: &'a str,
    name: &'a str,
    /// Whether the address was proved.
    email_verified: bool,
    #[serde(flatten)]
    flags: FlagsView,
    /// When it is erased, if it was given up or closed.
    deletion_due_at: Option<Moment>,
    created_at: Moment,
    updated_at: Moment,
    last_login_at: Option<Moment>,
}

impl<'a> From<&'a User> for ManagedUserView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: Id(user.id.0),
            email: user.email.as_str(),
            name: user.name.as_str(),
            email_verified: user.is_verified(),
            flags: user.into(),
            deletion_due_at: user.deletion_due_at.map(Moment),
            created_at: Moment(user.created_at),
            updated_at: Moment(user.updated_at),
            last_login_at: user.last_login_at.map(Moment),
        }
    }
}

/// The same with its sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedUserDetail)]
pub(crate) struct ManagedUserDetailView<'a> {
    #[serde(flatten)]
    user: ManagedUserView<'a>,
    /// How many sessions it has, API keys apart.
    sessions: u64,
    /// Wrong passwords one after the other, of clients that are not known.
    failed_sign_ins: i32,
    /// Until when clients that are not known are refused, whatever the password; null: they are not.
    sign_in_locked_until: Option<Moment>,
    /// Until when no code of the second factor is looked at; null: codes are.
    second_factor_locked_until: Option<Moment>,
}

impl<'a> From<&'a ManagedUser> for ManagedUserDetailView<'a> {
    fn from(found: &'a ManagedUser) -> Self {
        Self {
            user: (&found.user).into(),
            sessions: found.sessions,
            failed_sign_ins: found.locks.failed_sign_ins,
            sign_in_locked_until: found.locks.sign_ins_until.map(Moment),
            second_factor_locked_until: found.locks.second_factor_until.map(Moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_written_where_there_are_some() {
        for (at, expected) in [
            ("2025-12-31T23:59:59Z", "2025-12-31T23:59:59+00:00"),
            ("2025-12-31T23:59:59.25Z", "2025-12-31T23:59:59.250000+00:00"),
            ("2025-12-31T23:59:59.000001Z", "2025-12-31T23:59:59.000001+00:00"),
        ] {
            let shown = serde_json::to_value(Offset(Timestamp::parse(at).unwrap())).unwrap();
            assert_eq!(shown, expected);
        }
    }
}
