//! Budgets of wrong passwords and of mails.

mod mail;
mod sign_in;
