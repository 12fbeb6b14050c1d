//! Requests with an idempotency key: the answer is kept in the unit of work that causes the effect.

use std::any::Any;

use dashtam_domain::{
    call::{Call, Caller, Once},
    delivery::idempotency::Begun,
    store::UnitOfWork,
};

use crate::errors::CommonError;

/// Keys belong to the signed-in user, or to the address of an anonymous client.
fn scope(call: &Call) -> String {
    match (&call.caller, call.client.address) {
        (Caller::User(principal), _) => format!("user:{}", principal.user),
        (_, Some(address)) => format!("address:{address}"),
        (_, None) => "system".to_owned(),
    }
}

/// Takes the call's idempotency key, if it has one. The kept answer of an earlier request comes back as
/// [`CommonError::Replay`], which the edge presents as that answer.
pub(crate) async fn begin(call: &Call, work: &mut dyn UnitOfWork) -> Result<(), CommonError> {
    let Some(Once { key, fingerprint, .. }) = &call.once else { return Ok(()) };
    match work.idempotency().begin(&scope(call), key, *fingerprint, call.now).await? {
        Begun::Fresh => Ok(()),
        Begun::Replay(answer) => Err(CommonError::Replay(answer)),
        Begun::Mismatch => Err(CommonError::KeyReused),
    }
}

/// Keeps the answer to be given again.
pub(crate) async fn finish(
    call: &Call,
    work: &mut dyn UnitOfWork,
    outcome: &(dyn Any + Send + Sync),
) -> Result<(), CommonError> {
    let Some(Once { key, present, .. }) = &call.once else { return Ok(()) };
    let answer = present(outcome);
    Ok(work.idempotency().finish(&scope(call), key, &answer).await?)
}
