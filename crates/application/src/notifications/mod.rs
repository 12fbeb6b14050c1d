//! Notifications for people: what each wants to hear of, and who tells them.

mod look;
mod preferences;
mod tell;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    delivery::notification::NotificationProblem,
    fault::FieldError,
    sources::Sources,
    store::{Queries, Store},
};

use crate::{
    errors::{CommonError, faults},
    ledger::Ledger,
    recurring::Recurring,
};

pub use preferences::{GetNotifications, SetNotifications};
pub use tell::TellNotifications;

/// Notifications for people.
pub struct Notifications {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) recurring: Arc<Recurring>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) sources: Sources,
}

/// Why something about notifications did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotificationsError {
    /// That cannot be wanted.
    #[error(transparent)]
    Preferences(#[from] NotificationProblem),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    NotificationsError {
        Self::Preferences(_) => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::Preferences(problem) => {
            vec![FieldError::new(problem.field(), problem.code(), problem.to_string())]
        }
        Self::Common(_) => Vec::new(),
    };
}
