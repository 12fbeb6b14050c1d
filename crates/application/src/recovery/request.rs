//! Asks for a link that leads to a new password.

use dashtam_domain::{access::Access, call::Call, delivery::AskedMail, identity::EmailAddress};

use super::{Recovery, RecoveryError};
use crate::{
    delivery::{self, AskedFor},
    request::request,
};

/// An address whose owner lost the password.
#[derive(Debug)]
pub struct RequestReset {
    /// The address.
    pub email: EmailAddress,
}

request!(RequestReset, "recovery.request", Access::Public);

impl Recovery {
    /// Notes that a link is wanted. A worker mails it, which makes the older ones worthless, if there is such an account
    /// and its budget of mails allows. The caller learns nothing of that, neither from the answer nor from a clock.
    #[tracing::instrument(name = "recovery.request", skip_all)]
    pub async fn request(&self, call: &Call, request: RequestReset) -> Result<AskedFor, RecoveryError> {
        let RequestReset { email } = request;
        Ok(delivery::ask(&*self.store, &self.sources, call, AskedMail::PasswordReset, email, None).await?)
    }
}
