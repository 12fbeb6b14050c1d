//! Long reckoning that leaves others their turn.

use std::{
    future::poll_fn,
    mem::replace,
    task::Poll::{Pending, Ready},
};

/// Lets whatever else waits for this thread go on, once.
pub(crate) async fn others_turn() {
    let mut waited = false;
    poll_fn(|context| {
        if replace(&mut waited, true) {
            return Ready(());
        }
        context.waker().wake_by_ref();
        Pending
    })
    .await;
}
