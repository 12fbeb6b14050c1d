//! What is being done for everybody, for administrators: how far workers are behind, and how the connections to each
//! institution are. Whose they are is not told.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::ConnectionTally,
    identity::Scope,
};

use super::{Backlog, Upkeep};
use crate::{
    errors::CommonError,
    request::{authorize, request},
};

/// A look at the work of the installation.
#[derive(Debug)]
pub struct ShowWork;

request!(ShowWork, "upkeep.work", Access::Administrator(Needs::read(Scope::AdminRead)));

/// The work of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What is due and not done.
    pub backlog: Backlog,
    /// How everybody's connections are, by the keys of the institutions.
    pub connections: Vec<ConnectionTally>,
}

impl Upkeep {
    /// How far the work for everybody is.
    #[tracing::instrument(name = "upkeep.work", skip_all)]
    pub async fn show_work(&self, call: &Call, _request: ShowWork) -> Result<Work, CommonError> {
        authorize::<ShowWork>(call)?;
        let backlog = self.backlog(call.now).await?;
        Ok(Work { backlog, connections: self.queries.connection_tallies().await? })
    }
}
