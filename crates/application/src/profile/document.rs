//! The caller's account as the profile document shows it.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Scope,
};

use super::{GetProfile, OwnAccount, Profile};
use crate::{errors::CommonError, request::request};

/// The document of eleven fields.
#[derive(Debug)]
pub struct GetProfileDocument;

request!(GetProfileDocument, "profile.document", Access::User(Needs::read(Scope::ProfileRead)));

impl Profile {
    /// The caller's account, which is that of [`GetProfile`].
    pub async fn document(
        &self,
        call: &Call,
        _request: GetProfileDocument,
    ) -> Result<OwnAccount, CommonError> {
        self.get(call, GetProfile).await
    }
}
