//! Shows the caller's account.

use std::sync::Arc;

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    identity::{Scope, SessionSnapshot},
};

use super::Profile;
use crate::{
    errors::CommonError,
    request::{authorize, request},
};

/// Who am I?
#[derive(Debug)]
pub struct GetProfile;

request!(GetProfile, "profile.get", Access::User(Needs::read(Scope::ProfileRead)));

impl Profile {
    /// The caller's account as the session snapshot holds it: at most a few seconds old, and usually without a
    /// look-up of its own.
    pub async fn get(&self, call: &Call, _request: GetProfile) -> Result<Arc<SessionSnapshot>, CommonError> {
        let principal = authorize::<GetProfile>(call)?;
        if let Some(snapshot) = self.cache.get(principal.session) {
            return Ok(snapshot);
        }
        let found = self.queries.session(principal.session).await?;
        Ok(Arc::new(found.ok_or(AccessDenied::Anonymous)?))
    }
}
