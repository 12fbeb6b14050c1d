//! Rotations of tokens.

use dashtam_application::token_rotation::{GlobalRotated, UserRotated};
use dashtam_domain::identity::SecurityConfig;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// A rotation that was done. What does not apply to its type is null.
#[derive(Serialize, ToSchema)]
#[schema(as = Rotation)]
pub(crate) struct RotationView<'a> {
    /// `USER` or `GLOBAL`.
    rotation_type: &'static str,
    /// Whose tokens.
    user_id: Option<Id>,
    old_version: i32,
    /// The lowest version that counts from now on.
    new_version: i32,
    /// Sessions that end by it.
    tokens_revoked: u64,
    /// Users who have such sessions.
    users_affected: Option<u64>,
    reason: Option<&'a str>,
    /// Who asked for it, e.g. `USER:ann@example.com`.
    initiated_by: Option<&'a str>,
    /// Minutes for which sessions that began before go on.
    grace_period_minutes: Option<u32>,
    rotated_at: Moment,
}

impl<'a> From<&'a UserRotated> for RotationView<'a> {
    fn from(rotated: &'a UserRotated) -> Self {
        Self {
            rotation_type: "USER",
            user_id: Some(Id(rotated.user.0)),
            old_version: rotated.old_version,
            new_version: rotated.new_version,
            tokens_revoked: rotated.sessions,
            users_affected: None,
            reason: Some(&rotated.reason),
            initiated_by: None,
            grace_period_minutes: None,
            rotated_at: Moment(rotated.at),
        }
    }
}

impl<'a> From<&'a GlobalRotated> for RotationView<'a> {
    fn from(rotated: &'a GlobalRotated) -> Self {
        let config = &rotated.config;
        Self {
            rotation_type: "GLOBAL",
            user_id: None,
            old_version: config.floor.earlier_version,
            new_version: config.floor.version,
            tokens_revoked: rotated.sessions,
            users_affected: Some(rotated.users),
            reason: config.reason.as_deref(),
            initiated_by: config.updated_by.as_deref(),
            grace_period_minutes: Some(rotated.grace_minutes),
            rotated_at: Moment(config.updated_at),
        }
    }
}

/// What counts for everybody's tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityConfig)]
pub(crate) struct SecurityConfigView<'a> {
    /// The lowest version that counts.
    global_min_token_version: i32,
    /// First instant at which sessions of lower versions are refused.
    grace_until: Moment,
    last_updated_at: Moment,
    /// Who rotated last, e.g. `USER:ann@example.com`; null before the first rotation.
    last_updated_by: Option<&'a str>,
    last_rotation_reason: Option<&'a str>,
}

impl<'a> From<&'a SecurityConfig> for SecurityConfigView<'a> {
    fn from(config: &'a SecurityConfig) -> Self {
        Self {
            global_min_token_version: config.floor.version,
            grace_until: Moment(config.floor.grace_until),
            last_updated_at: Moment(config.updated_at),
            last_updated_by: config.updated_by.as_deref(),
            last_rotation_reason: config.reason.as_deref(),
        }
    }
}
