//! Callbacks that prove nothing: no state, a wrong one, or a refusal.

use dashtam_application::authorization::{AuthorizationError, CompleteAuthorization, Linked};
use dashtam_domain::{
    connections::PendingAuthorization,
    id::ConnectionId,
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use dashtam_testkit::builders;

use super::{pending, redeems, state, world};
use crate::world::assert_refused;

/// A callback with everything in it.
fn callback() -> CompleteAuthorization {
    CompleteAuthorization {
        connection: None,
        state: Some(SecretText::new(state().expose())),
        code: Some(SecretText::new("the-code")),
        refused: false,
    }
}

/// What becomes of a callback that must not get as far as the store.
async fn refused_at_once(request: CompleteAuthorization) -> Result<Linked, AuthorizationError> {
    let (mut world, bank, _) = world();
    let call = world.anonymous();
    let result = world.build().authorization().complete(&call, request).await;
    assert!(bank.calls().is_empty());
    result
}

#[tokio::test]
async fn a_missing_or_malformed_state_is_refused_without_a_look_up() {
    let other_kind = OpaqueSecret::from_bytes(SecretKind::Refresh, &[5; 32]);
    for state in [None, Some(""), Some("dso_forged"), Some(other_kind.expose())] {
        let request = CompleteAuthorization { state: state.map(SecretText::new), ..callback() };
        assert_refused!(refused_at_once(request).await, AuthorizationError::InvalidState);
    }
    let refusal = CompleteAuthorization { state: None, code: None, refused: true, ..callback() };
    assert_refused!(refused_at_once(refusal).await, AuthorizationError::InvalidState);
}

#[tokio::test]
async fn a_callback_without_a_code_does_not_use_up_the_state() {
    let request = CompleteAuthorization { code: None, ..callback() };
    assert_refused!(refused_at_once(request).await, AuthorizationError::MissingCode);
}

/// What becomes of a callback whose state is found to be this, and whether that was committed.
async fn redeemed(
    request: CompleteAuthorization,
    found: Option<PendingAuthorization>,
) -> (Result<Linked, AuthorizationError>, bool) {
    let (mut world, bank, _) = world();
    let unit = world.unit(|unit| redeems(unit, found));
    let call = world.anonymous();
    let result = world.build().authorization().complete(&call, request).await;
    assert!(bank.calls().is_empty());
    (result, unit.is_committed())
}

#[tokio::test]
async fn a_state_that_is_unknown_used_or_too_old_changes_nothing() {
    let (result, committed) = redeemed(callback(), None).await;
    assert_refused!(result, AuthorizationError::InvalidState);
    assert!(!committed);
}

#[tokio::test]
async fn a_state_of_another_instance_stays_good_for_its_own() {
    let (_, _, connection) = world();
    let request = CompleteAuthorization { connection: Some(ConnectionId(builders::id())), ..callback() };
    let (result, committed) = redeemed(request, Some(pending(&connection))).await;
    assert_refused!(result, AuthorizationError::InvalidState);
    assert!(!committed);
}

#[tokio::test]
async fn a_refusal_at_the_institution_uses_up_the_state() {
    for code in [None, Some("a code all the same")] {
        let (_, _, connection) = world();
        let code = code.map(SecretText::new);
        let request = CompleteAuthorization { code, refused: true, ..callback() };
        let (result, committed) = redeemed(request, Some(pending(&connection))).await;
        assert_refused!(result, AuthorizationError::NotGranted);
        assert!(committed);
    }
}
