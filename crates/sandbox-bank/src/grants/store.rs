//! Codes, grants and tokens, within bounds. Grants outlive the process when there is a state file; codes,
//! which live for a minute, do not.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    OauthError, Scopes,
    book::Book,
    bounded::Bounded,
    grant::{Grant, History, Issued, Undo},
    secret::{self, Fingerprint, Use},
};
use crate::faults::{Customer, Lever};

const CODES_KEPT: usize = 2_000;
const GRANTS_KEPT: usize = 5_000;
const CODE_SECONDS: i64 = 60;

/// What a customer agreed to.
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) scopes: Scopes,
    pub(crate) customer: Customer,
}

struct Code {
    consent: Consent,
    fingerprint: Fingerprint,
    expires_at: DateTime<Utc>,
    spent: bool,
    grant: Option<u64>,
}

/// One data call with a valid access token.
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
    /// A number that grows with every change of a grant.
    version: u64,
}

/// All grants, codes and tokens of the bank.
pub(crate) struct Store(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    book: Option<Book>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the changes since the last time. It blocks.
    fn write(&self) -> io::Result<()> {
        let Some(book) = &self.book else { return Ok(()) };
        book.write(|| {
            let state = self.state();
            (state.version, Book::text(&state.grants))
        })
    }
}

impl Store {
    /// The memory as the state file has it, or an empty one. Blocks.
    pub(crate) fn open(state_file: Option<PathBuf>) -> io::Result<Self> {
        let mut grants = Bounded::new(GRANTS_KEPT);
        let book = state_file.map(Book::at);
        if let Some(book) = &book {
            grants.restore(book.read()?);
        }
        let codes = Bounded::new(CODES_KEPT);
        let shared = Shared { state: Mutex::new(State { codes, grants, version: 1 }), book };
        // A place that cannot be written is to be known before the first customer comes.
        shared.write()?;
        Ok(Self(Arc::new(shared)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }

    /// Brings the state file up to date, off the runtime's threads. Costs nothing when it is.
    pub(crate) async fn save(&self) -> io::Result<()> {
        let Some(book) = &self.0.book else { return Ok(()) };
        let version = self.state().version;
        if book.has(version) {
            return Ok(());
        }
        let shared = Arc::clone(&self.0);
        let written = tokio::task::spawn_blocking(move || shared.write()).await;
        let outcome = written.map_err(io::Error::other).flatten();
        if let Err(error) = &outcome {
            tracing::error!(%error, "the sandbox bank cannot write its state file");
        }
        outcome
    }

    /// Saves before tokens are handed out. Tokens that would not survive a restart are taken back.
    pub(crate) async fn settle(&self, outcome: Result<Issued, OauthError>) -> Result<Issued, OauthError> {
        let saved = self.save().await;
        let issued = outcome?;
        if let Err(error) = saved {
            self.take_back(issued.undo);
            return Err(error.into());
        }
        Ok(issued)
    }

    fn take_back(&self, undo: Undo) {
        let mut state = self.state();
        state.version += 1;
        match undo.before {
            None => state.grants.remove(undo.grant),
            Some(before) => {
                let grant = state.grants.get_mut(undo.grant);
                // Somebody else may have refreshed or revoked in the meantime.
                if let Some(grant) = grant.filter(|grant| grant.refresh.matches(undo.refresh)) {
                    *grant = before;
                }
            }
        }
    }

    /// Makes a code for the scopes that the customer agreed to.
    pub(crate) fn consent(&self, consent: Consent, now: DateTime<Utc>) -> Result<String, OauthError> {
        let mut state = self.state();
        let (text, fingerprint) = secret::issue(Use::Code, state.codes.next_number())?;
        let expires_at = now + TimeDelta::seconds(CODE_SECONDS);
        state.codes.insert(Code { consent, fingerprint, expires_at, spent: false, grant: None });
        Ok(text)
    }

    /// Tokens for a code. A code works once; a second try revokes what the first one gave.
    pub(crate) fn exchange(
        &self,
        client_id: &str,
        (code, redirect_uri, verifier): (&str, &str, &str),
        (now, today): (DateTime<Utc>, NaiveDate),
    ) -> Result<Issued, OauthError> {
        let mut state = self.state();
        let State { codes, grants, version } = &mut *state;
        let (number, fingerprint) = secret::read(Use::Code, code).ok_or(OauthError::InvalidGrant)?;
        let code = codes
            .get_mut(number)
            .filter(|code| code.fingerprint.matches(fingerprint) && code.consent.client_id == client_id)
            .ok_or(OauthError::InvalidGrant)?;
        if code.spent {
            if let Some(grant) = code.grant.take() {
                grants.remove(grant);
                *version += 1;
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
        let granted = (client_id, &consent.customer, consent.scopes);
        let (grant, issued) = Grant::open(grants.next_number(), granted, (now, today))?;
        code.grant = Some(grants.insert(grant));
        *version += 1;
        Ok(issued)
    }

    /// New tokens for a refresh token. An old refresh token revokes the grant: one of two holders stole it.
    /// The last one before the latest still works until the latest tokens are used, for the answer that
    /// brought them may have been lost, e.g. because the client was killed before it could store them.
    pub(crate) fn refresh(
        &self,
        client_id: &str,
        (token, scope): (&str, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<Issued, OauthError> {
        let mut state = self.state();
        let State { grants, version, .. } = &mut *state;
        let (number, fingerprint) = secret::read(Use::Refresh, token).ok_or(OauthError::InvalidGrant)?;
        let grant = grants
            .get_mut(number)
            .filter(|grant| grant.client_id == client_id && grant.ever_had(fingerprint))
            .ok_or(OauthError::InvalidGrant)?;
        if !grant.may_refresh(fingerprint) {
            grants.remove(number);
            *version += 1;
            return Err(OauthError::InvalidGrant);
        }
        let levers = grant.customer.levers;
        if levers.has(Lever::ExpiredGrant) || levers.has(Lever::RevokedGrant) {
            return Err(OauthError::InvalidGrant);
        }
        let scopes = match scope {
            Some(text) => Scopes::parse(Some(text)).filter(|asked| grant.scopes.covers(*asked)),
            None => Some(grant.scopes),
        };
        let issued = grant.rotate((number, fingerprint), scopes.ok_or(OauthError::InvalidScope)?, now)?;
        *version += 1;
        Ok(issued)
    }

    /// Revokes a grant by its refresh token, or one access token. Unknown tokens are none of our business.
    pub(crate) fn revoke(&self, client_id: &str, token: &str) {
        let mut state = self.state();
        let State { grants, version, .. } = &mut *state;
        let own = |number, grants: &mut Bounded<Grant>, wanted: &dyn Fn(&mut Grant) -> bool| {
            grants.get_mut(number).filter(|grant| grant.client_id == client_id).is_some_and(wanted)
        };
        if let Some((number, fingerprint)) = secret::read(Use::Refresh, token) {
            if own(number, grants, &|grant| grant.ever_had(fingerprint)) {
                grants.remove(number);
                *version += 1;
            }
        } else if let Some((number, fingerprint)) = secret::read(Use::Access, token) {
            let forget = |grant: &mut Grant| {
                let before = grant.access.len();
                grant.access.retain(|one| !one.fingerprint.matches(fingerprint));
                grant.access.len() < before
            };
            *version += u64::from(own(number, grants, &forget));
        }
    }

    /// Notes a data call, when its access token is valid.
    pub(crate) fn visit(&self, token: &str, lists_accounts: bool, now: DateTime<Utc>) -> Option<Visit> {
        let mut state = self.state();
        let State { grants, version, .. } = &mut *state;
        let (number, fingerprint) = secret::read(Use::Access, token)?;
        let grant = grants.get_mut(number)?;
        let scopes = grant.allowed(fingerprint, now)?;
        let levers = grant.customer.levers;
        if levers.has(Lever::RevokedGrant) {
            return None;
        }
        let changed = grant.used(fingerprint) | grant.history.note(levers, lists_accounts);
        *version += u64::from(changed);
        Some(Visit {
            grant: number,
            customer: grant.customer.clone(),
            scopes,
            linked_on: grant.linked_on,
            history: grant.history,
        })
    }

    /// Notes which rows with a lever on them a complete listing has shown.
    pub(crate) fn listed(&self, grant: u64, removed: bool, reissued: bool, counted: bool) {
        let mut state = self.state();
        let State { grants, version, .. } = &mut *state;
        if let Some(grant) = grants.get_mut(grant) {
            let history = &mut grant.history;
            let news = counted || (removed && !history.saw_removed) || (reissued && !history.saw_reissued);
            history.saw_removed |= removed;
            history.saw_reissued |= reissued;
            history.listings += u64::from(counted);
            *version += u64::from(news);
        }
    }
}
