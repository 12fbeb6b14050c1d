//! Sign-up, sign-in and the caller's own account.

mod login;
mod logout;
mod me;
mod refresh;
mod register;
mod verify_email;

pub(crate) use login::{__path_login, login};
pub(crate) use logout::{__path_logout, logout};
pub(crate) use me::{__path_me, me};
pub(crate) use refresh::{__path_refresh, refresh};
pub(crate) use register::{__path_register, register};
pub(crate) use verify_email::{__path_verify_email, verify_email};

use dashtam_domain::identity::EmailError;

/// Slug of what is wrong with an address.
fn email_code(error: &EmailError) -> &'static str {
    match error {
        EmailError::Malformed => "malformed",
        EmailError::TooLong => "too_long",
    }
}
