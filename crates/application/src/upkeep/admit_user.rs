//! Takes in a user whom the program around this one knows.

use dashtam_domain::{access::Access, call::Call, id::UserId, identity::User};

use super::Upkeep;
use crate::{errors::CommonError, request::request};

/// A user of the program around this one.
#[derive(Debug)]
pub struct AdmitUser {
    /// The user's id there, which is the id here.
    pub user: UserId,
}

request!(AdmitUser, "upkeep.admit_user", Access::System);

impl Upkeep {
    /// Lets the store know the user, whom connections and accounts then can belong to. Of somebody it knows it takes
    /// nothing new, so that this may be called before every request: it costs one look-up then.
    #[tracing::instrument(name = "upkeep.admit_user", skip_all)]
    pub async fn admit_user(&self, call: &Call, request: AdmitUser) -> Result<(), CommonError> {
        call.permits(Access::System)?;
        if self.queries.user(request.user).await?.is_some() {
            return Ok(());
        }
        let user = User::of_another_program(request.user, call.now);
        let mut work = self.store.begin().await?;
        // Somebody may have been quicker, with the same row.
        work.users().insert_if_absent(&user).await?;
        Ok(work.commit().await?)
    }
}
