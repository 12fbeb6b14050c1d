//! [`LiveBell`] of one process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    live::{LiveBell, LiveRings},
};
use tokio::sync::watch;

/// What was rung for one user.
#[derive(Debug, Clone, Copy, Default)]
struct Rung {
    /// Up to which number there are events.
    seq: i64,
    /// How often it was said that anybody may have missed something.
    alarms: u64,
}

type Followed = Mutex<HashMap<UserId, watch::Sender<Rung>>>;

fn locked(followed: &Followed) -> MutexGuard<'_, HashMap<UserId, watch::Sender<Rung>>> {
    followed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes the followers of a user and nobody else. What is rung while a follower is busy is heard once, so that nothing
/// is queued for anybody. Clones are the same bell.
#[derive(Clone, Default)]
pub struct LocalBell {
    followed: Arc<Followed>,
}

impl fmt::Debug for LocalBell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBell").field("followed", &locked(&self.followed).len()).finish()
    }
}

impl LiveBell for LocalBell {
    fn ring(&self, owner: UserId, seq: i64) {
        if let Some(rung) = locked(&self.followed).get(&owner) {
            rung.send_if_modified(|rung| {
                let is_news = seq > rung.seq;
                rung.seq = rung.seq.max(seq);
                is_news
            });
        }
    }

    fn ring_all(&self) {
        for rung in locked(&self.followed).values() {
            rung.send_modify(|rung| rung.alarms += 1);
        }
    }

    fn follow(&self, owner: UserId) -> Box<dyn LiveRings> {
        let rung = locked(&self.followed).entry(owner).or_default().subscribe();
        let alarms = rung.borrow().alarms;
        Box::new(LocalRings { followed: self.followed.clone(), owner, rung: Some(rung), alarms })
    }

    fn followed(&self) -> Vec<UserId> {
        locked(&self.followed).keys().copied().collect()
    }
}

/// A follower of one user.
struct LocalRings {
    followed: Arc<Followed>,
    owner: UserId,
    /// There until it is dropped.
    rung: Option<watch::Receiver<Rung>>,
    /// The alarms that were heard.
    alarms: u64,
}

#[async_trait]
impl LiveRings for LocalRings {
    async fn above(&mut self, seen: i64) {
        let Some(receiver) = &mut self.rung else { return std::future::pending().await };
        loop {
            // The sender is there for as long as anybody follows.
            if receiver.changed().await.is_err() {
                return std::future::pending().await;
            }
            let rung = *receiver.borrow_and_update();
            if rung.alarms != self.alarms || rung.seq > seen {
                self.alarms = rung.alarms;
                return;
            }
        }
    }
}

/// The last follower of a user leaves nothing behind.
impl Drop for LocalRings {
    fn drop(&mut self) {
        let mut followed = locked(&self.followed);
        self.rung = None;
        if followed.get(&self.owner).is_some_and(|rung| rung.receiver_count() == 0) {
            followed.remove(&self.owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use dashtam_domain::id::UserId;
    use uuid::Uuid;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    /// Whether there is anything to hear now.
    fn hears(rings: &mut Box<dyn LiveRings>, seen: i64) -> bool {
        let mut above = rings.above(seen);
        matches!(above.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()))
    }

    #[tokio::test]
    async fn a_follower_hears_of_what_it_has_not_seen() {
        let bell = LocalBell::default();
        let (mut mine, mut other) = (bell.follow(user(1)), bell.follow(user(2)));
        assert!(!hears(&mut mine, 0));
        bell.ring(user(1), 5);
        assert!(hears(&mut mine, 4), "there is a fifth event");
        assert!(!hears(&mut mine, 4), "which was heard of");
        assert!(!hears(&mut other, 0), "it is nobody else's");
        bell.ring(user(1), 6);
        bell.ring(user(1), 7);
        bell.ring(user(1), 6);
        assert!(hears(&mut mine, 5), "two are heard as one");
        assert!(!hears(&mut mine, 5));
        bell.ring(user(1), 8);
        assert!(!hears(&mut mine, 8), "it was read before it was rung for");
    }

    #[tokio::test]
    async fn an_alarm_wakes_everybody_whatever_they_saw() {
        let bell = LocalBell::default();
        let (mut one, mut two) = (bell.follow(user(1)), bell.follow(user(2)));
        bell.ring_all();
        assert!(hears(&mut one, i64::MAX) && hears(&mut two, i64::MAX));
        assert!(!hears(&mut one, 0) && !hears(&mut two, 0));
    }

    #[tokio::test]
    async fn who_waits_is_woken() {
        let bell = LocalBell::default();
        let mut rings = bell.follow(user(1));
        let waiting = tokio::spawn(async move { rings.above(0).await });
        tokio::task::yield_now().await;
        bell.ring(user(1), 1);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn nobody_is_followed_once_the_last_has_gone() {
        let bell = LocalBell::default();
        let (one, two) = (bell.follow(user(1)), bell.follow(user(1)));
        assert_eq!(bell.followed(), [user(1)]);
        drop(one);
        assert_eq!(bell.followed(), [user(1)]);
        drop(two);
        assert_eq!(bell.followed(), []);
        bell.ring(user(1), 9);
        assert!(!hears(&mut bell.follow(user(1)), 0), "who comes later reads by itself");
    }
}
