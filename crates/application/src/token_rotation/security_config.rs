//! Shows what counts for everybody's tokens.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::{Scope, SecurityConfig},
};

use super::{RotationError, TokenRotation};
use crate::request::{authorize, request};

/// What counts?
#[derive(Debug)]
pub struct GetSecurityConfig;

request!(
    GetSecurityConfig,
    "token_rotation.security_config",
    Access::Administrator(Needs::read(Scope::AdminRead))
);

impl TokenRotation {
    /// What counts now.
    pub async fn security_config(
        &self,
        call: &Call,
        _request: GetSecurityConfig,
    ) -> Result<SecurityConfig, RotationError> {
        authorize::<GetSecurityConfig>(call)?;
        Ok(self.queries.security_config().await?)
    }
}
