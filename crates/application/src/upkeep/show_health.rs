//! How the server is, for its administrators.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Scope,
    inspection::Finding,
};

use super::Upkeep;
use crate::{
    errors::CommonError,
    request::{authorize, request},
};

/// A look at what the server needs.
#[derive(Debug)]
pub struct ShowHealth;

request!(ShowHealth, "upkeep.health", Access::Administrator(Needs::read(Scope::AdminRead)));

impl Upkeep {
    /// What is found of all that the server needs; nothing where nobody looks at it.
    #[tracing::instrument(name = "upkeep.health", skip_all)]
    pub async fn show_health(&self, call: &Call, _request: ShowHealth) -> Result<Vec<Finding>, CommonError> {
        authorize::<ShowHealth>(call)?;
        Ok(match &self.inspector {
            Some(inspector) => inspector.look(call.now).await,
            None => Vec::new(),
        })
    }
}
