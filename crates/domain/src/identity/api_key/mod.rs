//! API keys: sessions that programs hold, kept to scopes, networks and a time.

mod key;
mod queries;
mod scope;

pub use key::{ApiKeyInserted, ApiKeyName, ApiKeyNameError, ApiKeyNotice, parse_network};
pub use queries::*;
pub use scope::{Scope, Scopes};
