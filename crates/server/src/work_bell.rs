//! What wakes the workers of this process.

use dashtam_domain::delivery::WorkSignal;
use tokio::sync::Notify;

/// Rings the workers of this process.
#[derive(Default)]
pub(crate) struct Bell(Notify);

impl Bell {
    /// Waits until somebody rings.
    pub(crate) async fn rung(&self) {
        self.0.notified().await;
    }
}

impl WorkSignal for Bell {
    fn ring(&self) {
        // Wakes those that wait now, and leaves a permit for the next that would.
        self.0.notify_waiters();
        self.0.notify_one();
    }
}
