//! Budgets of wrong passwords and of mails.

pub mod mail;
pub mod races;
pub mod sign_in;
