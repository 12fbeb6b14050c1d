//! Shows the caller's account.

use std::sync::Arc;

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    identity::{Scope, SessionSnapshot, User},
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

/// An account as its owner sees it.
#[derive(Debug)]
pub enum OwnAccount {
    /// As the session of the call remembers it.
    Remembered(Arc<SessionSnapshot>),
    /// As it was looked up.
    Found(Box<User>),
}

impl OwnAccount {
    /// The account.
    pub fn user(&self) -> &User {
        match self {
            Self::Remembered(snapshot) => &snapshot.user,
            Self::Found(user) => user,
        }
    }
}

impl Profile {
    /// The caller's account as the session snapshot holds it: at most a few seconds old, and usually without a
    /// look-up of its own. A guest's token has no session here, so it is the user that is looked up.
    pub async fn get(&self, call: &Call, _request: GetProfile) -> Result<OwnAccount, CommonError> {
        let principal = authorize::<GetProfile>(call)?;
        if let Some(snapshot) = self.cache.get(principal.session) {
            return Ok(OwnAccount::Remembered(snapshot));
        }
        let found = self.queries.user(principal.user).await?;
        Ok(OwnAccount::Found(Box::new(found.ok_or(AccessDenied::Anonymous)?)))
    }
}
