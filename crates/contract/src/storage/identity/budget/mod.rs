//! Budgets of wrong passwords and of mails.

pub mod races;
