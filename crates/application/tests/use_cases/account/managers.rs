//! Managers and their sub-users.

use std::collections::HashMap;

use chrono::TimeDelta;
use dashtam_application::{
    administration::{
        AdministrationError, CreateUser, DeleteUser, GetUser, ListUsers, NameUsers, StartPasswordReset,
        UpdateUser, UserChange,
    },
    audit::ListAudit,
    errors::CommonError,
    profile::{DeleteAccount, ProfileError},
    recovery::CompleteReset,
};
use dashtam_domain::{
    access::AccessDenied,
    call::Call,
    id::UserId,
    identity::{AuditAction, FlagChange, PlainPassword, Quota, User, UserFilter},
    page::Limit,
    secret::SecretText,
};

use super::{Flow, PASSWORD, Person};
use crate::world::{assert_refused, unkept};

/// Mary manages up to two sub-users and is kept from commands until a certain day.
async fn family() -> (Flow, Person, dashtam_domain::time::Timestamp) {
    let (flow, ada) = Flow::with_ada().await;
    flow.alter(ada.user, |user| user.administrator = true).await;
    let mary = flow.another("mary@example.com").await;
    let end = flow.now().plus(TimeDelta::days(100));
    flow.alter(mary.user, |user| {
        user.flags.user_limit = Quota::new(2).unwrap();
        user.flags.limit_commands = true;
        user.expires_at = Some(end);
    })
    .await;
    (flow, mary, end)
}

async fn create(
    flow: &Flow,
    call: &Call,
    email: &str,
    change: UserChange,
) -> Result<User, AdministrationError> {
    let request = CreateUser { email: email.parse().unwrap(), name: "Kid".parse().unwrap(), change };
    flow.dashtam.administration().create_user(call, request, unkept).await
}

async fn update(
    flow: &Flow,
    call: &Call,
    user: UserId,
    change: UserChange,
) -> Result<User, AdministrationError> {
    flow.dashtam.administration().update_user(call, UpdateUser { user, change, revision: None }).await
}

fn flags(flags: FlagChange) -> UserChange {
    UserChange { flags, ..UserChange::default() }
}

#[tokio::test]
async fn a_sub_user_is_as_strict_as_its_manager_or_stricter() {
    let (flow, mary, end) = family().await;
    let call = flow.with_rights(&mary).await;
    let kid = create(&flow, &call, "kid@example.com", UserChange::default()).await.unwrap();
    assert_eq!((kid.managed_by, kid.expires_at), (Some(mary.user), Some(end)));
    assert!(kid.flags.limit_commands && kid.flags.user_limit == Quota::NONE);

    let loose = flags(FlagChange { limit_commands: Some(false), ..FlagChange::default() });
    let refused = create(&flow, &call, "other@example.com", loose.clone()).await;
    assert_refused!(refused, AdministrationError::Looser(fields) if fields == ["limit_commands"]);
    assert_refused!(update(&flow, &call, kid.id, loose).await, AdministrationError::Looser(_));
    for later in [None, Some(end.plus(TimeDelta::microseconds(1)))] {
        let change = UserChange { expires_at: Some(later), ..UserChange::default() };
        let refused = update(&flow, &call, kid.id, change).await;
        assert_refused!(refused, AdministrationError::Looser(fields) if fields == ["expiration_time"]);
    }
    let strict = UserChange {
        expires_at: Some(Some(end.plus(-TimeDelta::days(1)))),
        ..flags(FlagChange { read_only: Some(true), ..FlagChange::default() })
    };
    assert!(update(&flow, &call, kid.id, strict).await.unwrap().flags.read_only);

    // What only administrators may.
    for change in [
        UserChange { administrator: Some(true), ..UserChange::default() },
        UserChange { email: Some("x@example.com".parse().unwrap()), ..UserChange::default() },
        UserChange { name: Some("X".parse().unwrap()), ..UserChange::default() },
        UserChange { managed_by: Some(None), ..UserChange::default() },
        flags(FlagChange { user_limit: Quota::new(1), ..FlagChange::default() }),
    ] {
        let refused = update(&flow, &call, kid.id, change).await;
        assert_refused!(refused, AdministrationError::Common(CommonError::Denied(AccessDenied::Forbidden)));
    }
}

#[tokio::test]
async fn a_manager_who_became_stricter_still_switches_sub_users_off() {
    let (flow, mary, _) = family().await;
    let kid = create(&flow, &flow.with_rights(&mary).await, "kid@example.com", UserChange::default())
        .await
        .unwrap();
    flow.alter(mary.user, |user| user.flags.device_read_only = true).await;
    let off = UserChange { disabled: Some(true), ..UserChange::default() };
    assert!(!update(&flow, &flow.with_rights(&mary).await, kid.id, off).await.unwrap().is_active);
}

