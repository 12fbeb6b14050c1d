//! The pages of administration. Whoever may not have one is told that it is not there.

use dashtam_api::Rule;
use dashtam_application::{
    Request,
    administration::{
        CreateUser, DeleteUser, EndUserSessions, GetUser, LiftLocks, ListUsers, StartPasswordReset,
        StartSecondFactorReset, UpdateUser,
    },
    audit::ListAudit,
    delivery::{DropDeadLetter, ListDeadLetters, RetryDeadLetter},
    keystore::RotateSigningKey,
    token_rotation::{GetSecurityConfig, RotateEverybody},
    upkeep::{ShowHealth, ShowWork},
};
use futures_util::FutureExt;

use crate::{
    gate::{Handler, Row},
    pages::administration::{self, acts, audit, edit, installation, mails, user, work},
};

/// What asks before something is done is shown to those alone who could do it, so that they prove who they are before
/// they fill anything in.
pub(super) static PAGES: &[Row] = &[
    look!("/administration", administration::show, ListUsers::ACCESS, [Default]),
    look!("/administration/users/new", edit::new, CreateUser::ACCESS, [Default]).sending(
        handler!(edit::create),
        CreateUser::ACCESS,
        &[Rule::Administration],
    ),
    look!("/administration/users/{id}", user::show, GetUser::ACCESS, [Default]),
    look!("/administration/users/{id}/change", edit::ask, UpdateUser::ACCESS, [Default]).sending(
        handler!(edit::save),
        UpdateUser::ACCESS,
        &[Rule::Administration],
    ),
    look!("/administration/users/{id}/switch", acts::ask_switch, UpdateUser::ACCESS, [Default]).sending(
        handler!(acts::switch),
        UpdateUser::ACCESS,
        &[Rule::Administration],
    ),
    look!("/administration/users/{id}/password", acts::ask_password, StartPasswordReset::ACCESS, [Default])
        .sending(handler!(acts::reset_password), StartPasswordReset::ACCESS, &[Rule::Administration]),
    look!(
        "/administration/users/{id}/second-factor",
        acts::ask_second_factor,
        StartSecondFactorReset::ACCESS,
        [Default]
    )
    .sending(
        handler!(acts::reset_second_factor),
        StartSecondFactorReset::ACCESS,
        &[Rule::Administration],
    ),
    look!("/administration/users/{id}/sessions", acts::ask_sessions, EndUserSessions::ACCESS, [Default])
        .sending(handler!(acts::end_sessions), EndUserSessions::ACCESS, &[Rule::Administration]),
    look!("/administration/users/{id}/locks", acts::ask_locks, LiftLocks::ACCESS, [Default]).sending(
        handler!(acts::lift_locks),
        LiftLocks::ACCESS,
        &[Rule::Administration],
    ),
    look!("/administration/users/{id}/delete", acts::ask_deletion, DeleteUser::ACCESS, [Default]).sending(
        handler!(acts::delete),
        DeleteUser::ACCESS,
        &[Rule::Administration],
    ),
    look!("/administration/audit", audit::show, ListAudit::ACCESS, [Default]),
    look!("/administration/installation", installation::show, GetSecurityConfig::ACCESS, [Default]),
    look!(
        "/administration/installation/signing-key",
        installation::ask_key,
        RotateSigningKey::ACCESS,
        [Default]
    )
    .sending(handler!(installation::rotate_key), RotateSigningKey::ACCESS, &[Rule::TokenRotation]),
    look!(
        "/administration/installation/tokens",
        installation::ask_tokens,
        RotateEverybody::ACCESS,
        [Default]
    )
    .sending(handler!(installation::rotate_tokens), RotateEverybody::ACCESS, &[Rule::TokenRotation]),
    look!("/administration/work", work::show, ShowWork::ACCESS, [Default]),
    look!("/administration/health", work::health, ShowHealth::ACCESS, [Administration]),
    look!("/administration/mails", mails::show, ListDeadLetters::ACCESS, [Default]),
    look!("/administration/mails/{id}/send", mails::ask_send, RetryDeadLetter::ACCESS, [Default]).sending(
        handler!(mails::send),
        RetryDeadLetter::ACCESS,
        &[Rule::Administration],
    ),
    look!("/administration/mails/{id}/drop", mails::ask_drop, DropDeadLetter::ACCESS, [Default]).sending(
        handler!(mails::drop_mail),
        DropDeadLetter::ACCESS,
        &[Rule::Administration],
    ),
];
