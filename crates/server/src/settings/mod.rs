//! Settings: where they come from, and the checks they have to pass.

mod aliases;
mod load;
mod mail;
mod network;
mod secret;
mod sections;

pub(crate) use load::{Load, Profile, load};
pub(crate) use secret::Secret;
pub(crate) use sections::{Algorithm, LogFormat, Mail, MailSecurity, MailTransport, Role, Settings};
