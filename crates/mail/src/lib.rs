#![doc = include_str!("../README.md")]

mod development_outbox;
mod letter;
mod message;
mod notification;
mod render;
mod reply;
mod ses;
#[cfg(feature = "ses-api")]
mod ses_api;
mod smtp;
mod words;

pub use development_outbox::DevelopmentOutbox;
pub use message::{InvalidSender, Sender};
#[cfg(feature = "ses-api")]
pub use ses_api::{AccessKey, SesApiMailer, SesApiOptions, UnusableSesApi};
pub use smtp::{Encryption, SmtpMailer, SmtpOptions, UnusableSmtp};
