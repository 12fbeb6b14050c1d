//! What is told of the end of a grant, and when: 72, 24 and 2 hours before it, and at its end.

use chrono::TimeDelta;

use crate::{
    id::{ConnectionId, UserId},
    time::Timestamp,
};

/// How long before its end a grant's owner is warned.
pub const WARNINGS: [TimeDelta; 3] = [TimeDelta::hours(72), TimeDelta::hours(24), TimeDelta::hours(2)];

/// Something that is due to be told of a grant's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryNotice {
    /// The connection it is about.
    pub connection: ConnectionId,
    /// The user it belongs to.
    pub owner: UserId,
    /// Since when it is due; names the notice.
    pub due_at: Timestamp,
    /// When the grant ends.
    pub grant_expires_at: Timestamp,
}

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryWord {
    /// Nothing yet.
    Nothing,
    /// The grant ends soon.
    Expiring,
    /// It has ended.
    Expired,
}

impl ExpiryNotice {
    /// What there is to say now. Of several warnings that were missed, one is given.
    pub fn word(&self, now: Timestamp) -> ExpiryWord {
        match self.grant_expires_at.since(now) {
            left if left <= TimeDelta::zero() => ExpiryWord::Expired,
            left if left <= WARNINGS[0] => ExpiryWord::Expiring,
            _ => ExpiryWord::Nothing,
        }
    }
}

/// When something has to be told next of a grant that ends at `end`; `None` once it has ended.
pub fn next_notice(end: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let warnings = WARNINGS.map(|before| end.plus(-before));
    warnings.into_iter().chain([end]).find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_warnings_and_the_end_each_have_their_time() {
        let start = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let end = start.plus(TimeDelta::days(7));
        let mut now = start;
        let mut hours = Vec::new();
        while let Some(next) = next_notice(end, now) {
            hours.push(end.since(next).num_hours());
            now = next;
        }
        assert_eq!(hours, [72, 24, 2, 0]);
        // Nobody looked for days: what is missed is missed, the next one is still told.
        assert_eq!(next_notice(end, end.plus(-TimeDelta::hours(5))), Some(end.plus(-TimeDelta::hours(2))));
    }

    #[test]
    fn a_notice_says_what_is_true_when_it_is_told() {
        let at = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let (connection, owner) = (ConnectionId(uuid::Uuid::nil()), UserId(uuid::Uuid::nil()));
        let notice = ExpiryNotice { connection, owner, due_at: at, grant_expires_at: at };
        let said = |hours| notice.word(at.plus(-TimeDelta::hours(hours)));
        assert_eq!([said(73), said(72), said(1), said(0), said(-9)], {
            use ExpiryWord::{Expired, Expiring, Nothing};
            [Nothing, Expiring, Expiring, Expired, Expired]
        });
    }
}
