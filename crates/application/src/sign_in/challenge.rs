//! Asks for the second factor.

use std::sync::Arc;

use dashtam_domain::{
    call::Call,
    event::DomainEvent,
    id::{ChallengeId, OutboxId},
    identity::{
        AuditAction, AuditLine, Challenge, ClientDescriber, EmailAddress, EmailCodes, FactorMethod,
        FirstFactor, MailKind, MailedCode, SecondFactorKind, Transport, User,
    },
    secret::{OpaqueSecret, SecretHash, SecretKind, SecretText},
    sources::Sources,
    store::{Store, StoreError, UnitOfWork},
};
use serde_json::json;

use super::{SignedIn, open::Prepared};

/// Where a first factor led to.
#[derive(Debug)]
pub enum SignInStep {
    /// The session has begun.
    SignedIn(Box<SignedIn>),
    /// A second factor is asked for first.
    Challenged(Challenged),
}

impl SignInStep {
    pub(super) fn done(signed_in: SignedIn) -> Self {
        Self::SignedIn(Box::new(signed_in))
    }

    /// The sign-in, if it is complete.
    pub fn signed_in(self) -> Option<SignedIn> {
        match self {
            Self::SignedIn(signed_in) => Some(*signed_in),
            Self::Challenged(_) => None,
        }
    }
}

/// What a client needs for the second step. There is no session yet.
#[derive(Debug)]
pub struct Challenged {
    /// Stands for the first factor; good for nothing else.
    pub token: OpaqueSecret,
    /// What may be shown.
    pub methods: Vec<FactorMethod>,
    /// Seconds left for it.
    pub expires_in: i64,
}

/// What a challenge begins with.
pub(super) struct Terms {
    pub(super) first: FirstFactor,
    pub(super) stamp: SecretHash,
    pub(super) transport: Transport,
    pub(super) long_lived: bool,
}

impl Terms {
    /// Those of a session as it would begin without a second factor.
    pub(super) fn of(user: &User, prepared: &Prepared) -> Self {
        let session = &prepared.session;
        Self {
            first: prepared.proof.first,
            stamp: Challenge::stamp(user, session.global_version),
            transport: session.transport,
            long_lived: session.long_lived,
        }
    }
}

/// Asks for second factors, and counts the tries.
pub(crate) struct Challenges {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Sources,
    pub(crate) clients: Arc<dyn ClientDescriber>,
    pub(crate) email_codes: Arc<dyn EmailCodes>,
}

impl Challenges {
    /// Keeps in this unit of work that the first factor was right, and asks for the second one. A code is mailed now,
    /// if that is what the account asks for; when its budget of mails is spent, a backup code still does.
    pub(super) async fn ask(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        user: &User,
        terms: Terms,
    ) -> Result<Challenged, StoreError> {
        let token = OpaqueSecret::from_bytes(SecretKind::Challenge, &self.sources.randomness.bytes());
        let mut challenge = Challenge {
            id: ChallengeId(self.sources.ids.next()),
            user: user.id,
            hash: token.hash(),
            first_factor: terms.first,
            stamp: terms.stamp,
            transport: terms.transport,
            long_lived: terms.long_lived,
            created_at: call.now,
            expires_at: call.now.plus(Challenge::LIFETIME),
            attempts: 0,
            consumed_at: None,
            code: None,
        };
        if user.second_factor == SecondFactorKind::Email && self.may_mail(call, work, &user.email).await? {
            let hash = self.mail_code(call, work, &challenge).await?;
            challenge.code = Some(MailedCode { hash, sends: 1, sent_at: call.now });
        }
        work.challenges().insert(&challenge).await?;
        let details =
            json!({"challenge": challenge.id.to_string(), "first_factor": challenge.first_factor.as_str()});
        let line = AuditLine::new(AuditAction::SecondFactorAsked, user.id).with(details);
        work.note(&self.sources, call, line).await?;
        let suits = |method: &FactorMethod| {
            method.suits(user.second_factor) && (*method != FactorMethod::Email || challenge.code.is_some())
        };
        let all = [FactorMethod::Totp, FactorMethod::Email, FactorMethod::BackupCode];
        let methods = all.into_iter().filter(suits).collect();
        Ok(Challenged { token, methods, expires_in: challenge.seconds_left(call.now) })
    }

    /// Whether the address's budget has room for another code.
    pub(super) async fn may_mail(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        email: &EmailAddress,
    ) -> Result<bool, StoreError> {
        let kind = MailKind::SignInCode;
        work.mail_budgets().take(&MailKind::subject(email), kind, kind.rule(), call.now).await
    }

    /// Has a code mailed; its hash. The code itself is derived from the outbox item and stored nowhere.
    pub(super) async fn mail_code(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        challenge: &Challenge,
    ) -> Result<SecretHash, StoreError> {
        let item = OutboxId(self.sources.ids.next());
        let code = self.email_codes.derive(item);
        let client = self.clients.describe(&call.client);
        let event = DomainEvent::SignInCodeRequested {
            user: challenge.user,
            challenge: challenge.id,
            device: client.device,
            location: client.location,
            until: challenge.expires_at,
        };
        work.outbox().push(item, event, call.now).await?;
        Ok(self.email_codes.hash(challenge.id.0, &code))
    }

    /// Counts a try at the challenge with this token, whatever comes of it. `None`: it is unknown, used, past its end or
    /// exhausted.
    pub(super) async fn attempt(
        &self,
        call: &Call,
        token: &SecretText,
    ) -> Result<Option<Challenge>, StoreError> {
        let Some(token) = OpaqueSecret::parse(SecretKind::Challenge, token.expose()) else { return Ok(None) };
        let mut work = self.store.begin().await?;
        let challenge = work.challenges().attempt(&token.hash(), call.now).await?;
        work.commit().await?;
        Ok(challenge)
    }
}
