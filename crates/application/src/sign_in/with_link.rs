//! Signs in by a mailed link.

use std::sync::Arc;

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::WorkSignal,
    fault::Fault,
    identity::{
        AuditAction, AuditLine, EndReason, FirstFactor, IdentityQueries, InvalidAccessToken, OneTimeToken,
        Purpose, SecondFactorKind, SessionCache, User,
    },
    secret::{OpaqueSecret, SecretHash, SecretKind, SecretText},
    sources::Sources,
    store::{Store, StoreError, UnitOfWork},
};

use super::{
    Challenges, Guards, Holding, Opening, Refusal, SignInStep, challenge::Terms, guard::refused, open::Proof,
};
use crate::{
    errors::{CommonError, faults},
    request::request,
    webhooks,
};

/// The token of a mailed link, from the client that asked for it.
#[derive(Debug)]
pub struct SignInWithLink {
    /// As presented.
    pub token: SecretText,
    /// What the client was given when it asked for the link.
    pub binding: Option<OpaqueSecret>,
    /// What the client was marked with at an earlier sign-in, if it kept it.
    pub mark: Option<OpaqueSecret>,
    /// How the session is to be held.
    pub holding: Holding,
}

request!(SignInWithLink, "sign_in.with_link", Access::Public);

/// Sign-in by a mailed link.
pub struct LinkSignIn {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) guards: Arc<Guards>,
    pub(crate) challenges: Arc<Challenges>,
    pub(crate) opening: Arc<Opening>,
    /// Whether the operator wants such links.
    pub(crate) enabled: bool,
}

impl LinkSignIn {
    /// Whether people sign in by mailed links here.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }
}

/// Why a sign-in by a mailed link did not work. The state of an account is told only to who shows a right link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkSignInError {
    /// The operator wants no mailed links that sign in.
    #[error("Signing in by a mailed link is switched off here.")]
    LinksDisabled,
    /// Unknown, used, replaced or expired: callers may not learn which.
    #[error("The link is invalid, expired or was already used.")]
    InvalidToken,
    /// The link is shown by another client than the one that asked for it. It still works there.
    #[error("Open the link in the browser or program that asked for it.")]
    OpenedElsewhere,
    /// Told only to who shows a right link.
    #[error("This account cannot be signed in to by a mailed link. Use the password.")]
    FirstFactorNotAllowed,
    /// The link was right, and the account cannot be signed in to.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Signing failed.
    #[error("The access token could not be made.")]
    Token(#[from] InvalidAccessToken),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    LinkSignInError {
        Self::LinksDisabled => Forbidden: "login-links-disabled",
        Self::InvalidToken => Malformed: "invalid-or-expired-token",
        Self::OpenedElsewhere => Conflict: "link-opened-elsewhere",
        Self::FirstFactorNotAllowed => Forbidden: "first-factor-not-allowed",
        Self::Refused(refusal) => Forbidden: refusal.code(),
        Self::Token(_) => Internal: "internal",
    }
}

impl LinkSignIn {
    /// Signs in. The link works once, decided by one guarded statement, and only where it was asked for: opened
    /// anywhere else it stays as it is. A spent budget of wrong passwords is no obstacle.
    ///
    /// The token proves the mailbox. Of an account that nobody had proved so far, what a stranger may have prepared
    /// (password, sessions, API keys, known clients, second factor) stops working.
    #[tracing::instrument(name = "sign_in.with_link", skip_all)]
    pub async fn sign_in(&self, call: &Call, request: SignInWithLink) -> Result<SignInStep, LinkSignInError> {
        if !self.enabled {
            return Err(LinkSignInError::LinksDisabled);
        }
        let SignInWithLink { token, binding, mark, holding } = request;
        let token = OpaqueSecret::parse(SecretKind::LoginLink, token.expose())
            .ok_or(LinkSignInError::InvalidToken)?;
        let hash = token.hash();
        let live = self.queries.one_time_token(Purpose::LoginLink, &hash, call.now).await?;
        let live = live.ok_or(LinkSignInError::InvalidToken)?;
        let user = self.queries.user(live.user).await?.ok_or(LinkSignInError::InvalidToken)?;
        if !is_bound_to(&live, binding.as_ref(), &user) {
            return Err(LinkSignInError::OpenedElsewhere);
        }
        let (guard, _) = self.guards.recognise(call, &user.email, mark.as_ref()).await?;
        let proof = Proof { first: FirstFactor::LoginLink, second: None };
        let mut prepared = self.opening.prepare(call, &user, holding, proof).await?;

        let mut work = self.store.begin().await?;
        let used = work.one_time_tokens().redeem(Purpose::LoginLink, &hash, call.now).await?;
        let used = used.ok_or(LinkSignInError::InvalidToken)?;
        let mut user = work.users().find(used.user).await?.ok_or(LinkSignInError::InvalidToken)?;
        if !is_bound_to(&used, binding.as_ref(), &user) {
            // The account moved to another address just now.
            return Err(LinkSignInError::InvalidToken);
        }
        let claimed = !user.is_verified();
        if claimed {
            self.claim(call, &mut *work, &mut user).await?;
        }
        let refusal = match self.guards.refusal(call, &mut *work, &user).await? {
            None if !user.takes_login_links() => Some(LinkSignInError::FirstFactorNotAllowed),
            refusal => refusal.map(LinkSignInError::Refused),
        };
        let mut step = None;
        let mark = self.opening.mark_for(&guard, mark);
        if let Some(refusal) = &refusal {
            let line = refused(user.id, FirstFactor::LoginLink, refusal.code());
            work.note(&self.sources, call, line).await?;
        } else if user.second_factor != SecondFactorKind::None {
            let terms = Terms::of(&user, &prepared);
            step = Some(SignInStep::Challenged(self.challenges.ask(call, &mut *work, &user, terms).await?));
        } else {
            self.opening.open(call, &mut *work, &mut prepared, &user, &guard, &mark).await?;
            work.sign_in_budgets().lift(&guard.address).await?;
        }
        work.commit().await?;

        if claimed {
            self.cache.forget_user(user.id);
        }
        self.signal.ring();
        match (refusal, step) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(step)) => Ok(step),
            (None, None) => Ok(SignInStep::done(self.opening.hand_out(call, prepared, user, mark)?)),
        }
    }

    /// Gives an account that nobody had proved to the owner of its mailbox, without anything set before.
    async fn claim(&self, call: &Call, work: &mut dyn UnitOfWork, user: &mut User) -> Result<(), StoreError> {
        user.claim(call.now);
        work.users().update(user).await?;
        work.sessions().end_all(user.id, None, true, EndReason::MailboxProved, call.now).await?;
        webhooks::end_all(work, &self.sources, call, user.id).await?;
        let others = [Purpose::EmailVerification, Purpose::PasswordReset, Purpose::EmailChange];
        work.one_time_tokens().revoke(user.id, &others).await?;
        work.sign_in_budgets().forget_clients(user.id).await?;
        work.second_factors().remove(user.id).await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::EmailVerified, user.id)).await
    }
}

/// Whether the link was asked for by the client that shows this, and mailed to the address the account has now.
fn is_bound_to(token: &OneTimeToken, binding: Option<&OpaqueSecret>, user: &User) -> bool {
    let asked = token.subject.as_deref().and_then(SecretHash::from_hex);
    let shown = binding.map(|binding| user.login_link_subject(&binding.hash()));
    matches!((asked, shown), (Some(asked), Some(shown)) if asked.matches(&shown))
}
