//! Which budget of wrong passwords a sign-in is counted on, and what a wrong one does.
//!
//! Everybody who is not known shares the budget of the address, known or not, so that a refusal tells nobody which
//! addresses are known. A client that signed in before has a budget of its own: by the mark it was given (browsers
//! keep it as a cookie), or by its network and software. So strangers may spend the budget of the address, and the
//! owner's devices go on. A known client that spent its own is a stranger like any other.

use dashtam_domain::{
    call::Call,
    event::DomainEvent,
    id::{AuditId, OutboxId},
    identity::{AuditAction, AuditEntry, EmailAddress, MailKind, SignInBudget, User},
    secret::{OpaqueSecret, SecretHash},
    store::StoreError,
    time::Timestamp,
};

use super::{SignIn, SignInError};

/// The budgets around one sign-in.
pub(super) struct Guard {
    /// Of everybody who is not known.
    pub(super) address: SecretHash,
    /// The one this sign-in is counted on.
    pub(super) counted: SecretHash,
    /// Of this client by its network and software, if it says both.
    pub(super) client: Option<SecretHash>,
    /// Whether the mark that was shown is that of a known client.
    pub(super) mark_known: bool,
}

/// The refusal until this instant. Never zero seconds.
pub(super) fn throttled(until: Timestamp, now: Timestamp) -> SignInError {
    let seconds = u32::try_from(until.since(now).num_seconds()).unwrap_or(0).saturating_add(1);
    SignInError::Throttled { seconds }
}

impl SignIn {
    /// Chooses the budget, or refuses because it is spent.
    pub(super) async fn guard(
        &self,
        call: &Call,
        email: &EmailAddress,
        mark: Option<&OpaqueSecret>,
    ) -> Result<Guard, SignInError> {
        match self.recognise(call, email, mark).await? {
            (_, Some(until)) => Err(throttled(until, call.now)),
            (guard, None) => Ok(guard),
        }
    }

    /// The budgets around a sign-in, and until when the one it is counted on is spent, if it is. For sign-ins in which
    /// no password is guessed, a spent one is no refusal: strangers must not keep the owner out.
    pub(super) async fn recognise(
        &self,
        call: &Call,
        email: &EmailAddress,
        mark: Option<&OpaqueSecret>,
    ) -> Result<(Guard, Option<Timestamp>), SignInError> {
        let address = SignInBudget::of_address(email);
        let marked = mark.map(|mark| SignInBudget::of_mark(email, mark));
        let client = SignInBudget::of_client(email, &call.client);
        let subjects: Vec<_> = [Some(address), marked, client].into_iter().flatten().collect();
        let budgets = self.queries.sign_in_budgets(&subjects).await?;
        let found = |subject: &SecretHash| budgets.iter().find(|budget| budget.subject == *subject);
        let known = |subject: &SecretHash| found(subject).is_some_and(|budget| budget.is_known(call.now));
        let spent = |subject: &SecretHash| found(subject).and_then(|budget| budget.spent_until(call.now));

        let own = [marked, client].into_iter().flatten().find(|own| known(own) && spent(own).is_none());
        let counted = own.unwrap_or(address);
        let mark_known = marked.as_ref().is_some_and(known);
        Ok((Guard { address, counted, client, mark_known }, spent(&counted)))
    }

    /// Counts a wrong password; what to answer. When it spends the budget of an address that somebody has, its owner
    /// is told, at most once a day.
    pub(super) async fn count_wrong(
        &self,
        call: &Call,
        guard: &Guard,
        email: &EmailAddress,
        user: Option<&User>,
    ) -> Result<SignInError, StoreError> {
        let mut work = self.store.begin().await?;
        let Some(failures) = work.sign_in_budgets().count_failure(&guard.counted, call.now).await? else {
            return Ok(throttled(call.now.plus(SignInBudget::LOCK), call.now));
        };
        let failure = self.failure(call, user.map(|user| user.id), email, &SignInError::InvalidCredentials);
        work.audit().append(&failure).await?;
        let mut told = false;
        if let Some(user) = user
            && failures == SignInBudget::FAILURES
        {
            let id = AuditId(self.sources.ids.next());
            work.audit().append(&AuditEntry::new(id, call, AuditAction::SignInsRefused, user.id)).await?;
            let (kind, subject) = (MailKind::SignInsRefused, MailKind::subject(&user.email));
            told = guard.counted == guard.address
                && work.mail_budgets().take(&subject, kind, kind.rule(), call.now).await?;
            if told {
                let until = call.now.plus(SignInBudget::LOCK);
                let event = DomainEvent::SignInsRefused { user: user.id, until };
                work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
            }
        }
        work.commit().await?;
        if told {
            self.signal.ring();
        }
        Ok(SignInError::InvalidCredentials)
    }
}