#[tokio::test]
async fn managers_have_their_own_sub_users_and_no_more_than_they_may() {
    let (flow, mary, _) = family().await;
    let call = flow.with_rights(&mary).await;
    let one = create(&flow, &call, "one@example.com", UserChange::default()).await.unwrap();
    let two = create(&flow, &call, "two@example.com", UserChange::default()).await.unwrap();
    let three = create(&flow, &call, "three@example.com", UserChange::default()).await;
    assert_refused!(three, AdministrationError::UserLimitReached);
    let taken = create(&flow, &call, "one@example.com", UserChange::default()).await;
    assert_refused!(taken, AdministrationError::EmailTaken);

    let stranger = flow.another("stranger@example.com").await;
    let administration = flow.dashtam.administration();
    let listed = administration.list_users(&call, ListUsers::default()).await.unwrap();
    assert_eq!(listed.items.iter().map(|user| user.id).collect::<Vec<_>>(), [one.id, two.id]);
    let of_other = UserFilter { managed_by: Some(stranger.user), ..UserFilter::default() };
    let foreign = ListUsers { filter: of_other, ..ListUsers::default() };
    assert!(administration.list_users(&call, foreign).await.unwrap().items.is_empty());
    let all = vec![two.id, stranger.user, one.id, mary.user, UserId(uuid::Uuid::nil())];
    let named = administration.name_users(&call, NameUsers { users: all.clone() }).await.unwrap();
    let expected = [&one, &two].map(|user| (user.id, user.email.clone()));
    assert_eq!(named, HashMap::from(expected));
    let by_ada = flow.with_rights(&flow.person(super::ADA).await).await;
    let named = administration.name_users(&by_ada, NameUsers { users: all }).await.unwrap();
    assert_eq!(named.len(), 4, "everybody who is there");
    for id in [stranger.user, mary.user] {
        let seen = administration.get_user(&call, GetUser { user: id }).await;
        assert_refused!(seen, AdministrationError::NotFound);
        let off = UserChange { disabled: Some(true), ..UserChange::default() };
        assert_refused!(update(&flow, &call, id, off).await, AdministrationError::NotFound);
        let reset = administration.start_password_reset(&call, StartPasswordReset { user: id }, unkept).await;
        assert_refused!(reset, AdministrationError::NotFound);
    }
    administration.start_password_reset(&call, StartPasswordReset { user: one.id }, unkept).await.unwrap();
    let token = flow.token("one@example.com", "Invitation").await;
    let chosen = CompleteReset { token, new_password: SecretText::new(PASSWORD) };
    flow.dashtam.recovery().complete(&flow.anonymous(), chosen).await.unwrap();
    let child = flow.person("one@example.com").await;
    let refused = administration.list_users(&flow.with_rights(&child).await, ListUsers::default()).await;
    assert_refused!(refused, AdministrationError::Common(CommonError::Denied(AccessDenied::Forbidden)));

    let trail = async |user| {
        let request = ListAudit { user, before: None, limit: Limit::default() };
        flow.dashtam.audit().list(&call, request).await.unwrap().items
    };
    let all = trail(None).await;
    assert!(all.iter().all(|line| line.user == Some(one.id) || line.user == Some(two.id)));
    assert!(all.iter().any(|line| line.action == AuditAction::PasswordReset));
    assert!(trail(Some(two.id)).await.iter().all(|line| line.user == Some(two.id)));
    assert!(trail(Some(stranger.user)).await.is_empty());
}

#[tokio::test]
async fn a_manager_stays_while_there_are_sub_users_and_administrators_hand_them_over() {
    let (flow, mary, _) = family().await;
    let kid = create(&flow, &flow.with_rights(&mary).await, "kid@example.com", UserChange::default())
        .await
        .unwrap();
    let ada = flow.person(super::ADA).await;
    let call = flow.with_rights(&ada).await;
    let administration = flow.dashtam.administration();
    let delete = async || administration.delete_user(&call, DeleteUser { user: mary.user }).await;
    assert_refused!(delete().await, AdministrationError::HasSubUsers);
    let password = PlainPassword::presented(PASSWORD).unwrap();
    let own = flow.dashtam.profile().delete(&flow.with_rights(&mary).await, DeleteAccount { password }).await;
    assert_refused!(own, ProfileError::HasSubUsers);

    // Disabling a manager does not disable the sub-users.
    let off = UserChange { disabled: Some(true), ..UserChange::default() };
    update(&flow, &call, mary.user, off).await.unwrap();
    assert!(flow.user(kid.id).await.unwrap().is_active);

    let to = |manager| UserChange { managed_by: Some(manager), ..UserChange::default() };
    let themselves = update(&flow, &call, kid.id, to(Some(kid.id))).await;
    assert_refused!(themselves, AdministrationError::NoManager);
    let nobody = update(&flow, &call, kid.id, to(Some(UserId(dashtam_testkit::builders::id())))).await;
    assert_refused!(nobody, AdministrationError::NoManager);
    let upside_down = update(&flow, &call, mary.user, to(Some(kid.id))).await;
    assert_refused!(upside_down, AdministrationError::NoManager);
    let below = update(&flow, &call, mary.user, to(Some(ada.user))).await;
    assert_refused!(below, AdministrationError::Looser(_) | AdministrationError::HasSubUsers);
    update(&flow, &call, kid.id, to(Some(ada.user))).await.unwrap();
    delete().await.unwrap();
}
