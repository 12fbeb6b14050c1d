//! Accounts that look like one: what a person is asked about, never joined without.

use super::{
    Account, Transaction, TransactionStatus,
    account::stored_enum,
    matching::{ACROSS_DAYS, Decided, Words, across},
};
use crate::{id::AccountId, time::Day};

/// From here on two names are like each other, in thousandths.
const LIKE: i64 = 500;
/// So many rows have to be there of both, where nothing else tells that the accounts are one.
const ENOUGH: usize = 3;

stored_enum! {
    /// What two accounts are said to be.
    ProposalKind {
        /// One account that two sources tell of.
        SameAccount = "same_account",
        /// An account, and the same one under the id that its institution gave it later.
        Replaces = "replaces",
    }
}

/// What two accounts agree in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountEvidence {
    /// Whether the names of the institutions are like each other; `None` where one of them has none.
    pub institution: Option<bool>,
    /// Whether the ends of the numbers are the same; `None` where one of them has none.
    pub number: Option<bool>,
    /// Whether the names are the same.
    pub name: bool,
    /// Whether the last balances are the same.
    pub balance: bool,
    /// How many rows of the account were held against the other's: those of days that both tell of.
    pub rows_compared: usize,
    /// How many of them are there, too.
    pub rows_found: usize,
}

/// Two accounts that look like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProposal {
    /// The account that would be linked.
    pub account: AccountId,
    /// To this one.
    pub same_as: AccountId,
    /// What they are said to be.
    pub kind: ProposalKind,
    /// What that is founded on.
    pub evidence: AccountEvidence,
}

/// Two accounts that may be one, before their rows are looked at: which would be linked, to which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates<'a> {
    /// The account that would be linked.
    pub account: &'a Account,
    /// To this one.
    pub to: &'a Account,
    kind: ProposalKind,
    evidence: AccountEvidence,
}

/// The end of a number, without what stands for the rest.
fn ending(mask: Option<&str>) -> Option<String> {
    let plain: Vec<char> = mask?.chars().filter(|c| c.is_alphanumeric()).collect();
    let end: String = plain[plain.len().saturating_sub(4)..].iter().collect();
    (!end.is_empty()).then(|| end.to_uppercase())
}

/// Whether what institutions call themselves is like each other.
fn institutions(one: &Account, other: &Account) -> Option<bool> {
    let (one, other) = (one.institution.as_deref()?, other.institution.as_deref()?);
    let is_same = one.trim().eq_ignore_ascii_case(other.trim());
    Some(is_same || Words::of(one).likeness(&Words::of(other)) >= LIKE)
}

/// Whether accounts of these sorts may be one: some sources know no more than that it is an account.
fn sorts_agree(one: &Account, other: &Account) -> bool {
    use super::AccountKind::Other;
    let (one, other) = (one.shown_kind(), other.shown_kind());
    one == other || one == Other || other == Other || (one.holds_securities() && other.holds_securities())
}

impl<'a> Candidates<'a> {
    /// Whether these two, of one owner, may be one. They are not if a person says so, or if one institution shows both at
    /// once.
    pub fn of(one: &'a Account, other: &'a Account) -> Option<Self> {
        let older_first = if (one.created_at, one.id) <= (other.created_at, other.id) {
            (one, other)
        } else {
            (other, one)
        };
        let (older, newer) = older_first;
        let connections = (one.source.connection(), other.source.connection());
        let evidence = AccountEvidence {
            institution: institutions(one, other),
            number: ending(one.mask.as_deref())
                .zip(ending(other.mask.as_deref()))
                .map(|(one, other)| one == other),
            name: one.name.trim().eq_ignore_ascii_case(other.name.trim()),
            balance: one.balance.is_some_and(|balance| !balance.is_zero() && other.balance == Some(balance)),
            rows_compared: 0,
            rows_found: 0,
        };
        // The older one was not told of since the newer one is there.
        let has_ended = !older.is_active || older.last_synced_at < Some(newer.created_at);
        let is_connected = connections.0.is_some() && connections.1.is_some();
        let is_replaced = is_connected
            && has_ended
            && evidence.institution == Some(true)
            && evidence.name
            && evidence.number != Some(false)
            && (evidence.number == Some(true) || evidence.balance);
        let (account, to, kind) = match connections {
            // What there was goes on.
            _ if is_replaced => (newer, older, ProposalKind::Replaces),
            (Some(one), Some(other)) if one == other => return None,
            (Some(_), None) => (other, one, ProposalKind::SameAccount),
            (None, Some(_)) => (one, other, ProposalKind::SameAccount),
            _ => (newer, older, ProposalKind::SameAccount),
        };
        let is_open = account.same_as().is_none()
            && account.unlinkable(to).is_none()
            && !account.is_distinct_from(to)
            && sorts_agree(account, to);
        let may_be = evidence.number != Some(false) && evidence.institution != Some(false);
        (is_open && may_be).then_some(Self { account, to, kind, evidence })
    }

    /// What is proposed, given rows of both, the latest first: they have to be like each other as far as both tell of the
    /// same days.
    pub fn confirmed(self, rows: &[Transaction], others: &[Transaction]) -> Option<AccountProposal> {
        let Self { account, to, kind, mut evidence } = self;
        let posted = |row: &&Transaction| row.status == TransactionStatus::Posted;
        let days = others.iter().filter(posted).map(|row| row.day);
        let span = days.clone().min().zip(days.max());
        let compared: Vec<Transaction> = match span {
            None => Vec::new(),
            Some((from, to)) => {
                let is_told = |day: Day| (from..=to).contains(&day);
                rows.iter().filter(posted).filter(|row| is_told(row.day)).cloned().collect()
            }
        };
        evidence.rows_compared = compared.len();
        evidence.rows_found = across(&compared, others, &Decided::default()).applied.len();
        let is_contradicted = 2 * evidence.rows_found < evidence.rows_compared;
        let is_confirmed = evidence.rows_found >= ENOUGH && !is_contradicted;
        let is_named = evidence.number == Some(true) && evidence.institution == Some(true);
        let holds = match kind {
            // Rows of the time before are not told again.
            ProposalKind::Replaces => true,
            ProposalKind::SameAccount => is_confirmed || (is_named && !is_contradicted),
        };
        holds.then_some(AccountProposal { account: account.id, same_as: to.id, kind, evidence })
    }

    /// The days of which the other account's rows are needed, given these of the account.
    pub fn days(rows: &[Transaction]) -> Option<(Day, Day)> {
        let days = rows.iter().map(|row| row.day);
        let (from, to) = days.clone().min().zip(days.max())?;
        Some((from.plus_days(-ACROSS_DAYS), to.plus_days(ACROSS_DAYS)))
    }
}

#[cfg(test)]
#[path = "proposal_tests.rs"]
mod tests;
