//! Mails: how they look, and where they go.

mod development_outbox;
mod letter;
mod message;
mod render;
mod ses;
mod smtp;

pub use development_outbox::DevelopmentOutbox;
pub use message::{InvalidSender, Sender};
pub use smtp::{Encryption, SmtpMailer, SmtpOptions, UnusableSmtp};
