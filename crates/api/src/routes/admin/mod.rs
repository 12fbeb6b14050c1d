//! Looking after accounts: for administrators, and for managers of sub-users.

mod body;
mod signing_key;
mod users;

pub(crate) use body::{NewUserForm, UserChangeForm};
pub(crate) use signing_key::{__path_rotate_signing_key, rotate_signing_key};
pub(crate) use users::{
    __path_cancel_second_factor_reset, __path_create_user, __path_delete_user, __path_end_sessions,
    __path_get_user, __path_lift_locks, __path_list_users, __path_reset_password, __path_reset_second_factor,
    __path_update_user, cancel_second_factor_reset, create_user, delete_user, end_sessions, get_user,
    lift_locks, list_users, reset_password, reset_second_factor, update_user,
};
