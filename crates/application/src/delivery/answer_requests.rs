//! Looks at the mails that were asked for by naming an address.

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::{AskedMail, MailRequest},
    event::DomainEvent,
    id::{MailRequestId, OutboxId},
    identity::{AuditAction, AuditLine, EmailAddress, MailKind, User},
    page::Limit,
    secret::SecretHash,
    sources::Sources,
    store::{Store, StoreError},
    time::Timestamp,
};

use super::Delivery;
use crate::{errors::CommonError, request::request};

/// A round of looking at what was asked for.
#[derive(Debug)]
pub struct AnswerMailRequests;

request!(AnswerMailRequests, "delivery.answer_mail_requests", Access::System);

/// What somebody who asked for a mail is told, whoever has the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedFor {
    /// Whether the wish was taken; one of less than a minute ago stands in its place otherwise.
    pub taken: bool,
    /// When the same mail may be asked for again.
    pub next_at: Timestamp,
}

/// Stores that the caller wants this mail to this address, unless somebody did within the last minute: the same
/// statements whoever has the address and whatever was sent to it before, so that the request costs the same for all.
/// It looks at nothing but earlier wishes and rings for nobody.
pub(crate) async fn ask(
    store: &dyn Store,
    sources: &Sources,
    call: &Call,
    what: AskedMail,
    email: EmailAddress,
    binding: Option<SecretHash>,
) -> Result<AskedFor, StoreError> {
    let id = MailRequestId(sources.ids.next());
    let request = MailRequest { id, what, email, binding, at: call.now, client: call.client.clone() };
    let (kind, subject) = (what.asking(), MailKind::subject(&request.email));
    let rule = kind.rule();
    let mut work = store.begin().await?;
    let taken = work.mail_budgets().take(&subject, kind, rule, call.now).await?;
    let mut last = call.now;
    if taken {
        work.mail_requests().insert(&request).await?;
    } else {
        // A clock that was set back must not make anybody wait for longer than the pause.
        last = work.mail_budgets().last(&subject, kind).await?.map_or(last, |last| last.min(call.now));
    }
    work.commit().await?;
    Ok(AskedFor { taken, next_at: last.plus(rule.pause) })
}

/// What a wish for a mail leads to, if this user may have it: the event that is mailed, and the line of the trail.
fn granted(
    what: AskedMail,
    binding: Option<SecretHash>,
    user: &User,
    now: Timestamp,
) -> Option<(DomainEvent, Option<AuditAction>)> {
    let id = user.id;
    match what {
        AskedMail::Verification => {
            let event = DomainEvent::VerificationRequested { user: id };
            (user.is_active && !user.is_verified()).then_some((event, None))
        }
        // Also when the address was never proved: following the link proves it.
        AskedMail::PasswordReset => {
            let event = DomainEvent::PasswordResetRequested { user: id };
            user.is_active.then_some((event, Some(AuditAction::PasswordResetRequested)))
        }
        AskedMail::LoginLink => {
            let event = DomainEvent::LoginLinkRequested { user: id, binding: binding? };
            let may = user.is_usable(now) && user.takes_login_links();
            may.then_some((event, Some(AuditAction::LoginLinkRequested)))
        }
    }
}

impl Delivery {
    /// Takes what waits, oldest first, each in a unit of work of its own; how many it took. A wish leads to a mail if
    /// somebody has the address and its budget of mails allows; the budget is counted for every address. One that
    /// cannot be read stays where it is, until it is purged, and keeps none of the others waiting.
    ///
    /// Requests must not ring for this: when it runs may not depend on what was asked, or the next request, waiting
    /// for the writer, could tell known addresses from unknown ones.
    #[tracing::instrument(name = "delivery.answer_mail_requests", skip_all)]
    pub async fn answer_mail_requests(
        &self,
        call: &Call,
        _request: AnswerMailRequests,
    ) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let (mut taken, mut failed, mut mailed) = (0, None, false);
        for id in self.queries.mail_requests(Limit::new(Limit::MAX).unwrap_or_default()).await? {
            match self.answer(id).await {
                Ok(Some(causes_mail)) => {
                    taken += 1;
                    mailed |= causes_mail;
                }
                Ok(None) => {}
                Err(error @ CommonError::Store(StoreError::Corrupt { .. })) => failed = Some(error),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        if mailed {
            self.signal.ring();
        }
        failed.map_or(Ok(taken), Err)
    }

    /// Whether a mail follows; `None` if another worker took the wish.
    async fn answer(&self, id: MailRequestId) -> Result<Option<bool>, CommonError> {
        let mut work = self.store.begin().await?;
        let Some(MailRequest { what, email, binding, at, client, .. }) =
            work.mail_requests().take(id).await?
        else {
            return Ok(None);
        };
        // The user before the budget, as a registration takes them.
        let user = work.users().find_by_email(&email).await?;
        let (kind, subject) = (what.budget(), MailKind::subject(&email));
        let may = work.mail_budgets().take(&subject, kind, kind.rule(), at).await?;
        let granted = user
            .filter(|_| may)
            .and_then(|user| granted(what, binding, &user, at).map(|granted| (user, granted)));
        let mailed = granted.is_some();
        if let Some((user, (event, action))) = granted {
            // In the trail stands who asked, and when.
            let asked = Call { client, ..Call::anonymous(at) };
            if let Some(action) = action {
                work.note(&self.sources, &asked, AuditLine::new(action, user.id)).await?;
            }
            work.outbox().push(OutboxId(self.sources.ids.next()), event, at).await?;
        }
        work.commit().await?;
        Ok(Some(mailed))
    }
}
