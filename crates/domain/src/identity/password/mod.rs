//! Passwords: the rules for them, their hashes, and made-up ones.

mod common;
mod hasher;
mod rules;
mod service;

pub use hasher::*;
pub use rules::{MAX_PASSWORD, MIN_PASSWORD, PasswordHash, PasswordRejection, PlainPassword};
pub use service::{
    PasswordStrength, RANDOM_PASSWORD, RandomPasswordLength, generate_random_password, password_requirements,
};
