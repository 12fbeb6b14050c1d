//! The caller's own account.

use std::sync::Arc;

use dashtam_application::{
    errors::CommonError,
    profile::{GetProfile, OwnAccount},
};
use dashtam_domain::{
    access::AccessDenied,
    identity::{SessionCache, SessionSnapshot},
};
use dashtam_testkit::builders;

use crate::world::{World, assert_refused, broken};

/// The caller's session.
fn own(world: &World) -> SessionSnapshot {
    let mut user = builders::user();
    user.id = world.owner;
    let mut session = builders::session(&user);
    session.id = world.session;
    SessionSnapshot { session, user, floor: builders::token_floor() }
}

#[tokio::test]
async fn a_snapshot_of_this_moment_answers_without_a_look_up() {
    let mut world = World::new();
    let kept = Arc::new(own(&world));
    world.cache.put(kept.clone());
    let call = world.call();
    let profile = world.build().profile().get(&call, GetProfile).await.unwrap();
    assert!(matches!(profile, OwnAccount::Remembered(same) if Arc::ptr_eq(&same, &kept)));
}

#[tokio::test]
async fn without_a_snapshot_the_user_of_the_call_is_looked_up() {
    let mut world = World::new();
    let found = own(&world).user;
    let (answer, user) = (found.clone(), found.id);
    world
        .queries
        .users
        .expect_user()
        .withf(move |asked| *asked == user)
        .times(1)
        .return_once(|_| Ok(Some(answer)));
    let call = world.call();
    let profile = world.build().profile().get(&call, GetProfile).await.unwrap();
    assert_eq!(*profile.user(), found);
}

#[tokio::test]
async fn an_account_that_is_gone_is_nobody() {
    let mut world = World::new();
    world.queries.users.expect_user().return_once(|_| Ok(None));
    let call = world.call();
    let result = world.build().profile().get(&call, GetProfile).await;
    assert_refused!(result, CommonError::Denied(AccessDenied::Anonymous));
}

#[tokio::test]
async fn a_failing_store_is_told_as_such() {
    let mut world = World::new();
    world.queries.users.expect_user().return_once(|_| Err(broken()));
    let call = world.call();
    let result = world.build().profile().get(&call, GetProfile).await;
    assert_refused!(result, CommonError::Store(_));
}
