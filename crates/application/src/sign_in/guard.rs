//! Which budget of wrong passwords a sign-in is counted on, and what a wrong one does.
//!
//! Everybody who is not known shares the budget of the address, known or not, so that a refusal tells nobody which
//! addresses are known. A client that signed in before has a budget of its own: by the mark it was given (browsers
//! keep it as a cookie), or by its network and software. So strangers may spend the budget of the address, and the
//! owner's devices go on. A known client that spent its own is a stranger like any other.

use std::sync::Arc;

use dashtam_domain::{
    call::Call,
    delivery::WorkSignal,
    event::DomainEvent,
    id::{OutboxId, UserId},
    identity::{
        AuditAction, AuditLine, AuditSeal, EmailAddress, FirstFactor, IdentityQueries, MailKind,
        SignInBudget, User,
    },
    secret::{OpaqueSecret, SecretHash},
    sources::Sources,
    store::{Store, StoreError, UnitOfWork},
    time::Timestamp,
};
use serde_json::json;

use super::Refusal;

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

/// Counts wrong passwords, and remembers sign-ins that were refused.
pub(crate) struct Guards {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) audit_seal: Arc<dyn AuditSeal>,
    pub(crate) signal: Arc<dyn WorkSignal>,
}

impl Guards {
    /// The budgets around a sign-in, and until when the one it is counted on is spent, if it is. For sign-ins in which
    /// no password is guessed, a spent one is no refusal: strangers must not keep the owner out.
    pub(super) async fn recognise(
        &self,
        call: &Call,
        email: &EmailAddress,
        mark: Option<&OpaqueSecret>,
    ) -> Result<(Guard, Option<Timestamp>), StoreError> {
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

    /// Counts a wrong password, which the trail remembers for this reason; whether the budget had room for it. When it
    /// spends the budget of an address that somebody has, its owner is told, at most once a day.
    pub(super) async fn count_wrong(
        &self,
        call: &Call,
        guard: &Guard,
        email: &EmailAddress,
        user: Option<&User>,
        reason: &'static str,
    ) -> Result<bool, StoreError> {
        let mut work = self.store.begin().await?;
        let Some(failures) = work.sign_in_budgets().count_failure(&guard.counted, call.now).await? else {
            return Ok(false);
        };
        let failure = self.failure(user.map(|user| user.id), email, reason);
        work.note(&self.sources, call, failure).await?;
        let mut told = false;
        if let Some(user) = user
            && failures == SignInBudget::FAILURES
        {
            work.note(&self.sources, call, AuditLine::new(AuditAction::SignInsRefused, user.id)).await?;
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
        Ok(true)
    }

    /// The line about a refusal: on the account it concerns, and on nobody's for an address that has none, then under
    /// a pseudonym of the address, because people type other things into that field.
    fn failure(&self, user: Option<UserId>, email: &EmailAddress, reason: &'static str) -> AuditLine {
        match user {
            Some(user) => refused(user, FirstFactor::Password, reason),
            None => AuditLine::of_nobody(AuditAction::LoginFailed).with(json!({
                "method": FirstFactor::Password.as_str(), "reason": reason,
                "identifier": self.audit_seal.pseudonym(email.canonical()),
            })),
        }
    }

    /// What keeps the account from being signed in to. Where a mail helps, it is sent again, within its budget.
    pub(super) async fn refusal(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        user: &User,
    ) -> Result<Option<Refusal>, StoreError> {
        let (refusal, kind, event) = match user {
            User { is_active: false, .. } => return Ok(Some(Refusal::Disabled)),
            user if user.is_expired(call.now) => return Ok(Some(Refusal::Expired)),
            User { id, email_verified_at: None, .. } => (
                Refusal::NotVerified,
                MailKind::Verification,
                DomainEvent::VerificationRequested { user: *id },
            ),
            User { id, deletion_due_at: Some(_), .. } => {
                (Refusal::DeletionScheduled, MailKind::Deletion, DomainEvent::DeletionScheduled { user: *id })
            }
            _ => return Ok(None),
        };
        if work.mail_budgets().take(&MailKind::subject(&user.email), kind, kind.rule(), call.now).await? {
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        Ok(Some(refusal))
    }
}

/// The line about the refusal of somebody whose first factor was right.
pub(super) fn refused(user: UserId, first: FirstFactor, reason: &'static str) -> AuditLine {
    AuditLine::new(AuditAction::LoginFailed, user).with(json!({"method": first.as_str(), "reason": reason}))
}
