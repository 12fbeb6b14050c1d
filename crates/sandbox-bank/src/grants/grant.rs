//! What a customer granted: who may read what, with which tokens, and what was seen so far.

use std::collections::VecDeque;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    OauthError, Scopes,
    secret::{self, Fingerprint, Use},
};
use crate::faults::{Customer, Lever, Levers};

const ACCESS_TOKENS_KEPT: usize = 8;
const SPENT_REFRESH_TOKENS_KEPT: usize = 64;
const TOKEN_SECONDS: i64 = 1_800;
const SHORT_TOKEN_SECONDS: i64 = 2;

/// A grant, in the shape in which it is also kept on disk. Of tokens it knows fingerprints only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) customer: Customer,
    pub(crate) scopes: Scopes,
    pub(crate) linked_on: NaiveDate,
    pub(crate) access: VecDeque<AccessToken>,
    pub(crate) refresh: Fingerprint,
    pub(crate) spent: VecDeque<Fingerprint>,
    /// The latest tokens have not been used, so it is unknown whether the client ever got them.
    pub(crate) in_doubt: bool,
    pub(crate) history: History,
}

/// An access token that was handed out.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessToken {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) scopes: Scopes,
}

/// What a grant's client has seen so far; some levers go by it.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    /// Data calls, this one included; counted for the lever that goes by it.
    pub(crate) calls: u64,
    /// Readings of the list of accounts, this one included; counted for the levers that go by it.
    pub(crate) account_lists: u64,
    /// A complete listing showed the row that is to be removed.
    pub(crate) saw_removed: bool,
    /// A complete listing showed the row whose id is to change.
    pub(crate) saw_reissued: bool,
    /// Complete listings of the checking account's last days; counted for the levers that go by it.
    #[serde(default)]
    pub(crate) listings: u64,
}

impl History {
    /// Notes a data call; whether that changed anything. What no lever goes by is not counted: a change
    /// means a write to disk.
    pub(crate) fn note(&mut self, levers: Levers, lists_accounts: bool) -> bool {
        let by_lists = [Lever::Flaky, Lever::Split, Lever::CurrencyChange];
        let lists = lists_accounts && by_lists.into_iter().any(|lever| levers.has(lever));
        let calls = levers.has(Lever::RateLimited);
        self.calls += u64::from(calls);
        self.account_lists += u64::from(lists);
        calls || lists
    }
}

/// The tokens of a token answer.
pub(crate) struct Issued {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_in: i64,
    pub(crate) scopes: Scopes,
    /// How things were before, for when the answer cannot be given after all.
    pub(crate) undo: Undo,
}

/// What is needed to take a token answer back.
pub(crate) struct Undo {
    pub(crate) grant: u64,
    pub(crate) refresh: Fingerprint,
    pub(crate) before: Option<Grant>,
}

impl Grant {
    /// Opens a new grant under `number`, with its first tokens.
    pub(crate) fn open(
        number: u64,
        (client_id, customer, scopes): (&str, &Customer, Scopes),
        (now, today): (DateTime<Utc>, NaiveDate),
    ) -> Result<(Self, Issued), OauthError> {
        let (refresh_token, refresh) = secret::issue(Use::Refresh, number)?;
        let mut grant = Self {
            client_id: client_id.to_owned(),
            customer: customer.clone(),
            scopes,
            linked_on: today,
            access: VecDeque::new(),
            refresh,
            spent: VecDeque::new(),
            in_doubt: false,
            history: History::default(),
        };
        let (access_token, expires_in) = grant.issue_access(number, scopes, now)?;
        let undo = Undo { grant: number, refresh, before: None };
        Ok((grant, Issued { access_token, refresh_token, expires_in, scopes, undo }))
    }

    /// Whether this refresh token was handed out for the grant at some time.
    pub(crate) fn ever_had(&self, token: Fingerprint) -> bool {
        self.spent.iter().chain([&self.refresh]).any(|one| one.matches(token))
    }

    /// Whether a refresh token may be used: it is the latest, or the one before it and the answer with the
    /// latest may have been lost on its way.
    pub(crate) fn may_refresh(&self, token: Fingerprint) -> bool {
        let lost = self.spent.back().filter(|_| self.in_doubt).is_some_and(|one| one.matches(token));
        lost || self.refresh.matches(token)
    }

    /// New tokens in place of the latest refresh token, for a `token` that [`Grant::may_refresh`].
    pub(crate) fn rotate(
        &mut self,
        (number, token): (u64, Fingerprint),
        scopes: Scopes,
        now: DateTime<Utc>,
    ) -> Result<Issued, OauthError> {
        let before = Some(self.clone());
        let (refresh_token, refresh) = secret::issue(Use::Refresh, number)?;
        let (access_token, expires_in) = self.issue_access(number, scopes, now)?;
        let latest = std::mem::replace(&mut self.refresh, refresh);
        let known = self.spent.pop_back_if(|last| last.matches(token));
        keep(&mut self.spent, SPENT_REFRESH_TOKENS_KEPT, latest);
        // A token used again stays the last one: this answer may be lost like the one before.
        self.spent.extend(known);
        self.in_doubt = true;
        let undo = Undo { grant: number, refresh, before };
        Ok(Issued { access_token, refresh_token, expires_in, scopes, undo })
    }

    /// The scopes of an access token, while it is valid.
    pub(crate) fn allowed(&self, token: Fingerprint, now: DateTime<Utc>) -> Option<Scopes> {
        let found = self.access.iter().find(|one| one.fingerprint.matches(token))?;
        (now < found.expires_at).then_some(found.scopes)
    }

    /// Notes that an access token was used; whether that changed anything. The latest one shows that the
    /// client got the latest answer.
    pub(crate) fn used(&mut self, token: Fingerprint) -> bool {
        let latest = self.access.back().is_some_and(|one| one.fingerprint.matches(token));
        let settles = self.in_doubt && latest;
        self.in_doubt &= !settles;
        settles
    }

    fn issue_access(
        &mut self,
        number: u64,
        scopes: Scopes,
        now: DateTime<Utc>,
    ) -> Result<(String, i64), OauthError> {
        let short = self.customer.levers.has(Lever::ShortTokens);
        let expires_in = if short { SHORT_TOKEN_SECONDS } else { TOKEN_SECONDS };
        let (access_token, fingerprint) = secret::issue(Use::Access, number)?;
        let expires_at = now + TimeDelta::seconds(expires_in);
        keep(&mut self.access, ACCESS_TOKENS_KEPT, AccessToken { fingerprint, expires_at, scopes });
        Ok((access_token, expires_in))
    }
}

/// Adds an entry and forgets the oldest ones over the limit.
fn keep<T>(entries: &mut VecDeque<T>, limit: usize, entry: T) {
    entries.push_back(entry);
    while entries.len() > limit {
        entries.pop_front();
    }
}
