//! Webhooks: programs of a user's that are told of events by a signed request, as [Standard Webhooks][] describes it.
//!
//! Each endpoint keeps the number up to which the owner's events became deliveries of it. A delivery is tried until it
//! is taken or given up, always under the same id, so that a receiver knows what it has seen.
//!
//! [Standard Webhooks]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

mod address;
mod delivery;
mod endpoint;
mod ports;
mod signature;

pub use address::{WebhookUrl, WebhookUrlError};
pub use delivery::{
    ANSWER_KEPT, DeliveryState, Outcome, ToldEvent, Try, Verdict, WebhookDelivery, WebhookFailure,
};
pub use endpoint::{DisabledBecause, PreviousSecret, Webhook};
pub use ports::{WebhookAnswer, WebhookMessage, WebhookQueries, WebhookRepository, WebhookSender};
pub use signature::{WebhookSecret, signatures};

#[cfg(feature = "mocks")]
pub use ports::{MockWebhookQueries, MockWebhookRepository, MockWebhookSender};
