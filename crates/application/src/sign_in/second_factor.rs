//! The second step of a sign-in.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::{Challenge, FactorMethod, FirstFactor, Transport, TwoFactorType, User},
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{Holding, SignIn, SignInError, SignedIn, open::Proof};
use crate::{request::request, second_factor::SecondFactorError};

/// A second factor for a sign-in whose first one was right.
#[derive(Debug)]
pub struct SignInWithSecondFactor {
    /// The token of the challenge, as presented.
    pub token: SecretText,
    /// What the code is.
    pub method: FactorMethod,
    /// The code as typed.
    pub code: SecretText,
    /// What the client was marked with at an earlier sign-in, if it kept it.
    pub mark: Option<OpaqueSecret>,
    /// Whether the client may be given a cookie: browsers may on a page of this installation only, or another site
    /// could sign its visitors in to an account of its own.
    pub may_hold_cookie: bool,
}

request!(SignInWithSecondFactor, "sign_in.with_second_factor", Access::Public);

/// Another code by mail.
#[derive(Debug)]
pub struct ResendCode {
    /// The token of the challenge, as presented.
    pub token: SecretText,
}

request!(ResendCode, "sign_in.resend_code", Access::Public);

impl SignIn {
    /// Completes a sign-in. Each try is counted before its code is looked at, so that no number of clients gets more
    /// of them than a challenge takes; code, challenge and session are then decided in one unit of work. What the
    /// first factor was checked against must be as it was: a new password, a rotation of tokens or another second
    /// factor makes the challenge worthless. The account's state is looked at again.
    #[tracing::instrument(name = "sign_in.with_second_factor", skip_all)]
    pub async fn with_second_factor(
        &self,
        call: &Call,
        request: SignInWithSecondFactor,
    ) -> Result<SignedIn, SignInError> {
        let SignInWithSecondFactor { token, method, code, mark, may_hold_cookie } = request;
        let challenge = self.attempt(call, &token).await?;
        if challenge.first_factor == FirstFactor::Session {
            return Err(SignInError::ChallengeExpired);
        }
        if challenge.transport == Transport::Cookie && !may_hold_cookie {
            return Err(SignInError::ForeignPage);
        }
        let invalid = SignInError::invalid(&challenge);
        let user = self.queries.user(challenge.user).await?.ok_or(SignInError::ChallengeExpired)?;
        let accepted = match self.factors.check(call, &user, method, &code, challenge.mailed()).await {
            Ok(accepted) => accepted,
            Err(SecondFactorError::Common(common)) => return Err(common.into()),
            Err(SecondFactorError::KeyLost) => return Err(SignInError::SecondFactorLost),
            Err(_) => return Err(invalid),
        };
        let (guard, _) = self.recognise(call, &user.email, mark.as_ref()).await?;
        let proof = Proof { first: challenge.first_factor, second: Some(method) };
        let mut prepared = self.prepare(call, &user, Holding::of(&challenge), proof).await?;

        let mut work = self.store.begin().await?;
        let user = work.users().find(challenge.user).await?;
        let as_it_was = |user: &User| {
            user.two_factor != TwoFactorType::None
                && challenge.stamp.matches(&Challenge::stamp(user, prepared.session.global_version))
        };
        let user = user.filter(as_it_was).ok_or(SignInError::ChallengeExpired)?;
        if !work.challenges().consume(challenge.id, call.now).await? {
            return Err(SignInError::ChallengeExpired);
        }
        match self.factors.consume(call, &mut *work, accepted).await {
            Ok(()) => {}
            Err(SecondFactorError::Common(common)) => return Err(common.into()),
            // Somebody else was quicker with the same code.
            Err(_) => return Err(invalid),
        }
        let refusal = self.refuse_state(call, &mut *work, &user).await?;
        let mark = self.mark_for(&guard, mark);
        match &refusal {
            Some(refusal) => {
                let line = self.refused(call, user.id, challenge.first_factor, refusal);
                work.audit().append(&line).await?;
            }
            None => self.open(call, &mut *work, &mut prepared, &user, &guard, &mark).await?,
        }
        work.commit().await?;
        self.signal.ring();
        match refusal {
            Some(refusal) => Err(refusal),
            None => self.hand_out(call, prepared, user, mark),
        }
    }

    /// Mails another code in the place of the last one: a minute after it, and no more than three for a challenge.
    #[tracing::instrument(name = "sign_in.resend_code", skip_all)]
    pub async fn resend_code(&self, call: &Call, request: ResendCode) -> Result<(), SignInError> {
        let token = OpaqueSecret::parse(SecretKind::Challenge, request.token.expose());
        let hash = token.ok_or(SignInError::ChallengeExpired)?.hash();
        let found = self.queries.challenge(&hash).await?.filter(|challenge| challenge.is_open(call.now));
        let challenge = found.ok_or(SignInError::ChallengeExpired)?;
        let code = challenge.code.ok_or(SignInError::NoCodeToSend)?;
        let pause = Challenge::RESEND_PAUSE - call.now.since(code.sent_at);
        let wait = u32::try_from(pause.num_seconds()).unwrap_or(0).saturating_add(1);
        let user = self.queries.user(challenge.user).await?.ok_or(SignInError::ChallengeExpired)?;

        let mut work = self.store.begin().await?;
        let may = self.may_mail(call, &mut *work, &user.email).await?;
        let hash = self.mail_code(call, &mut *work, &challenge).await?;
        if !may || !work.challenges().resend(challenge.id, &hash, call.now).await? {
            // Nothing of this unit is kept.
            return Err(SignInError::ResendThrottled { seconds: wait });
        }
        work.commit().await?;
        self.signal.ring();
        Ok(())
    }

    /// Counts a try at the challenge with this token, whatever comes of it.
    pub(super) async fn attempt(&self, call: &Call, token: &SecretText) -> Result<Challenge, SignInError> {
        let token = OpaqueSecret::parse(SecretKind::Challenge, token.expose());
        let hash = token.ok_or(SignInError::ChallengeExpired)?.hash();
        let mut work = self.store.begin().await?;
        let challenge = work.challenges().attempt(&hash, call.now).await?;
        work.commit().await?;
        challenge.ok_or(SignInError::ChallengeExpired)
    }
}
