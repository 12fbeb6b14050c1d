//! What every [`RateLimiter`] promises.

use std::{sync::Arc, time::Duration};

use dashtam_domain::{
    id::UserId,
    rate_limit::{Bucket, Decision, Rate, RateLimiter, Subject},
};
use uuid::Uuid;

type Limiter = Arc<dyn RateLimiter>;

/// Expands to one test per case of the contract. `async fn fresh(case: &str) -> Option<(Arc<dyn RateLimiter>, Guard)>`
/// answers a limiter with full buckets, or `None`, having said why.
#[macro_export]
macro_rules! rate_limiter_contract {
    ($fresh:path) => {
        $crate::rate_limiter_contract! { @tests $fresh;
            a_bucket_gives_its_burst_and_no_more
            of_many_at_once_exactly_the_burst_gets_through
            racing_costs_are_taken_whole_or_not_at_all
            buckets_are_apart
            a_bucket_refills_at_its_rate
            slow_refills_are_not_rounded_away
            a_refusal_takes_nothing
            a_cost_is_taken_whole
        }
    };
    (@tests $fresh:path; $($case:ident)+) => {$(
        #[test]
        fn $case() {
            $crate::run(async {
                if let Some((limiter, _guard)) = $fresh(stringify!($case)).await {
                    $crate::within_limit(stringify!($case), $crate::rate_limiter::$case(limiter)).await;
                }
            });
        }
    )+};
}

fn bucket(rule: &'static str, user: u128) -> Bucket {
    Bucket { rule, subject: Subject::User(UserId(Uuid::from_u128(user))) }
}

async fn take(limiter: &Limiter, bucket: Bucket, rate: &str, cost: u32) -> Decision {
    let rate: Rate = rate.parse().unwrap();
    limiter.take(bucket, rate, cost).decided().await
}

/// Takes by 30 callers at once; how many got through.
async fn race(limiter: &Limiter, rate: &'static str, cost: u32) -> usize {
    let callers: Vec<_> = (0..30)
        .map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { take(&limiter, bucket("race", 1), rate, cost).await })
        })
        .collect();
    let mut through = 0;
    for caller in callers {
        let decision = caller.await.unwrap();
        assert_eq!(decision.allowed, decision.retry_after == 0);
        through += usize::from(decision.allowed);
    }
    through
}

/// The first request beyond the burst is refused, and told when to come back.
pub async fn a_bucket_gives_its_burst_and_no_more(limiter: Limiter) {
    for left in (0..20).rev() {
        let decision = take(&limiter, bucket("login", 1), "20/5", 1).await;
        assert_eq!((decision.allowed, decision.limit, decision.remaining), (true, 20, left));
        let full = (20 - left) * 12;
        assert!((full - 6..=full).contains(&decision.reset), "{decision:?}");
    }
    let refused = take(&limiter, bucket("login", 1), "20/5", 1).await;
    assert_eq!((refused.allowed, refused.limit, refused.remaining), (false, 20, 0));
    assert!((1..=12).contains(&refused.retry_after), "{refused:?}");
}

/// Thirty at once.
pub async fn of_many_at_once_exactly_the_burst_gets_through(limiter: Limiter) {
    assert_eq!(race(&limiter, "7/0.1", 1).await, 7);
    assert_eq!(race(&limiter, "7/0.1", 1).await, 0);
}

/// A race never leaves a fraction of a cost.
pub async fn racing_costs_are_taken_whole_or_not_at_all(limiter: Limiter) {
    assert_eq!(race(&limiter, "20/0.1", 3).await, 6);
    let rest = take(&limiter, bucket("race", 1), "20/0.1", 2).await;
    assert_eq!((rest.allowed, rest.remaining), (true, 0));
}

/// Rules, users, networks and secrets have buckets of their own.
pub async fn buckets_are_apart(limiter: Limiter) {
    let address = |text: &str| Bucket { rule: "login", subject: Subject::address(text.parse().unwrap()) };
    let buckets = [
        bucket("login", 1),
        bucket("login", 2),
        bucket("register", 1),
        address("192.0.2.1"),
        address("192.0.2.2"),
        address("2001:db8:1:1::1"),
        address("2001:db8:1:2::1"),
        address("2001:db8:1::1"),
        Bucket { rule: "login", subject: Subject::site("2001:db8:1::1".parse().unwrap()).unwrap() },
        Bucket { rule: "login", subject: Subject::Secret([1; 16]) },
    ];
    for bucket in buckets {
        assert!(take(&limiter, bucket, "1/0.1", 1).await.allowed, "{bucket:?}");
    }
    for bucket in buckets {
        assert!(!take(&limiter, bucket, "1/0.1", 1).await.allowed, "{bucket:?}");
    }
    assert!(!take(&limiter, address("::ffff:192.0.2.1"), "1/0.1", 1).await.allowed);
    assert!(!take(&limiter, address("2001:db8:1:1:ffff::7"), "1/0.1", 1).await.allowed);
}

/// Time alone refills, up to the burst.
pub async fn a_bucket_refills_at_its_rate(limiter: Limiter) {
    // One comes back every second.
    let bucket = bucket("refill", 1);
    let started = std::time::Instant::now();
    for _ in 0..2 {
        assert!(take(&limiter, bucket, "2/60", 1).await.allowed);
    }
    let refused = take(&limiter, bucket, "2/60", 1).await;
    if started.elapsed() < Duration::from_millis(900) {
        assert_eq!((refused.allowed, refused.retry_after), (false, 1));
    }
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert!(take(&limiter, bucket, "2/60", 1).await.allowed, "what was told to wait for is there");
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let full = take(&limiter, bucket, "2/60", 1).await;
    assert_eq!((full.allowed, full.remaining), (true, 1), "a bucket never holds more than its burst");
}

/// One token in ten minutes is told as such.
pub async fn slow_refills_are_not_rounded_away(limiter: Limiter) {
    let slow = bucket("slow", 1);
    for _ in 0..3 {
        assert!(take(&limiter, slow, "3/0.1", 1).await.allowed);
    }
    let refused = take(&limiter, slow, "3/0.1", 1).await;
    assert!(!refused.allowed && (590..=600).contains(&refused.retry_after), "{refused:?}");
    assert!((1790..=1800).contains(&refused.reset), "{refused:?}");
}

/// Asking again does not prolong the wait.
pub async fn a_refusal_takes_nothing(limiter: Limiter) {
    let bucket = bucket("refused", 1);
    assert!(take(&limiter, bucket, "1/30", 1).await.allowed);
    let mut wait = 3;
    for _ in 0..50 {
        let refused = take(&limiter, bucket, "1/30", 1).await;
        assert!(!refused.allowed && refused.retry_after <= wait, "asking again does not prolong the wait");
        wait = refused.retry_after;
    }
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    assert!(take(&limiter, bucket, "1/30", 1).await.allowed);
}

/// A request may cost several tokens.
pub async fn a_cost_is_taken_whole(limiter: Limiter) {
    let bucket = bucket("cost", 1);
    assert_eq!(take(&limiter, bucket, "10/0.1", 4).await.remaining, 6);
    assert!(!take(&limiter, bucket, "10/0.1", 7).await.allowed);
    let all = take(&limiter, bucket, "10/0.1", 6).await;
    assert_eq!((all.allowed, all.remaining), (true, 0));
}
