//! The whole life of a connection: linked, read, read again, expired, linked anew, given back.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use dashtam_domain::connections::{ProviderError, Revocation};
use support::{Bench, CURRENT, SAVINGS, booked, everything, ids, window};

#[tokio::test]
async fn a_connection_lives_through_two_consents_and_keeps_every_id() {
    let bench = Bench::new().await;
    let first = bench.linked().await;
    let known = |told: dashtam_domain::connections::PulledAccounts| {
        told.accounts.into_iter().map(|account| account.external_id).collect::<Vec<_>>()
    };
    assert_eq!(known(bench.accounts(&first).await.unwrap()), [CURRENT, SAVINGS]);
    let all: BTreeSet<String> = ids(&bench.listing(&first, everything()).await).into_iter().collect();
    assert_eq!(all.len(), 7);

    // Weeks later there is one row more.
    bench.clock.advance(TimeDelta::days(30));
    let new = booked(Some("r8"), "2026-12-29", "8.00");
    bench.fake.change(|bank| bank.accounts[0].transactions.insert(0, new));
    let later = ids(&bench.listing(&first, window("2026-11-20", "2026-12-31")).await);
    assert_eq!(later.iter().filter(|id| !all.contains(*id)).collect::<Vec<_>>(), ["booked:r8"]);

    // The consent ends when it was said that it would.
    let end = first.grant_expires_at.unwrap();
    bench.clock.set(end.plus(-TimeDelta::minutes(1)));
    assert_eq!(known(bench.accounts(&first).await.unwrap()), [CURRENT, SAVINGS]);
    bench.clock.set(end);
    assert_eq!(bench.accounts(&first).await.unwrap_err(), ProviderError::NeedsReauthorization);
    let days = window("2026-11-20", "2027-05-30");
    assert_eq!(bench.page(&first, days, None).await.unwrap_err(), ProviderError::NeedsReauthorization);

    // Accounts come in another order, and have other names.
    bench.fake.change(|bank| bank.accounts.reverse());
    let second = bench.linked().await;
    assert!(second.grant_expires_at.unwrap() > end);
    let mut again = known(bench.accounts(&second).await.unwrap());
    again.sort();
    assert_eq!(again, [CURRENT, SAVINGS]);
    let mut everything_again: BTreeSet<String> =
        ids(&bench.listing(&second, window("2024-11-30", "2027-05-30")).await).into_iter().collect();
    assert!(everything_again.remove("booked:r8"));
    assert!(everything_again.is_subset(&all), "{everything_again:?}");
    let listed = bench.fake.take_calls();
    assert!(
        listed.iter().all(|call| !call.contains("/accounts/uid-4/")),
        "names of the first session are over"
    );

    // Withdrawn at the bank; and what is over cannot be ended twice.
    bench.fake.end_sessions("REVOKED_SESSION");
    assert_eq!(bench.accounts(&second).await.unwrap_err(), ProviderError::NeedsReauthorization);
    assert_eq!(bench.link().revoke(&second).await, Ok(Revocation::Done));

    let third = bench.linked().await;
    assert_eq!(bench.fake.live_sessions(), 1);
    assert_eq!(bench.link().revoke(&third).await, Ok(Revocation::Done));
    assert_eq!(bench.fake.live_sessions(), 0);
}
