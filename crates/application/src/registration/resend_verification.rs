//! Mails the verification link once more.

use dashtam_domain::{access::Access, call::Call, delivery::AskedMail, identity::EmailAddress};

use super::{Registration, RegistrationError};
use crate::{
    delivery::{self, AskedFor},
    request::request,
};

/// An address whose mail did not arrive.
#[derive(Debug)]
pub struct ResendVerification {
    /// The address.
    pub email: EmailAddress,
}

request!(ResendVerification, "registration.resend_verification", Access::Public);

impl Registration {
    /// Notes that a new link is wanted. A worker mails it if the address waits to be proved and its budget of mails
    /// allows; earlier links stay good until one of them is used. The caller learns nothing of that, neither from the answer nor from
    /// a clock, only when the address may be named again.
    #[tracing::instrument(name = "registration.resend_verification", skip_all)]
    pub async fn resend_verification(
        &self,
        call: &Call,
        request: ResendVerification,
    ) -> Result<AskedFor, RegistrationError> {
        let ResendVerification { email } = request;
        Ok(delivery::ask(&*self.store, &self.sources, call, AskedMail::Verification, email, None).await?)
    }
}
