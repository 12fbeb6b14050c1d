//! Sign-up, sign-in and the caller's own account.

mod archive;
mod deletion;
mod email;
pub(crate) mod holding;
mod login;
mod login_links;
mod logout;
mod me;
mod password;
mod refresh;
mod register;
mod resend_verification;
mod sign_in_code;
mod step_up;
mod update;
mod verify_email;

pub(crate) use archive::{__path_export, export};
pub(crate) use deletion::{__path_cancel_deletion, __path_delete_me, cancel_deletion, delete_me};
pub(crate) use email::{
    __path_change_email, __path_confirm_email, __path_undo_email_change, change_email, confirm_email,
    undo_email_change,
};
pub(crate) use login::{__path_login, login};
pub(crate) use login_links::{
    __path_consume_login_link, __path_request_login_link, consume_login_link, request_login_link,
};
pub(crate) use logout::{__path_logout, logout};
pub(crate) use me::{__path_me, __path_my_profile, me, my_profile};
pub(crate) use password::{__path_change_password, change_password};
pub(crate) use refresh::{__path_refresh, refresh};
pub(crate) use register::{__path_register, register};
pub(crate) use resend_verification::{
    __path_resend_verification, AddressBody, asked_for, resend_verification,
};
pub(crate) use sign_in_code::{__path_resend_code, __path_second_step, resend_code, second_step};
pub(crate) use step_up::{__path_ask_step_up_code, __path_step_up, ask_step_up_code, step_up};
pub(crate) use update::{__path_update_me, update_me};
pub(crate) use verify_email::{__path_verify_email, verify_email};

use dashtam_domain::identity::{EmailError, NameError, PlainPassword};

use crate::extract::{Checks, Text};

/// Slug of what is wrong with an address.
pub(super) fn email_code(error: &EmailError) -> &'static str {
    match error {
        EmailError::Malformed => "malformed",
        EmailError::TooLong => "too_long",
    }
}

/// Slug of what is wrong with a name.
pub(super) fn name_code(error: &NameError) -> &'static str {
    match error {
        NameError::Blank => "blank",
        NameError::TooLong => "too_long",
        NameError::Control => "control_character",
    }
}

/// A password that somebody has to know.
pub(super) fn presented(checks: &mut Checks, field: &str, text: Text) -> Option<PlainPassword> {
    let password = PlainPassword::presented(&checks.text(field, text)?);
    if password.is_none() {
        checks.broken(field, "length", "This field must be 1 to 128 characters long.");
    }
    password
}
