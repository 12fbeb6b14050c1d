//! Looking after accounts: for administrators, and for managers of sub-users.

mod audit_log;
mod body;
mod create_user;
mod delete_user;
mod end_sessions;
mod lift_locks;
mod list_users;
mod reset_password;
mod reset_second_factor;
mod rotate_signing_key;
mod show_user;
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
];
