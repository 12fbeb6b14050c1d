//! What an institution says of its own accord, at an address of ours.

use std::{fmt, str::FromStr};

use async_trait::async_trait;

use super::{Connection, ProviderError, SyncRun};
use crate::time::Timestamp;

/// What an institution calls a grant in messages of its own, such as the id of an item. It is no secret, and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId(String);

/// A text that no institution gives a grant as its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a grant has 1 to {} printable ASCII characters", GrantId::LONGEST)]
pub struct GrantIdError;

impl GrantId {
    /// The most characters of one.
    pub const LONGEST: usize = 200;

    /// The institution's spelling, of which every letter counts.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GrantId {
    type Err = GrantIdError;

    fn from_str(text: &str) -> Result<Self, GrantIdError> {
        let is_one =
            (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_one { Ok(Self(text.to_owned())) } else { Err(GrantIdError) }
    }
}

/// A message that came in, before anybody knows from whom.
#[derive(Clone, PartialEq, Eq)]
pub struct HintMessage {
    /// Its headers, with names in small letters.
    pub headers: Vec<(String, String)>,
    /// Its body, to the letter.
    pub body: Vec<u8>,
}

impl fmt::Debug for HintMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever sent it may have put anything into it.
        f.debug_struct("HintMessage").field("size", &self.body.len()).finish_non_exhaustive()
    }
}

impl HintMessage {
    /// The header with this name; `None` if there is none, or more than one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(of, _)| of == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value.as_str())
    }
}

/// What an institution said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// There is something new of this grant: what it is shows when the institution is asked.
    News(GrantId),
    /// Nothing that anything follows from.
    Nothing,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    /// Nothing proves that the institution sent it, or sent it just now.
    #[error("Nothing proves that the institution sent this message.")]
    Unproven,
    /// What would prove it could not be had from the institution.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// Reads what an institution says of its own accord. It says so at least once and in any order, so that a message is a
/// reason to ask and nothing more.
#[async_trait]
pub trait HintsFeed: Send + Sync {
    /// Proves that the institution sent the message not long before `now`, and says what it is about.
    async fn read(&self, message: &HintMessage, now: Timestamp) -> Result<Hint, HintError>;
}

impl Connection {
    /// The institution said that there is something new: data are due at once, if they are due at any time.
    pub fn has_news(&mut self, now: Timestamp) {
        self.news_at = Some(now);
        self.next_sync_at = self.next_sync_at.map(|next| next.min(now));
    }

    /// Whether the institution has said so since this run began, which may not have been shown what is new.
    pub fn has_news_since(&self, run: &SyncRun) -> bool {
        self.news_at.zip(run.started_at).is_some_and(|(news, started)| news >= started)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::id::{ConnectionId, SyncRunId, UserId};

    #[test]
    fn a_grant_has_a_short_name_without_blanks() {
        for text in ["eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6", "x", &"x".repeat(GrantId::LONGEST)] {
            assert_eq!(text.parse::<GrantId>().unwrap().as_str(), text);
        }
        for text in ["", "a b", "a\n", "ä", &"x".repeat(GrantId::LONGEST + 1)] {
            assert_eq!(text.parse::<GrantId>(), Err(GrantIdError), "{text}");
        }
    }

    #[test]
    fn a_header_that_is_there_twice_says_nothing() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![header("proof", "1"), header("twice", "1"), header("twice", "2")];
        let message = HintMessage { headers, body: b"secret-9d2e".to_vec() };
        assert_eq!((message.header("proof"), message.header("twice")), (Some("1"), None));
        assert_eq!(message.header("other"), None);
        assert!(!format!("{message:?}").contains("9d2e"));
    }

    #[test]
    fn news_are_a_reason_to_ask_at_once_and_once_more_after_a_run_that_may_have_missed_them() {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let (id, owner) = (ConnectionId(uuid::Uuid::nil()), UserId(uuid::Uuid::nil()));
        let (provider, alias) = ("sandbox".parse().unwrap(), "Mine".parse().unwrap());
        let mut connection = Connection::new(id, owner, provider, alias, now);
        connection.linked(now);
        connection.synced(1, now);
        let later = now.plus(TimeDelta::minutes(5));
        let id = SyncRunId(uuid::Uuid::nil());
        let mut run = SyncRun::queued(id, connection.id, connection.owner, later);
        assert!(!connection.has_news_since(&run));
        connection.has_news(later);
        assert_eq!(connection.next_sync_at, Some(later));
        assert!(!connection.has_news_since(&run), "it has not begun");
        run.started_at = Some(later);
        assert!(connection.has_news_since(&run));
        run.started_at = Some(later.plus(TimeDelta::seconds(1)));
        assert!(!connection.has_news_since(&run));
        // What is due already stays so, and what is never due is not due by it.
        connection.has_news(later.plus(TimeDelta::minutes(1)));
        assert_eq!(connection.next_sync_at, Some(later));
        connection.switch(false, later);
        connection.has_news(later);
        assert_eq!(connection.next_sync_at, None);
    }
}
