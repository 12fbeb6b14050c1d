//! What people want to hear of, and what they were told.

mod body;
mod ports;
mod preferences;
mod settings;

pub use body::{Notification, NotificationKey, NotificationKind};
pub use ports::*;
pub use preferences::{
    LargeFrom, LowBelow, NotificationPreferences, NotificationProblem, NotificationSwitches,
};
pub use settings::{NotificationPlace, NotificationSettings, RECENT_DAYS, REST, TOLD_KEPT};
