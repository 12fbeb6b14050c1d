//! Signs in by a mailed link.

use dashtam_domain::{
    access::Access,
    call::Call,
    id::AuditId,
    identity::{AuditAction, AuditEntry, EndReason, FirstFactor, OneTimeToken, Purpose, TwoFactorType, User},
    secret::{OpaqueSecret, SecretHash, SecretKind, SecretText},
    store::{StoreError, UnitOfWork},
};

use super::{Holding, SignIn, SignInError, SignInStep, challenge::Terms, open::Proof};
use crate::request::request;

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

impl SignIn {
    /// Signs in. The link works once, decided by one guarded statement, and only where it was asked for: opened
    /// anywhere else it stays as it is. A spent budget of wrong passwords is no obstacle.
    ///
    /// The token proves the mailbox. Of an account that nobody had proved so far, what a stranger may have prepared
    /// (password, sessions, API keys, known clients, second factor) stops working.
    #[tracing::instrument(name = "sign_in.with_link", skip_all)]
    pub async fn with_link(&self, call: &Call, request: SignInWithLink) -> Result<SignInStep, SignInError> {
        if !self.policy.login_links {
            return Err(SignInError::LinksDisabled);
        }
        let SignInWithLink { token, binding, mark, holding } = request;
        let token =
            OpaqueSecret::parse(SecretKind::LoginLink, token.expose()).ok_or(SignInError::InvalidToken)?;
        let hash = token.hash();
        let live = self.queries.one_time_token(Purpose::LoginLink, &hash, call.now).await?;
        let live = live.ok_or(SignInError::InvalidToken)?;
        let user = self.queries.user(live.user).await?.ok_or(SignInError::InvalidToken)?;
        if !is_bound_to(&live, binding.as_ref(), &user) {
            return Err(SignInError::OpenedElsewhere);
        }
        let (guard, _) = self.recognise(call, &user.email, mark.as_ref()).await?;
        let proof = Proof { first: FirstFactor::LoginLink, second: None };
        let mut prepared = self.prepare(call, &user, holding, proof).await?;

        let mut work = self.store.begin().await?;
        let used = work.one_time_tokens().redeem(Purpose::LoginLink, &hash, call.now).await?;
        let used = used.ok_or(SignInError::InvalidToken)?;
        let mut user = work.users().find(used.user).await?.ok_or(SignInError::InvalidToken)?;
        if !is_bound_to(&used, binding.as_ref(), &user) {
            // The account moved to another address just now.
            return Err(SignInError::InvalidToken);
        }
        let claimed = !user.is_verified();
        if claimed {
            self.claim(call, &mut *work, &mut user).await?;
        }
        let refusal = match self.refuse_state(call, &mut *work, &user).await? {
            None if !user.takes_login_links() => Some(SignInError::FirstFactorNotAllowed),
            refusal => refusal,
        };
        let mut step = None;
        let mark = self.mark_for(&guard, mark);
        if let Some(refusal) = &refusal {
            work.audit().append(&self.refused(call, user.id, FirstFactor::LoginLink, refusal)).await?;
        } else if user.two_factor != TwoFactorType::None {
            let terms = Terms::of(&user, &prepared);
            step = Some(SignInStep::Challenged(self.challenge(call, &mut *work, &user, terms).await?));
        } else {
            self.open(call, &mut *work, &mut prepared, &user, &guard, &mark).await?;
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
            (None, None) => Ok(SignInStep::done(self.hand_out(call, prepared, user, mark)?)),
        }
    }

    /// Gives an account that nobody had proved to the owner of its mailbox, without anything set before.
    async fn claim(&self, call: &Call, work: &mut dyn UnitOfWork, user: &mut User) -> Result<(), StoreError> {
        user.claim(call.now);
        work.users().update(user).await?;
        work.sessions().end_all(user.id, None, true, EndReason::MailboxProved, call.now).await?;
        let others = [Purpose::EmailVerification, Purpose::PasswordReset, Purpose::EmailChange];
        work.one_time_tokens().revoke(user.id, &others).await?;
        work.sign_in_budgets().forget_clients(user.id).await?;
        work.second_factors().remove(user.id).await?;
        let id = AuditId(self.sources.ids.next());
        work.audit().append(&AuditEntry::new(id, call, AuditAction::EmailVerified, user.id)).await
    }
}

/// Whether the link was asked for by the client that shows this, and mailed to the address the account has now.
fn is_bound_to(token: &OneTimeToken, binding: Option<&OpaqueSecret>, user: &User) -> bool {
    let asked = token.subject.as_deref().and_then(SecretHash::from_hex);
    let shown = binding.map(|binding| user.login_link_subject(&binding.hash()));
    matches!((asked, shown), (Some(asked), Some(shown)) if asked.matches(&shown))
}
