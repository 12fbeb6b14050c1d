//! Looking after accounts, for administrators and for managers of sub-users; and after the installation, for administrators.

mod audit_log;
mod body;
mod create_user;
mod delete_user;
mod drop_mail;
mod end_sessions;
mod lift_locks;
mod list_mails;
mod list_users;
mod reset_password;
mod reset_second_factor;
mod retry_mail;
mod rotate_signing_key;
mod show_health;
mod show_mail;
mod show_user;
mod show_work;
mod update_user;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    list_users::ENDPOINT,
    create_user::ENDPOINT,
    show_user::ENDPOINT,
    update_user::ENDPOINT,
    delete_user::ENDPOINT,
    reset_password::ENDPOINT,
    reset_second_factor::ENDPOINT,
    end_sessions::ENDPOINT,
    lift_locks::ENDPOINT,
    audit_log::ENDPOINT,
    rotate_signing_key::ENDPOINT,
    show_work::ENDPOINT,
    show_health::ENDPOINT,
    list_mails::ENDPOINT,
    show_mail::ENDPOINT,
    retry_mail::ENDPOINT,
    drop_mail::ENDPOINT,
];
