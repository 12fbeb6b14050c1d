//! The further ids under which sources know a transaction.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use crate::id::{AccountId, TransactionId, UserId};

use super::Transaction;

/// An id under which a source knows a transaction beside the one that the row has itself: that of its pending
/// row, of a row it was merged with, or the one it had before it was issued anew. An id of an account is either
/// that of a row or an alias, and never both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alias {
    /// Whose ledger it is in.
    pub owner: UserId,
    /// The account in which the source tells the id.
    pub account: AccountId,
    /// The source's id.
    pub source_id: String,
    /// Tells rows apart to which the source gave one id, from 0.
    pub ordinal: i32,
    /// The transaction it stands for.
    pub transaction: TransactionId,
    /// The row that had this id as its own until it was merged, if it was stored.
    pub merged: Option<TransactionId>,
}

impl Alias {
    /// The transaction's own id as one of another transaction.
    pub fn of(row: &Transaction, transaction: TransactionId) -> Self {
        Self {
            owner: row.owner,
            account: row.account,
            source_id: row.source_id.clone(),
            ordinal: row.ordinal,
            transaction,
            merged: (row.id != transaction).then_some(row.id),
        }
    }
}

/// Stored rows, and what leads to them beside their own ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownRows {
    /// The rows, each once.
    pub rows: Vec<Transaction>,
    /// Further ids of these rows.
    pub aliases: Vec<Alias>,
}

impl From<Vec<Transaction>> for KnownRows {
    /// Rows that have no further ids.
    fn from(rows: Vec<Transaction>) -> Self {
        Self { rows, aliases: Vec::new() }
    }
}

impl KnownRows {
    /// The rows that are known under one of these ids.
    pub fn under<'k>(&'k self, ids: &HashSet<&str>) -> impl Iterator<Item = &'k Transaction> {
        let led: HashSet<TransactionId> = self
            .aliases
            .iter()
            .filter(|alias| ids.contains(alias.source_id.as_str()))
            .map(|alias| alias.transaction)
            .collect();
        let own: HashSet<TransactionId> =
            self.rows.iter().filter(|row| ids.contains(row.source_id.as_str())).map(|row| row.id).collect();
        self.rows.iter().filter(move |row| led.contains(&row.id) || own.contains(&row.id))
    }

    /// What the source of this account has under these ids: its own rows, and those of them that were merged into rows of
    /// another account, which say nothing of whether this source still has them.
    pub fn of_source(&self, account: AccountId, ids: &HashSet<&str>) -> Vec<TransactionId> {
        let own = self.under(ids).filter(|row| row.account == account).map(|row| row.id);
        let is_elsewhere = |id| self.rows.iter().any(|row| row.id == id && row.account != account);
        let led = self.aliases.iter().filter(|alias| ids.contains(alias.source_id.as_str()));
        let merged = led.filter(|alias| is_elsewhere(alias.transaction)).filter_map(|alias| alias.merged);
        own.chain(merged).collect()
    }

    /// The rows by every id they are known under. Of rows with one id only the first is told of, because institutions
    /// give no id twice; files do, and are read otherwise.
    pub(super) fn by_id(&self) -> HashMap<String, TransactionId> {
        let own = self.rows.iter().filter(|row| row.ordinal == 0).map(|row| (row.source_id.clone(), row.id));
        let further = self.aliases.iter().filter(|alias| alias.ordinal == 0);
        own.chain(further.map(|alias| (alias.source_id.clone(), alias.transaction))).collect()
    }
}

/// The id and the ordinal that a [unique id](Transaction::unique_source_id) is made of; `None` for one without an ordinal.
pub(super) fn of_several(unique: &str) -> Option<(&str, i32)> {
    let (id, ordinal) = unique.rsplit_once('#')?;
    Some((id, ordinal.parse().ok().filter(|ordinal| *ordinal > 0)?))
}

impl Transaction {
    /// Its id in files that are exported, which no other row of its account has: of several rows with one id, with its
    /// ordinal behind it. A file with these ids leads back to the same rows.
    pub fn unique_source_id(&self) -> Cow<'_, str> {
        match self.ordinal {
            0 => Cow::Borrowed(&self.source_id),
            ordinal => Cow::Owned(format!("{}#{ordinal}", self.source_id)),
        }
    }
}
