//! Tests of the arithmetic of buckets, against a bucket of exact fractions.

use proptest::prelude::*;

use super::*;

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

#[test]
fn rates_are_read_and_shown() {
    for text in ["20/5", "3/0.1", "5/0.2", "1/0.001", "1000000/1000000", "7/12.345"] {
        assert_eq!(rate(text).to_string(), text);
    }
    assert_eq!(rate(" 20 / 5.0 "), Rate::new(20, 5000));
    assert_eq!(rate("3/0.1").interval_micros(), 600_000_000);
    assert_eq!(rate("20/5").window_seconds(), 240);
    for text in [
        "",
        "20",
        "20/",
        "/5",
        "0/5",
        "20/0",
        "20/0.0001",
        "-1/5",
        "20/-5",
        "20/5/5",
        "1e3/5",
        "+2/5",
        "1000001/1",
        "1/1000000.001",
        "1000000/0.001",
        "20/5.",
        "20/.5",
    ] {
        assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
    }
}

#[test]
fn a_bucket_gives_its_burst_and_then_says_when() {
    let rate = rate("3/0.1");
    let mut backlog = 0;
    for left in [2, 1, 0] {
        let (decision, after) = rate.take(backlog, 1);
        assert_eq!((decision.allowed, decision.remaining, decision.retry_after), (true, left, 0));
        assert_eq!(decision.reset, (3 - left) * 600);
        backlog = after;
    }
    let (refused, same) = rate.take(backlog, 1);
    assert_eq!(same, backlog);
    assert_eq!(
        (refused.allowed, refused.remaining, refused.retry_after, refused.reset),
        (false, 0, 600, 1800)
    );
    // A microsecond too early is too early, and the wait is never told as nothing.
    let (refused, _) = rate.take(backlog - 599_999_999, 1);
    assert_eq!((refused.allowed, refused.retry_after), (false, 1));
    assert!(rate.take(backlog - 600_000_000, 1).0.allowed);
}

#[test]
fn a_cost_above_the_burst_can_be_met_by_a_full_bucket() {
    assert!(rate("3/1").take(0, 10).0.allowed);
    let (refused, _) = rate("3/1").take(1, 10);
    assert_eq!((refused.allowed, refused.retry_after), (false, 1));
}

#[test]
fn a_backlog_from_a_clock_set_back_is_cut_to_an_empty_bucket() {
    let (refused, backlog) = rate("2/60").take(u64::MAX, 1);
    assert_eq!((refused.allowed, refused.retry_after, backlog), (false, 1, 2_000_000));
}

#[test]
fn clients_are_told_apart_by_network() {
    let of = |text: &str| Subject::address(text.parse().unwrap());
    assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
}

#[test]
fn networks_of_one_site_are_counted_together_too() {
    let of = |text: &str| Subject::site(text.parse().unwrap());
    assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:ffff::9"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:2:2::1"));
    assert!(of("192.0.2.1").is_none() && of("::ffff:192.0.2.1").is_none());
    // The first network of a site is not the site.
    assert_ne!(of("2001:db8:1::1"), Some(Subject::address("2001:db8:1::1".parse().unwrap())));
}

#[test]
fn a_rate_for_many_is_that_of_one_as_often() {
    assert_eq!(rate("20/5").times(10), rate("200/50"));
    assert_eq!(rate("3/0.1").times(10), rate("30/1"));
    assert_eq!(rate("1000000/1000000").times(1000), rate("1000000/1000000"));
}

proptest! {
    /// The tokens of the textbook: `tokens = min(burst, tokens + elapsed * refill)`, in exact fractions of a token.
    #[test]
    fn it_is_the_token_bucket_of_the_textbook(
        burst in 1u32..50,
        interval_ms in 1u32..5_000,
        steps in prop::collection::vec((0u64..20_000_000, 1u32..4), 1..60),
    ) {
        // A refill that divides a minute, so that the interval is exact.
        let rate = Rate::new(burst, 60_000_000 / interval_ms);
        let interval = u128::from(rate.interval_micros());
        let full = u128::from(burst) * interval;
        let (mut tokens, mut backlog) = (full, 0u64);
        for (elapsed, cost) in steps {
            tokens = (tokens + u128::from(elapsed)).min(full);
            let price = u128::from(cost.min(burst)) * interval;
            let expected = tokens >= price;
            if expected {
                tokens -= price;
            }
            let (decision, after) = rate.take(backlog.saturating_sub(elapsed), cost);
            backlog = after;
            prop_assert_eq!(decision.allowed, expected);
            if expected {
                prop_assert_eq!(u128::from(decision.remaining), tokens / interval);
            } else {
                prop_assert!(decision.retry_after >= 1);
                let wait = u64::from(decision.retry_after) * 1_000_000;
                prop_assert!(rate.take(backlog.saturating_sub(wait), cost).0.allowed, "the wait is enough");
            }
        }
    }
}
