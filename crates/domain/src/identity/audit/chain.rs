//! The audit trail as a chain: every line carries a hash over itself and the line before, so that a line that was
//! altered, removed or moved is noticed.
//!
//! Each user has a chain, and what concerns nobody has one; so writers of different users never wait for each other.
//! The newest link of a chain is kept beside the trail (its *head*), which shows when lines are missing at the end.
//! Whoever can rewrite trail and heads and holds the key can forge everything; whoever lacks the key cannot.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    id::{AuditId, ConnectionId, UserId},
    identity::AuditEntry,
    secret::SecretHash,
    time::Timestamp,
};

/// The chain of lines that concern nobody's account.
pub const NOBODYS_CHAIN: Uuid = Uuid::nil();

/// What the first line of a chain follows on.
pub const CHAIN_START: SecretHash = SecretHash::from_bytes([0; 32]);

/// Makes the hashes of the trail.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AuditSeal: Send + Sync {
    /// The hash of a line in its canonical form that follows on `previous`.
    fn link(&self, previous: &SecretHash, line: &[u8]) -> SecretHash;
    /// What is noted instead of an identifier that belongs to nobody: people type passwords into that field. The
    /// same identifier gives the same text.
    fn pseudonym(&self, identifier: &str) -> String;
}

/// [`AuditSeal`] without a key: shows damage, and a forger who cannot compute SHA-256. For stores nobody gave a key.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainSeal;

impl AuditSeal for PlainSeal {
    fn link(&self, previous: &SecretHash, line: &[u8]) -> SecretHash {
        SecretHash::from_bytes(
            Sha256::new().chain_update(previous.as_bytes()).chain_update(line).finalize().into(),
        )
    }

    fn pseudonym(&self, identifier: &str) -> String {
        SecretHash::of(identifier).to_hex()
    }
}

/// A line of the trail as it is stored, with its place in its chain. Kept as text, so that what somebody altered into
/// nonsense can still be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its id.
    pub id: AuditId,
    /// The chain: the user's id, or [`NOBODYS_CHAIN`].
    pub chain: Uuid,
    /// Place in the chain, from 1.
    pub position: i64,
    /// When; `None` when what is stored is no instant.
    pub at: Option<Timestamp>,
    /// What was done.
    pub action: String,
    /// Whose account it concerns.
    pub user: Option<UserId>,
    /// The connection it concerns.
    pub connection: Option<ConnectionId>,
    /// Address of the client.
    pub address: Option<String>,
    /// Software of the client.
    pub user_agent: Option<String>,
    /// Further facts, JSON.
    pub details: String,
    /// Hash of the line before, in hexadecimal; empty for lines older than the chain.
    pub previous: String,
    /// Its own hash; empty for lines older than the chain.
    pub hash: String,
}

impl AuditRecord {
    /// The line as it is stored, not yet linked.
    pub fn unlinked(entry: &AuditEntry) -> Self {
        Self {
            id: entry.id,
            chain: entry.user.map_or(NOBODYS_CHAIN, |user| user.0),
            position: 0,
            at: Some(entry.at),
            action: entry.action.as_str().to_owned(),
            user: entry.user,
            connection: entry.connection,
            address: entry.address.map(|address: IpAddr| address.to_string()),
            user_agent: entry.user_agent.clone(),
            details: entry.details.to_string(),
            previous: String::new(),
            hash: String::new(),
        }
    }

    /// Gives the line its place after the head, which moves on to it.
    pub fn link(&mut self, head: &mut ChainHead, seal: &dyn AuditSeal) {
        self.position = head.position + 1;
        self.previous = head.hash.to_hex();
        head.position = self.position;
        head.hash = seal.link(&head.hash, &self.canonical());
        self.hash = head.hash.to_hex();
    }

    /// Whether the line is older than the chain, and only covered by the first linked line after it.
    pub fn is_unlinked(&self) -> bool {
        self.hash.is_empty() && self.previous.is_empty()
    }

    /// Everything but the hashes, each field with its length in front, so that no two lines look alike.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = b"dashtam/audit/v1".to_vec();
        let mut field = |value: Option<&[u8]>| match value {
            Some(value) => {
                bytes.push(1);
                bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
                bytes.extend_from_slice(value);
            }
            None => bytes.push(0),
        };
        field(Some(self.chain.as_bytes()));
        field(Some(&self.position.to_be_bytes()));
        field(Some(self.id.0.as_bytes()));
        field(self.at.map(|at| at.as_micros().to_be_bytes()).as_ref().map(<[u8; 8]>::as_slice));
        field(Some(self.action.as_bytes()));
        field(self.user.as_ref().map(|user| user.0.as_bytes().as_slice()));
        field(self.connection.as_ref().map(|id| id.0.as_bytes().as_slice()));
        field(self.address.as_deref().map(str::as_bytes));
        field(self.user_agent.as_deref().map(str::as_bytes));
        field(Some(self.details.as_bytes()));
        bytes
    }
}

