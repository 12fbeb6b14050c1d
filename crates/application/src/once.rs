//! Requests with an idempotency key: the answer is kept in the unit of work that causes the effect.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use dashtam_domain::{
    call::{Call, Caller, Once},
    delivery::idempotency::{Begun, StoredAnswer},
    store::UnitOfWork,
};

use futures_util::lock;

use crate::errors::CommonError;

/// How an edge answers the outcome of a use case. The use case keeps that answer for a repeated request, in the unit of
/// work that causes the outcome, so it has to be told beforehand.
pub type Present<O> = fn(&O) -> StoredAnswer;

/// For an edge that takes no idempotency keys: nothing is kept of an outcome, because no call has a key.
pub fn unkept<O>(_: &O) -> StoredAnswer {
    StoredAnswer { status: 204, body: String::new() }
}

/// Lets requests with one key go one after the other within this process, where the work is longer than one
/// unit of work: the second then finds the answer of the first instead of racing it.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Weak<lock::Mutex<()>>>>);

impl Turns {
    /// Waits for this call's turn, which lasts until the guard is dropped. Without a key there is no queue.
    pub(crate) async fn take(&self, call: &Call) -> Option<lock::OwnedMutexGuard<()>> {
        let Once { key, .. } = call.once.as_ref()?;
        let name = format!("{} {}", scope(call), key.as_str());
        let queue = {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            queues.retain(|_, queue| queue.strong_count() > 0);
            let queue = queues.get(&name).and_then(Weak::upgrade).unwrap_or_default();
            queues.insert(name, Arc::downgrade(&queue));
            queue
        };
        Some(queue.lock_owned().await)
    }
}

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
    let Some(Once { key, fingerprint }) = &call.once else { return Ok(()) };
    match work.idempotency().begin(&scope(call), key, *fingerprint, call.now).await? {
        Begun::Fresh => Ok(()),
        Begun::Replay(answer) => Err(CommonError::Replay(answer)),
        Begun::Mismatch => Err(CommonError::KeyReused),
    }
}

/// Keeps the answer to be given again.
pub(crate) async fn finish<O>(
    call: &Call,
    work: &mut dyn UnitOfWork,
    outcome: &O,
    present: Present<O>,
) -> Result<(), CommonError> {
    let Some(Once { key, .. }) = &call.once else { return Ok(()) };
    let answer = present(outcome);
    Ok(work.idempotency().finish(&scope(call), key, &answer).await?)
}
