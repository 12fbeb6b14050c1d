//! Codes, grants and tokens, kept in memory within bounds.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    OauthError, Scopes,
    bounded::Bounded,
    secret::{self, Fingerprint, Use},
};
use crate::faults::{Customer, Lever};

const CODES_KEPT: usize = 2_000;
const GRANTS_KEPT: usize = 5_000;
const ACCESS_TOKENS_KEPT: usize = 8;
const SPENT_REFRESH_TOKENS_KEPT: usize = 64;
const CODE_SECONDS: i64 = 60;
const TOKEN_SECONDS: i64 = 1_800;
const SHORT_TOKEN_SECONDS: i64 = 2;

/// What a customer agreed to.
pub(super) struct Consent {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) scopes: Scopes,
    pub(super) customer: Customer,
}

struct Code {
    consent: Consent,
    fingerprint: Fingerprint,
    expires_at: DateTime<Utc>,
    spent: bool,
    grant: Option<u64>,
}

struct Grant {
    client_id: String,
    customer: Customer,
    scopes: Scopes,
    linked_on: NaiveDate,
    access: VecDeque<(Fingerprint, DateTime<Utc>, Scopes)>,
    refresh: Fingerprint,
    spent: VecDeque<Fingerprint>,
    history: History,
}

/// What a grant's client has seen so far; some levers go by it.
#[derive(Clone, Copy, Default)]
pub(crate) struct History {
    /// Data calls, this one included.
    pub(crate) calls: u64,
    /// Readings of the list of accounts, this one included.
    pub(crate) account_lists: u64,
    /// A complete listing showed the row that is to be removed.
    pub(crate) saw_removed: bool,
    /// A complete listing showed the row whose id is to change.
    pub(crate) saw_reissued: bool,
}

/// A token answer.
pub(super) struct Issued {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) expires_in: i64,
    pub(super) scopes: Scopes,
}

/// A data call with a valid access token.
pub(crate) struct Visit {
    pub(crate) grant: u64,
    pub(crate) customer: Customer,
    pub(crate) scopes: Scopes,
    pub(crate) linked_on: NaiveDate,
    pub(crate) history: History,
}

struct State {
    codes: Bounded<Code>,
    grants: Bounded<Grant>,
}

/// The bank's memory of who may read what.
pub(crate) struct Store(Mutex<State>);

impl Default for Store {
    fn default() -> Self {
        Self(Mutex::new(State { codes: Bounded::new(CODES_KEPT), grants: Bounded::new(GRANTS_KEPT) }))
    }
}

impl Store {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A code for what the customer agreed to.
    pub(super) fn consent(&self, consent: Consent, now: DateTime<Utc>) -> Result<String, OauthError> {
        let mut state = self.state();
        let (text, fingerprint) = secret::issue(Use::Code, state.codes.next_number())?;
        let expires_at = now + TimeDelta::seconds(CODE_SECONDS);
        state.codes.insert(Code { consent, fingerprint, expires_at, spent: false, grant: None });
        Ok(text)
    }

    /// Tokens for a code. A code works once; a second try revokes what the first one gave.
    pub(super) fn exchange(
        &self,
        client_id: &str,
        (code, redirect_uri, verifier): (&str, &str, &str),
        (now, today): (DateTime<Utc>, NaiveDate),
    ) -> Result<Issued, OauthError> {
        let mut state = self.state();
        let State { codes, grants } = &mut *state;
        let (number, fingerprint) = secret::read(Use::Code, code).ok_or(OauthError::InvalidGrant)?;
        let code = codes
            .get_mut(number)
            .filter(|code| code.fingerprint.matches(fingerprint) && code.consent.client_id == client_id)
            .ok_or(OauthError::InvalidGrant)?;
        if code.spent {
            if let Some(grant) = code.grant.take() {
                grants.remove(grant);
            }
            return Err(OauthError::InvalidGrant);
        }
        // A failed try spends the code too: whoever holds it without the verifier has stolen it.
        code.spent = true;
        let consent = &code.consent;
        if now >= code.expires_at
            || consent.redirect_uri != redirect_uri
            || !secret::verifies(&consent.challenge, verifier)
        {
            return Err(OauthError::InvalidGrant);
        }
        let number = grants.next_number();
        let (refresh_token, refresh) = secret::issue(Use::Refresh, number)?;
        let mut grant = Grant {
            client_id: consent.client_id.clone(),
            customer: consent.customer.clone(),
            scopes: consent.scopes,
            linked_on: today,
            access: VecDeque::new(),
            refresh,
            spent: VecDeque::new(),
            history: History::default(),
        };
        let issued = grant.issue_access(number, refresh_token, consent.scopes, now)?;
        code.grant = Some(grants.insert(grant));
        Ok(issued)
    }

