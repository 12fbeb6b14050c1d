//! Addresses that mails name, and where the things are.

use crate::{
    reply::{Outcome, Reply},
    visit::Visit,
};

/// Where API keys are looked after.
pub(crate) async fn keys(_: Visit) -> Outcome {
    Ok(Reply::to("/settings/keys"))
}

/// Where a connection is looked after.
pub(crate) async fn connection(visit: Visit) -> Outcome {
    let id: dashtam_domain::id::ConnectionId = visit.id()?;
    Ok(Reply::to(format!("/connections/{id}")))
}
