//! Administrators at work: making, changing and closing accounts, and never being the last to go.

use chrono::TimeDelta;
use dashtam_application::{
    administration::{
        AdministrationError, CreateAdministrator, CreateUser, DeleteUser, EndUserSessions, GetUser,
        ListAdministrators, ListUsers, SetActive, SetAdministrator, StartPasswordReset, UpdateUser,
        UserChange, WelcomeBack,
    },
    errors::CommonError,
    profile::{CancelDeletion, DeleteAccount, EraseDueAccount, ProfileError, RequestEmailChange},
    recovery::{CompleteReset, RecoveryError},
    sign_in::{PasswordSignInError, Refusal},
    token_rotation::{GetSecurityConfig, RotateEverybody, RotationError},
};
use dashtam_domain::{
    call::Call,
    id::UserId,
    identity::{AuditAction, DELETION_GRACE, FlagChange, PlainPassword, Quota, User, UserFilter, UserSearch},
    page::Limit,
    secret::SecretText,
    store::StoreError,
};
use dashtam_testkit::builders;
use futures_util::future::join_all;
use serde_json::json;

use super::{ADA, Flow, OTHER_PASSWORD, PASSWORD, Person};
use crate::world::{assert_refused, unkept};

const BOB: &str = "bob@example.com";

/// Ada is the administrator, Bob is not.
async fn household() -> (Flow, Person, Person) {
    let (flow, ada) = Flow::with_ada().await;
    flow.alter(ada.user, |user| user.administrator = true).await;
    let bob = flow.another(BOB).await;
    (flow, ada, bob)
}

async fn update(
    flow: &Flow,
    by: &Person,
    whom: &Person,
    change: UserChange,
) -> Result<User, AdministrationError> {
    let call = flow.with_rights(by).await;
    let wanted = UpdateUser { user: whom.user, change, revision: None };
    flow.dashtam.administration().update_user(&call, wanted).await
}

fn disabled(disabled: bool) -> UserChange {
    UserChange { disabled: Some(disabled), ..UserChange::default() }
}

fn administrator(administrator: bool) -> UserChange {
    UserChange { administrator: Some(administrator), ..UserChange::default() }
}

#[tokio::test]
async fn an_account_is_made_without_a_password_and_its_owner_chooses_one() {
    let (flow, ada, _) = household().await;
    let call = flow.with_rights(&ada).await;
    let wanted = |email: &str| CreateUser {
        email: email.parse().unwrap(),
        name: "Carol".parse().unwrap(),
        change: UserChange {
            flags: FlagChange { read_only: Some(true), device_limit: Quota::new(2), ..FlagChange::default() },
            ..UserChange::default()
        },
    };
    let administration = flow.dashtam.administration();
    let made = administration.create_user(&call, wanted("carol@example.com"), unkept).await.unwrap();
    assert_eq!((made.password.is_none(), made.is_verified(), made.managed_by), (true, false, None));
    assert!(made.flags.read_only && !made.administrator);
    assert_eq!(flow.user(made.id).await, Some(made.clone()));
    let again = administration.create_user(&call, wanted("Carol@Example.com"), unkept).await;
    assert_refused!(again, AdministrationError::EmailTaken);

    let token = flow.token("carol@example.com", "Invitation").await;
    let chosen = CompleteReset { token, new_password: SecretText::new(OTHER_PASSWORD) };
    flow.dashtam.recovery().complete(&flow.anonymous(), chosen).await.unwrap();
    let carol = flow.sign_in("carol@example.com", OTHER_PASSWORD).await.unwrap().user;
    assert!(carol.is_verified() && carol.flags.read_only);
    let trail = flow.trail(carol.id).await;
    assert_eq!(trail[0], AuditAction::AccountCreated);
}

