//! What a unit of work has to tell its users' programs.

use dashtam_domain::id::{SessionId, UserId};

/// What a unit of work has to tell.
#[derive(Debug, Default)]
pub(crate) struct ToTell {
    /// The last event of each owner that the unit added.
    pub(crate) last: Vec<(UserId, i64)>,
    /// Sessions that it ended.
    pub(crate) ended: Vec<(UserId, SessionId)>,
}

impl ToTell {
    /// Remembers that the unit ended these sessions.
    pub(crate) fn ended(&mut self, owner: UserId, sessions: impl IntoIterator<Item = SessionId>) {
        self.ended.extend(sessions.into_iter().map(|session| (owner, session)));
    }

    /// Remembers the last event of this owner.
    pub(crate) fn told(&mut self, owner: UserId, seq: i64) {
        match self.last.iter_mut().find(|(of, _)| *of == owner) {
            Some((_, last)) => *last = seq,
            None => self.last.push((owner, seq)),
        }
    }
}
