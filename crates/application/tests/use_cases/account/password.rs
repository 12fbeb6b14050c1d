//! Changing a password by somebody who knows it, and the name.

use chrono::TimeDelta;
use dashtam_application::{
    profile::{ChangePassword, ProfileError, UpdateProfile},
    sign_in::PasswordSignInError,
};
use dashtam_domain::{
    identity::{AuditAction, PasswordRejection, PlainPassword},
    secret::SecretText,
};

use super::{ADA, Flow, OTHER_PASSWORD, PASSWORD, Person};
use crate::world::assert_refused;

async fn change(flow: &Flow, by: &Person, current: &str, new: &str) -> Result<(), ProfileError> {
    let current_password = PlainPassword::presented(current).unwrap();
    let request = ChangePassword { current_password, new_password: SecretText::new(new) };
    flow.dashtam.profile().change_password(&flow.by(by), request).await
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let (flow, ada) = Flow::with_ada().await;
    let elsewhere = flow.person(ADA).await;
    assert_refused!(change(&flow, &ada, "Wrong-Horse-7", OTHER_PASSWORD).await, ProfileError::WrongPassword);
    assert_refused!(change(&flow, &ada, PASSWORD, PASSWORD).await, ProfileError::SamePassword);
    let weak = change(&flow, &ada, PASSWORD, "Password123!").await;
    assert_refused!(weak, ProfileError::Weak(PasswordRejection::Common));
    assert!(flow.is_signed_in(&elsewhere).await);
    change(&flow, &ada, PASSWORD, OTHER_PASSWORD).await.unwrap();
    assert!(flow.is_signed_in(&ada).await && !flow.is_signed_in(&elsewhere).await);
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::InvalidCredentials);
    flow.sign_in(ADA, OTHER_PASSWORD).await.unwrap();
    assert_eq!(flow.count(ADA, "PasswordChanged").await, 1);
    assert!(flow.trail(ada.user).await.contains(&AuditAction::PasswordChanged));
}

#[tokio::test]
async fn a_session_has_ten_wrong_passwords_and_no_other_session_suffers() {
    let (flow, ada) = Flow::with_ada().await;
    let elsewhere = flow.person(ADA).await;
    for _ in 0..10 {
        assert_refused!(
            change(&flow, &ada, "Wrong-Horse-7", OTHER_PASSWORD).await,
            ProfileError::WrongPassword
        );
    }
    for current in ["Wrong-Horse-7", PASSWORD] {
        assert_refused!(
            change(&flow, &ada, current, OTHER_PASSWORD).await,
            ProfileError::Throttled { seconds: 3_601 }
        );
    }
    let trail = flow.trail(ada.user).await;
    let told = trail.iter().filter(|action| **action == AuditAction::PasswordCheckFailed).count();
    assert_eq!(
        told, 10,
        "the owner sees that somebody guesses, and what is not looked at fills no trail: {trail:?}"
    );
    change(&flow, &elsewhere, PASSWORD, OTHER_PASSWORD).await.unwrap();
    let again = flow.sign_in(ADA, OTHER_PASSWORD).await;
    assert!(again.is_ok(), "a sign-in is counted by itself");
    flow.wait(TimeDelta::hours(1));
    assert_refused!(change(&flow, &ada, PASSWORD, "Third-Horse-99").await, ProfileError::WrongPassword);
}

#[tokio::test]
async fn a_person_is_renamed_and_the_address_is_left_alone() {
    let (flow, ada) = Flow::with_ada().await;
    let update = |name: Option<&str>, email: Option<&str>| {
        let name = name.map(|name| name.parse().unwrap());
        UpdateProfile { name, email: email.map(|email| email.parse().unwrap()), ..UpdateProfile::default() }
    };
    let profile = flow.dashtam.profile();
    let call = flow.by(&ada);
    let same = profile.update(&call, update(None, None)).await.unwrap();
    assert_eq!((same.name.as_str(), same.revision), ("Ada Lovelace", 1));
    let renamed = profile.update(&call, update(Some("  Ada King "), Some("ADA@example.com"))).await.unwrap();
    assert_eq!(renamed.name.as_str(), "Ada King");
    assert_eq!(flow.user(ada.user).await, Some(renamed));
    let elsewhere = profile.update(&call, update(Some("X"), Some("other@example.com"))).await;
    assert_refused!(elsewhere, ProfileError::EmailNotHere);
    assert_eq!(flow.user(ada.user).await.unwrap().name.as_str(), "Ada King");
    assert!(flow.world.cache.forgotten_users().contains(&ada.user));
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::ProfileUpdated));
}