#[tokio::test]
async fn switching_off_ends_every_session_at_once_and_is_told_with_before_and_after() {
    let (flow, ada, bob) = household().await;
    let strict = UserChange {
        flags: FlagChange { limit_commands: Some(true), ..FlagChange::default() },
        ..disabled(true)
    };
    let off = update(&flow, &ada, &bob, strict).await.unwrap();
    assert!(!off.is_active && off.flags.limit_commands);
    assert!(!flow.is_signed_in(&bob).await);
    assert!(flow.world.cache.forgotten_users().contains(&bob.user));
    assert_refused!(flow.sign_in(BOB, PASSWORD).await, PasswordSignInError::Refused(Refusal::Disabled));
    let lines = flow.disk.storage.queries.audit_trail(Some(bob.user), None, Limit::default()).await.unwrap();
    let changed = lines.items.iter().find(|line| line.action == AuditAction::AccountFlagsChanged).unwrap();
    assert_eq!(changed.details["before"], json!({"disabled": false, "limit_commands": false}));
    assert_eq!(changed.details["after"], json!({"disabled": true, "limit_commands": true}));
    assert_eq!(changed.details["by"], json!(ada.user.to_string()));
    assert!(lines.items.iter().any(|line| line.action == AuditAction::AccountDisabled));

    let same = update(&flow, &ada, &bob, disabled(true)).await.unwrap();
    assert_eq!(same.revision, off.revision, "nothing is written where nothing changes");
    let call = flow.with_rights(&ada).await;
    let revision = Some(off.revision - 1);
    let stale = UpdateUser { user: bob.user, change: disabled(false), revision };
    let refused = flow.dashtam.administration().update_user(&call, stale).await;
    assert_refused!(refused, AdministrationError::Common(CommonError::Store(StoreError::Stale)));
    assert!(!flow.user(bob.user).await.unwrap().is_active);
    update(&flow, &ada, &bob, disabled(false)).await.unwrap();
    flow.sign_in(BOB, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn an_account_expires_and_its_time_can_be_prolonged() {
    let (flow, ada, bob) = household().await;
    let until = |at| UserChange { expires_at: Some(at), ..UserChange::default() };
    let end = flow.now().plus(TimeDelta::hours(1));
    update(&flow, &ada, &bob, until(Some(end))).await.unwrap();
    assert!(flow.is_signed_in(&bob).await);
    flow.wait(TimeDelta::hours(1));
    assert!(flow.is_signed_in(&bob).await, "the last instant is the owner's");
    flow.wait(TimeDelta::microseconds(1));
    assert!(!flow.is_signed_in(&bob).await);
    assert_refused!(flow.sign_in(BOB, PASSWORD).await, PasswordSignInError::Refused(Refusal::Expired));
    update(&flow, &ada, &bob, until(None)).await.unwrap();
    flow.sign_in(BOB, PASSWORD).await.unwrap();
    update(&flow, &ada, &bob, until(Some(flow.now().plus(-TimeDelta::hours(1))))).await.unwrap();
    assert!(!flow.is_signed_in(&bob).await);
}

#[tokio::test]
async fn the_last_administrator_stays_whatever_is_tried() {
    let (flow, ada, bob) = household().await;
    let later = flow.now().plus(TimeDelta::days(400));
    let expiring = UserChange { expires_at: Some(Some(later)), ..UserChange::default() };
    let looking = UserChange {
        flags: FlagChange { read_only: Some(true), ..FlagChange::default() },
        ..UserChange::default()
    };
    let (by_ada, by_host) = (flow.with_rights(&ada).await, Call::system(flow.now()));
    let administration = flow.dashtam.administration();
    for refused in [
        update(&flow, &ada, &ada, administrator(false)).await.map(drop),
        update(&flow, &ada, &ada, disabled(true)).await.map(drop),
        update(&flow, &ada, &ada, expiring.clone()).await.map(drop),
        update(&flow, &ada, &ada, looking.clone()).await.map(drop),
        administration.delete_user(&by_ada, DeleteUser { user: ada.user }).await.map(drop),
        administration
            .set_administrator(
                &by_host,
                SetAdministrator { email: ADA.parse().unwrap(), administrator: false },
            )
            .await
            .map(drop),
        administration
            .set_active(&by_host, SetActive { email: ADA.parse().unwrap(), active: false })
            .await
            .map(drop),
    ] {
        assert_refused!(refused, AdministrationError::LastAdministrator);
    }
    let password = PlainPassword::presented(PASSWORD).unwrap();
    let own = flow.dashtam.profile().delete(&by_ada, DeleteAccount { password }).await;
    assert_refused!(own, ProfileError::LastAdministrator);
    assert!(flow.is_signed_in(&ada).await);

    // Somebody who will go does not count, somebody who stays does.
    update(&flow, &ada, &bob, UserChange { administrator: Some(true), ..expiring }).await.unwrap();
    assert_refused!(
        update(&flow, &ada, &ada, administrator(false)).await,
        AdministrationError::LastAdministrator
    );
    update(&flow, &ada, &bob, UserChange { expires_at: Some(None), ..looking }).await.unwrap();
    assert_refused!(
        update(&flow, &ada, &ada, administrator(false)).await,
        AdministrationError::LastAdministrator
    );
    let acting = FlagChange { read_only: Some(false), ..FlagChange::default() };
    update(&flow, &ada, &bob, UserChange { flags: acting, ..UserChange::default() }).await.unwrap();
    update(&flow, &bob, &ada, administrator(false)).await.unwrap();
    assert_refused!(
        update(&flow, &bob, &bob, administrator(false)).await,
        AdministrationError::LastAdministrator
    );
    let listed = administration.list_administrators(&by_host, ListAdministrators).await.unwrap();
    assert_eq!(listed.iter().map(|user| user.id).collect::<Vec<_>>(), [bob.user]);
    let trail = flow.trail(ada.user).await;
    assert_eq!(trail.last(), Some(&AuditAction::AdministratorRevoked));
}

#[tokio::test]
async fn a_closed_account_is_erased_unless_it_is_switched_on_before() {
    let (flow, ada, bob) = household().await;
    let administration = flow.dashtam.administration();
    let close = async || {
        let call = flow.with_rights(&ada).await;
        administration.delete_user(&call, DeleteUser { user: bob.user }).await
    };
    assert_eq!(close().await.unwrap(), flow.now().plus(DELETION_GRACE));
    assert!(!flow.is_signed_in(&bob).await);
    assert_refused!(flow.sign_in(BOB, PASSWORD).await, PasswordSignInError::Refused(Refusal::Disabled));
    assert_eq!((flow.count(BOB, "AccountClosed").await, flow.count(BOB, "DeletionScheduled").await), (1, 0));
    let due = flow.user(bob.user).await.unwrap().deletion_due_at.unwrap();
    assert_eq!(close().await.unwrap(), due);
    assert_eq!(flow.count(BOB, "AccountClosed").await, 1, "closing it again tells nobody");
    let kept = update(&flow, &ada, &bob, disabled(false)).await.unwrap();
    assert_eq!((kept.deletion_due_at, kept.is_active), (None, true));
    flow.sign_in(BOB, PASSWORD).await.unwrap();

    close().await.unwrap();
    flow.wait(DELETION_GRACE + TimeDelta::seconds(1));
    let call = Call::system(flow.now());
    assert!(flow.dashtam.profile().erase_due(&call, EraseDueAccount).await.unwrap());
    assert_eq!(flow.user(bob.user).await, None);
    let gone = update(&flow, &ada, &bob, disabled(false)).await;
    assert_refused!(gone, AdministrationError::NotFound);
}

#[tokio::test]
async fn an_address_an_administrator_gives_has_to_be_proved_and_a_fixed_one_is_the_administrators() {
    let (flow, ada, bob) = household().await;
    let flags = FlagChange { fixed_email: Some(true), ..FlagChange::default() };
    update(&flow, &ada, &bob, UserChange { flags, ..UserChange::default() }).await.unwrap();
    let own = RequestEmailChange {
        new_email: "new@example.com".parse().unwrap(),
        password: PlainPassword::presented(PASSWORD).unwrap(),
    };
    let refused = flow.dashtam.profile().request_email_change(&flow.with_rights(&bob).await, own).await;
    assert_refused!(refused, ProfileError::EmailFixed);

    let to = |email: &str| UserChange { email: Some(email.parse().unwrap()), ..UserChange::default() };
    assert_refused!(update(&flow, &ada, &bob, to(ADA)).await, AdministrationError::EmailTaken);
    let moved = update(&flow, &ada, &bob, to("bob@new.example")).await.unwrap();
    assert_eq!((moved.email.as_str(), moved.is_verified()), ("bob@new.example", false));
    assert!(!flow.is_signed_in(&bob).await);
    assert_eq!(flow.count(BOB, "EmailReplaced").await, 1, "the earlier address is told");
    assert_eq!(flow.count("bob@new.example", "EmailReplaced").await, 0);
    assert_refused!(
        flow.sign_in("bob@new.example", PASSWORD).await,
        PasswordSignInError::Refused(Refusal::NotVerified)
    );
    flow.verify("bob@new.example").await;
    flow.sign_in("bob@new.example", PASSWORD).await.unwrap();
}

/// Whoever gave an account up can keep it, until an administrator closes it, whoever switched it off meanwhile.
#[tokio::test]
async fn what_an_administrator_closed_is_kept_by_nobody_who_gave_it_up_before() {
    for by_manager in [true, false] {
        let (flow, ada, bob) = household().await;
        let password = PlainPassword::presented(PASSWORD).unwrap();
        let given_up =
            flow.dashtam.profile().delete(&flow.by(&bob), DeleteAccount { password }).await.unwrap();
        let token = flow.token(BOB, "DeletionScheduled").await;
        flow.alter(bob.user, |user| {
            user.switch(false);
            user.off_by_administrator = !by_manager;
        })
        .await;
        let call = flow.with_rights(&ada).await;
        let closed = flow.dashtam.administration().delete_user(&call, DeleteUser { user: bob.user }).await;
        assert_eq!(closed.unwrap(), given_up);
        let kept = flow.dashtam.profile().cancel_deletion(&flow.anonymous(), CancelDeletion { token }).await;
        assert_refused!(kept, ProfileError::InvalidToken);
        let user = flow.user(bob.user).await.unwrap();
        assert_eq!((user.deletion_due_at, user.off_by_administrator), (Some(given_up), true));
        assert_eq!(flow.count(BOB, "AccountClosed").await, usize::from(by_manager));
    }
}

#[tokio::test]
async fn administrators_start_a_reset_and_sign_out_and_never_choose_a_password() {
    let (flow, ada, bob) = household().await;
    let call = flow.with_rights(&ada).await;
    let administration = flow.dashtam.administration();
    administration.start_password_reset(&call, StartPasswordReset { user: bob.user }, unkept).await.unwrap();
    let hurried =
        administration.start_password_reset(&call, StartPasswordReset { user: bob.user }, unkept).await;
    assert_refused!(hurried, AdministrationError::TooManyMails { .. });
    assert!(flow.is_signed_in(&bob).await, "asking changes nothing");
    let token = flow.token(BOB, "ResetPassword").await;
    let chosen = CompleteReset { token, new_password: SecretText::new(OTHER_PASSWORD) };
    flow.dashtam.recovery().complete(&flow.anonymous(), chosen).await.unwrap();
    flow.sign_in(BOB, OTHER_PASSWORD).await.unwrap();
    flow.sign_in(BOB, OTHER_PASSWORD).await.unwrap();
    let shown = administration.get_user(&call, GetUser { user: bob.user }).await.unwrap();
    assert_eq!((shown.user.id, shown.sessions), (bob.user, 2));
    let ended = administration.end_user_sessions(&call, EndUserSessions { user: bob.user }).await.unwrap();
    assert_eq!(ended, 2);
    let shown = administration.get_user(&call, GetUser { user: bob.user }).await.unwrap();
    assert_eq!(shown.sessions, 0);
    let search = UserSearch::Email("bob".to_owned());
    let list = ListUsers { filter: UserFilter { search, ..UserFilter::default() }, ..ListUsers::default() };
    let found = administration.list_users(&call, list).await.unwrap();
    assert_eq!(found.items.iter().map(|user| user.id).collect::<Vec<_>>(), [bob.user]);
}

#[tokio::test]
async fn the_host_makes_the_first_administrator_who_chooses_the_password_by_the_link() {
    let flow = Flow::open().await;
    let call = Call::system(flow.now());
    let administration = flow.dashtam.administration();
    let wanted = |email: &str, mail| CreateAdministrator {
        email: email.parse().unwrap(),
        name: "Root".parse().unwrap(),
        mail,
    };
    let begun = administration.create_administrator(&call, wanted(ADA, false)).await.unwrap();
    assert_refused!(
        administration.create_administrator(&call, wanted(ADA, false)).await,
        AdministrationError::EmailTaken
    );
    assert!(!format!("{begun:?}").contains("token"));
    let link = begun.link.unwrap();
    assert!(link.as_str().starts_with("https://dashtam.example/app/reset-password?token=dsp_"));
    let token = SecretText::new(link.query_pairs().next().unwrap().1);
    let chosen = CompleteReset { token, new_password: SecretText::new(PASSWORD) };
    flow.dashtam.recovery().complete(&flow.anonymous(), chosen).await.unwrap();
    assert!(flow.sign_in(ADA, PASSWORD).await.unwrap().user.administrator);
    assert_eq!(flow.count(ADA, "Invitation").await, 0);

    let mailed = administration.create_administrator(&call, wanted(BOB, true)).await.unwrap();
    assert!(mailed.link.is_none());
    flow.token(BOB, "Invitation").await;
    let off = SetActive { email: BOB.parse().unwrap(), active: false };
    assert!(administration.set_active(&call, off).await.unwrap());
    let nobody = SetActive { email: "nobody@example.com".parse().unwrap(), active: true };
    assert_refused!(administration.set_active(&call, nobody).await, AdministrationError::NotFound);
    let again = SetAdministrator { email: ADA.parse().unwrap(), administrator: true };
    assert!(!administration.set_administrator(&call, again).await.unwrap());
}

#[tokio::test]
async fn the_owner_of_an_account_that_was_brought_back_chooses_a_password_by_the_link() {
    let (flow, ada, _) = household().await;
    let call = Call::system(flow.now());
    let administration = flow.dashtam.administration();
    let nobody = WelcomeBack { user: UserId(builders::id()) };
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    let refused = administration.welcome_back(&call, &mut *unit, nobody).await;
    assert_refused!(refused, AdministrationError::NotFound);
    unit.roll_back().await;
    let lines = flow.trail(ada.user).await.len();
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    let begun = administration.welcome_back(&call, &mut *unit, WelcomeBack { user: ada.user }).await.unwrap();
    assert!(!format!("{begun:?}").contains("token"));
    assert_eq!(flow.trail(ada.user).await.len(), lines, "nothing of it before the account is there");
    unit.commit().await.unwrap();
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::AccountRestored));
    let token = SecretText::new(begun.link.unwrap().query_pairs().next().unwrap().1);
    let chosen = || CompleteReset { token: token.clone(), new_password: SecretText::new(OTHER_PASSWORD) };
    flow.dashtam.recovery().complete(&flow.anonymous(), chosen()).await.unwrap();
    flow.sign_in(ADA, OTHER_PASSWORD).await.unwrap();
    let again = flow.dashtam.recovery().complete(&flow.anonymous(), chosen()).await;
    assert_refused!(again, RecoveryError::InvalidToken);
}

#[tokio::test]
async fn of_thirty_who_make_the_same_tokens_void_one_does() {
    let (flow, ada, _) = household().await;
    let call = flow.with_rights(&ada).await;
    let rotation = flow.postman.token_rotation();
    let version = async || rotation.security_config(&call, GetSecurityConfig).await.unwrap().floor.version;
    let before = version().await;
    let rotate = |version| {
        let reason = "A laptop was lost on the train".to_owned();
        rotation.global(&call, RotateEverybody { reason, grace_minutes: 60, version })
    };
    let done = join_all((0..30).map(|_| rotate(Some(before)))).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    assert_eq!(version().await, before + 1);
    let trail = flow.trail(ada.user).await;
    let lines = trail.iter().filter(|action| **action == AuditAction::GlobalTokensRotated);
    assert_eq!(lines.count(), 1);
    assert_refused!(rotate(Some(before)).await, RotationError::Common(CommonError::Store(StoreError::Stale)));
    rotate(None).await.unwrap();
    assert_eq!(version().await, before + 2);
}
