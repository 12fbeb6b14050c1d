//! Budgets: how many wrong passwords and how many mails there may be.

mod mail;
mod sign_in;

pub use mail::*;
pub use sign_in::*;
