//! Names the newest key, so that who rotates can say what is known.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::{Scope, SigningKeyId},
};

use super::{Signing, SigningError};
use crate::request::{authorize, request};

/// A look at the newest key, to be named in a rotation.
#[derive(Debug)]
pub struct GetNewestKey;

request!(GetNewestKey, "signing.newest", Access::Administrator(Needs::read(Scope::AdminRead)));

impl Signing {
    /// The next key if one is published, and otherwise the one that signs.
    #[tracing::instrument(name = "signing.newest", skip_all)]
    pub async fn newest(&self, call: &Call, _request: GetNewestKey) -> Result<SigningKeyId, SigningError> {
        authorize::<GetNewestKey>(call)?;
        self.keys()?;
        Ok(self.stored().await?.newest().clone())
    }
}
