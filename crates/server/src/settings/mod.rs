//! Settings: where they come from, and the checks they have to pass.

mod aliases;
mod enable_banking;
mod http;
mod layers;
mod load;
mod mail;
mod network;
mod plaid;
mod secret;
mod sections;
mod shown;
mod unknown;

pub(crate) use aliases::is_setting;
pub(crate) use load::{Load, Profile, load, load_with_origins};
pub(crate) use secret::Secret;
pub(crate) use sections::{
    Algorithm, EnableBanking, Http, LogFormat, Mail, MailSecurity, MailTransport, Plaid, PlaidEnvironment,
    PsuType, RegistrationMode, Role, Settings, Sync,
};
pub(crate) use shown::as_toml;
