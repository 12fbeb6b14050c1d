//! The lowest token version that counts, for everybody: raised when tokens may have leaked.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{store::StoreError, time::Timestamp};

/// The lowest version of a session that is admitted. Raising it leaves older sessions a grace; a later rotation
/// never prolongs the grace of an earlier one, which is why two steps are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenFloor {
    /// Sessions that began under a lower version end at `grace_until`.
    pub version: i32,
    /// First instant at which they are refused.
    pub grace_until: Timestamp,
    /// The version before; sessions below it end at `earlier_until` if that comes first.
    pub earlier_version: i32,
    /// First instant at which those are refused.
    pub earlier_until: Timestamp,
}

impl TokenFloor {
    /// Whether a session that began under this version is admitted at this instant.
    pub fn admits(&self, version: i32, now: Timestamp) -> bool {
        (version >= self.version || now < self.grace_until)
            && (version >= self.earlier_version || now < self.earlier_until)
    }
}

/// The installation's one row about token versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityConfig {
    /// What counts now.
    pub floor: TokenFloor,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it, e.g. `USER:ann@example.com`; `None` before the first rotation.
    pub updated_by: Option<String>,
    /// The reason that was given.
    pub reason: Option<String>,
}

/// A rotation of everybody's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalRotation {
    /// When it happened.
    pub at: Timestamp,
    /// How long older sessions go on.
    pub grace: TimeDelta,
    /// Who asked for it.
    pub by: String,
    /// The reason that was given.
    pub reason: String,
}

/// The installation's token floor, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TokenFloorRepository: Send {
    /// Raises the floor by one, in one statement: of racing rotations each gets a version of its own. What counts
    /// from then on.
    async fn rotate(&mut self, rotation: &GlobalRotation) -> Result<SecurityConfig, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_is_never_prolonged_by_a_later_rotation() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let floor =
            TokenFloor { version: 3, grace_until: at(100), earlier_version: 2, earlier_until: at(50) };
        for (version, now, admitted) in
            [(3, 1_000, true), (2, 99, true), (2, 100, false), (1, 49, true), (1, 50, false), (1, 99, false)]
        {
            assert_eq!(floor.admits(version, at(now)), admitted, "{version} at {now}");
        }
    }
}
