//! Turns what happened into the mails it causes.

mod about_sessions;
mod dispatch;

use std::sync::Arc;

use dashtam_domain::{
    delivery::Mailer,
    sources::Sources,
    store::{Queries, Store},
};

use crate::Policy;

pub use dispatch::Dispatch;

/// The outbox.
pub struct Delivery {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
    pub(crate) policy: Policy,
}