/// The newest link of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// The chain.
    pub chain: Uuid,
    /// Place of its newest line; 0 before the first.
    pub position: i64,
    /// Hash of its newest line.
    pub hash: SecretHash,
}

impl ChainHead {
    /// The head of a chain without linked lines.
    pub fn start(chain: Uuid) -> Self {
        Self { chain, position: 0, hash: CHAIN_START }
    }

    /// Takes over a line that is older than the chain: the first linked line vouches for it.
    pub fn adopt(&mut self, old: &AuditRecord, seal: &dyn AuditSeal) {
        self.position = old.position;
        self.hash = seal.link(&self.hash, &old.canonical());
    }
}

/// Place of a line among all chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainKey {
    /// The chain.
    pub chain: Uuid,
    /// Place in it.
    pub position: i64,
}

/// Something wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFault {
    /// The line is not what was written, or stands elsewhere than where it was written.
    Altered {
        /// Its id.
        line: AuditId,
        /// Its place.
        at: ChainKey,
    },
    /// Lines are missing.
    Missing {
        /// The chain.
        chain: Uuid,
        /// First missing place.
        from: i64,
        /// Last missing place.
        to: i64,
    },
    /// The line was never linked although lines before it were.
    Unlinked {
        /// Its id.
        line: AuditId,
        /// Its place.
        at: ChainKey,
    },
    /// Linked lines, and nothing that says which is the newest.
    Headless {
        /// The chain.
        chain: Uuid,
    },
}

/// Goes through the lines of one chain in order, and notes what is wrong.
#[derive(Debug)]
pub struct ChainCheck {
    seen: ChainHead,
    /// What was the newest line before the check began.
    head: Option<ChainHead>,
    linked: bool,
    faults: Vec<ChainFault>,
}

impl ChainCheck {
    /// Begins with a chain whose newest line is said to be `head`.
    pub fn new(chain: Uuid, head: Option<ChainHead>) -> Self {
        Self { seen: ChainHead::start(chain), head, linked: false, faults: Vec::new() }
    }

    /// The chain.
    pub fn chain(&self) -> Uuid {
        self.seen.chain
    }

    /// Looks at the next line.
    pub fn line(&mut self, line: &AuditRecord, seal: &dyn AuditSeal) {
        let at = ChainKey { chain: line.chain, position: line.position };
        if line.position <= self.seen.position {
            self.faults.push(ChainFault::Altered { line: line.id, at });
            return;
        }
        if line.position > self.seen.position + 1 {
            self.missing(self.seen.position + 1, line.position - 1);
        }
        let gap = line.position > self.seen.position + 1;
        self.seen.position = line.position;
        if line.is_unlinked() {
            if self.linked {
                self.faults.push(ChainFault::Unlinked { line: line.id, at });
            }
            self.seen.hash = seal.link(&self.seen.hash, &line.canonical());
            return;
        }
        self.linked = true;
        let previous = SecretHash::from_hex(&line.previous);
        let stored = SecretHash::from_hex(&line.hash);
        let follows = gap || previous.is_some_and(|previous| previous.matches(&self.seen.hash));
        let whole = previous
            .zip(stored)
            .is_some_and(|(previous, stored)| seal.link(&previous, &line.canonical()).matches(&stored));
        if !whole || !follows {
            self.faults.push(ChainFault::Altered { line: line.id, at });
        }
        // Going on from what is stored, one altered line is one fault.
        self.seen.hash = stored.unwrap_or(self.seen.hash);
        if let Some(head) = &self.head
            && head.position == line.position
            && !head.hash.matches(&self.seen.hash)
            && whole
        {
            self.faults.push(ChainFault::Altered { line: line.id, at });
        }
    }

    /// What was wrong, after the last line.
    pub fn finish(mut self) -> Vec<ChainFault> {
        match &self.head {
            Some(head) if head.position > self.seen.position => {
                let to = head.position;
                self.missing(self.seen.position + 1, to);
            }
            None if self.linked => self.faults.push(ChainFault::Headless { chain: self.seen.chain }),
            _ => {}
        }
        self.faults
    }

    fn missing(&mut self, from: i64, to: i64) {
        self.faults.push(ChainFault::Missing { chain: self.seen.chain, from, to });
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