    /// New tokens for a refresh token. An old refresh token revokes the grant: one of two holders stole it.
    pub(super) fn refresh(
        &self,
        client_id: &str,
        (token, scope): (&str, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<Issued, OauthError> {
        let mut state = self.state();
        let (number, fingerprint) = secret::read(Use::Refresh, token).ok_or(OauthError::InvalidGrant)?;
        let grant = state
            .grants
            .get_mut(number)
            .filter(|grant| grant.client_id == client_id)
            .ok_or(OauthError::InvalidGrant)?;
        if grant.spent.iter().any(|spent| spent.matches(fingerprint)) {
            state.grants.remove(number);
            return Err(OauthError::InvalidGrant);
        }
        let levers = grant.customer.levers;
        let refused = levers.has(Lever::ExpiredGrant) || levers.has(Lever::RevokedGrant);
        if refused || !grant.refresh.matches(fingerprint) {
            return Err(OauthError::InvalidGrant);
        }
        let scopes = match scope {
            Some(text) => Scopes::parse(Some(text)).filter(|asked| grant.scopes.covers(*asked)),
            None => Some(grant.scopes),
        };
        let scopes = scopes.ok_or(OauthError::InvalidScope)?;
        let (refresh_token, refresh) = secret::issue(Use::Refresh, number)?;
        let issued = grant.issue_access(number, refresh_token, scopes, now)?;
        keep(&mut grant.spent, SPENT_REFRESH_TOKENS_KEPT, std::mem::replace(&mut grant.refresh, refresh));
        Ok(issued)
    }

    /// Revokes a grant by its refresh token, or one access token. Unknown tokens are none of our business.
    pub(super) fn revoke(&self, client_id: &str, token: &str) {
        let mut state = self.state();
        if let Some((number, fingerprint)) = secret::read(Use::Refresh, token) {
            let known = state.grants.get_mut(number).is_some_and(|grant| {
                let mut all = grant.spent.iter().chain([&grant.refresh]);
                grant.client_id == client_id && all.any(|one| one.matches(fingerprint))
            });
            if known {
                state.grants.remove(number);
            }
        } else if let Some((number, fingerprint)) = secret::read(Use::Access, token)
            && let Some(grant) = state.grants.get_mut(number).filter(|grant| grant.client_id == client_id)
        {
            grant.access.retain(|(one, ..)| !one.matches(fingerprint));
        }
    }

    /// Notes a data call, when its access token is valid.
    pub(crate) fn visit(&self, token: &str, lists_accounts: bool, now: DateTime<Utc>) -> Option<Visit> {
        let mut state = self.state();
        let (number, fingerprint) = secret::read(Use::Access, token)?;
        let grant = state.grants.get_mut(number)?;
        let valid = grant.access.iter().find(|(one, ..)| one.matches(fingerprint));
        let (_, _, scopes) = *valid.filter(|(_, expires_at, _)| now < *expires_at)?;
        if grant.customer.levers.has(Lever::RevokedGrant) {
            return None;
        }
        grant.history.calls += 1;
        grant.history.account_lists += u64::from(lists_accounts);
        Some(Visit {
            grant: number,
            customer: grant.customer.clone(),
            scopes,
            linked_on: grant.linked_on,
            history: grant.history,
        })
    }

    /// Notes which rows with a lever on them a complete listing has shown.
    pub(crate) fn listed(&self, grant: u64, removed: bool, reissued: bool) {
        if let Some(grant) = self.state().grants.get_mut(grant) {
            grant.history.saw_removed |= removed;
            grant.history.saw_reissued |= reissued;
        }
    }
}

impl Grant {
    fn issue_access(
        &mut self,
        number: u64,
        refresh_token: String,
        scopes: Scopes,
        now: DateTime<Utc>,
    ) -> Result<Issued, OauthError> {
        let short = self.customer.levers.has(Lever::ShortTokens);
        let expires_in = if short { SHORT_TOKEN_SECONDS } else { TOKEN_SECONDS };
        let (access_token, fingerprint) = secret::issue(Use::Access, number)?;
        let entry = (fingerprint, now + TimeDelta::seconds(expires_in), scopes);
        keep(&mut self.access, ACCESS_TOKENS_KEPT, entry);
        Ok(Issued { access_token, refresh_token, expires_in, scopes })
    }
}

/// Adds an entry and forgets the oldest ones over the limit.
fn keep<T>(entries: &mut VecDeque<T>, limit: usize, entry: T) {
    entries.push_back(entry);
    while entries.len() > limit {
        entries.pop_front();
    }
}
