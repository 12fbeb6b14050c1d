//! Asks for a link that signs in.

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::AskedMail,
    identity::EmailAddress,
    secret::{OpaqueSecret, SecretKind},
    time::Timestamp,
};

use super::{LinkSignIn, LinkSignInError};
use crate::{delivery, request::request};

/// An address whose owner wants to sign in without a password.
#[derive(Debug)]
pub struct RequestLoginLink {
    /// The address.
    pub email: EmailAddress,
    /// What the client was given when it asked before, if it kept it.
    pub binding: Option<OpaqueSecret>,
}

request!(RequestLoginLink, "sign_in.request_link", Access::Public);

/// What a client that asked for a link keeps: the link works for who shows it.
#[derive(Debug)]
pub struct LoginLinkRequested {
    /// To be shown together with the token of the link.
    pub binding: OpaqueSecret,
    /// When another link may be asked for.
    pub next_at: Timestamp,
}

impl LinkSignIn {
    /// Notes that a link is wanted. A worker mails it, which makes the older ones worthless, if the account with this
    /// address may sign in by one and its budget of mails allows. The caller learns nothing of that, neither from the
    /// answer nor from a clock.
    ///
    /// A client that asks again keeps what it was given: the first link may still be on its way while the second is
    /// not sent.
    #[tracing::instrument(name = "sign_in.request_link", skip_all)]
    pub async fn request_link(
        &self,
        call: &Call,
        request: RequestLoginLink,
    ) -> Result<LoginLinkRequested, LinkSignInError> {
        if !self.enabled {
            return Err(LinkSignInError::LinksDisabled);
        }
        let RequestLoginLink { email, binding } = request;
        let fresh = OpaqueSecret::from_bytes(SecretKind::ClientBinding, &self.sources.randomness.bytes());
        let binding = binding.unwrap_or(fresh);
        let what = AskedMail::LoginLink;
        let bound = Some(binding.hash());
        let asked = delivery::ask(&*self.store, &self.sources, call, what, email, bound).await?;
        Ok(LoginLinkRequested { binding, next_at: asked.next_at })
    }
}
