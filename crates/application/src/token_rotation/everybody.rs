//! Makes everybody's tokens void, after a grace.

use std::ops::RangeInclusive;

use chrono::TimeDelta;
use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    identity::{AuditAction, AuditLine, GlobalRotation, Scope, SecurityConfig},
    store::StoreError,
};
use serde_json::json;

use super::{RotationError, TokenRotation};
use crate::request::{authorize, request};

/// Why, and how long sessions that began before go on.
#[derive(Debug)]
pub struct RotateEverybody {
    /// For the audit trail; as long as [`RotateEverybody::REASON`] says.
    pub reason: String,
    /// Within [`RotateEverybody::GRACE_MINUTES`].
    pub grace_minutes: u32,
    /// The version that is to be replaced; `None` replaces whichever counts.
    pub version: Option<i32>,
}

impl RotateEverybody {
    /// Characters of a reason.
    pub const REASON: RangeInclusive<usize> = 20..=1000;
    /// Minutes of a grace.
    pub const GRACE_MINUTES: RangeInclusive<u32> = 0..=60;
    /// Minutes of a grace when none are given.
    pub const DEFAULT_GRACE: u32 = 15;
}

request!(
    RotateEverybody,
    "token_rotation.global",
    Access::Administrator(Needs::change(Scope::AdminWrite).fresh())
);

/// A rotation that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalRotated {
    /// What counts from now on.
    pub config: SecurityConfig,
    /// Sessions that end with the grace.
    pub sessions: u64,
    /// Users who have such sessions.
    pub users: u64,
    /// Minutes of the grace.
    pub grace_minutes: u32,
}

impl TokenRotation {
    /// Raises the version of the installation. Sessions that began before go on until the grace ends, access and
    /// refresh tokens alike, and then stop; every process knows within the few seconds it keeps sessions in memory.
    /// [`StoreError::Stale`] when another version counts than the one that was to be replaced.
    #[tracing::instrument(name = "token_rotation.global", skip_all)]
    pub async fn global(
        &self,
        call: &Call,
        request: RotateEverybody,
    ) -> Result<GlobalRotated, RotationError> {
        let caller = authorize::<RotateEverybody>(call)?;
        let RotateEverybody { reason, grace_minutes, version } = request;
        let by = self.queries.user(caller.user).await?.ok_or(AccessDenied::Anonymous)?;
        let rotation = GlobalRotation {
            at: call.now,
            grace: TimeDelta::minutes(grace_minutes.into()),
            by: format!("USER:{}", by.email.as_str()),
            reason,
        };
        let mut work = self.store.begin().await?;
        let config = work.token_floor().rotate(&rotation).await?;
        // Asked after it, which holds up everybody else; the unit of work is given up then.
        if version.is_some_and(|version| config.floor.earlier_version != version) {
            return Err(StoreError::Stale.into());
        }
        let line = AuditLine::new(AuditAction::GlobalTokensRotated, caller.user).with(json!({
            "reason": rotation.reason, "new_version": config.floor.version,
            "grace_period_minutes": grace_minutes,
        }));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        // The others read it within the time they keep sessions; who is told, at once.
        self.cache.forget_all();
        // Counted when it is done, because nobody waits for the count.
        let (sessions, users) = self.queries.sessions_below(config.floor.version, call.now).await?;
        tracing::error!(version = config.floor.version, sessions, users, "everybody's tokens were made void");
        Ok(GlobalRotated { config, sessions, users, grace_minutes })
    }
}
