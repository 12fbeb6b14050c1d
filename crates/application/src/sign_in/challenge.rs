//! Asks for the second factor.

use dashtam_domain::{
    call::Call,
    id::{AuditId, ChallengeId},
    identity::{AuditAction, AuditEntry, Challenge, TwoFactorType, User},
    secret::{OpaqueSecret, SecretKind},
    store::{StoreError, UnitOfWork},
};
use serde_json::json;

use super::{SignIn, SignedIn, open::Prepared};

/// Where a first factor led to.
#[derive(Debug)]
pub enum SignInStep {
    /// In.
    SignedIn(Box<SignedIn>),
    /// To the question for a second factor.
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
    pub methods: Vec<TwoFactorType>,
    /// Seconds left for it.
    pub expires_in: i64,
}

impl SignIn {
    /// Keeps in this unit of work that the first factor was right, and asks for the second one. `prepared` is the
    /// session as it would begin without one.
    pub(super) async fn challenge(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        user: &User,
        prepared: &Prepared,
    ) -> Result<Challenged, StoreError> {
        let session = &prepared.session;
        let token = OpaqueSecret::from_bytes(SecretKind::Challenge, &self.sources.randomness.bytes());
        let id = ChallengeId(self.sources.ids.next());
        let challenge = Challenge {
            id,
            user: user.id,
            hash: token.hash(),
            first_factor: prepared.proof.first,
            stamp: Challenge::stamp(user, session.global_version),
            transport: session.transport,
            long_lived: session.long_lived,
            created_at: call.now,
            expires_at: call.now.plus(Challenge::LIFETIME),
            attempts: 0,
            consumed_at: None,
            code: None,
        };
        work.challenges().insert(&challenge).await?;
        let line =
            AuditEntry::new(AuditId(self.sources.ids.next()), call, AuditAction::SecondFactorAsked, user.id);
        let details = json!({"challenge": id.to_string(), "first_factor": challenge.first_factor.as_str()});
        work.audit().append(&line.with(details)).await?;
        Ok(Challenged { token, methods: vec![user.two_factor], expires_in: challenge.seconds_left(call.now) })
    }
}
