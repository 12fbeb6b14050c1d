//! Settings: where they come from, and the checks they have to pass.

mod aliases;
mod load;
mod network;
mod secret;
mod sections;

pub(crate) use load::{Load, Profile, load};
pub(crate) use secret::Secret;
pub(crate) use sections::{LogFormat, Role, Settings};
