//! Every fault lever of the bank as the adapter sees it.

mod support;

use std::time::{Duration, Instant};

use dashtam_domain::connections::{PageRequest, ProviderError, PulledTransaction};
use dashtam_provider_kit::ClientOptions;
use dashtam_sandbox_bank::{AccountKind, Lever};
use support::{Town, client_options};

const UNAVAILABLE: Option<ProviderError> = Some(ProviderError::Unavailable);

fn once() -> ClientOptions {
    ClientOptions { attempts: 1, ..client_options() }
}

#[tokio::test]
async fn rate_limited_is_waited_for() {
    let town = Town::open().await;
    let credentials = town.linked("rate-limited").await;
    for _ in 0..2 {
        town.accounts().accounts(&credentials).await.unwrap();
    }
    let started = Instant::now();
    assert_eq!(town.accounts().accounts(&credentials).await.unwrap().accounts.len(), 4);
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[tokio::test]
async fn rate_limited_longer_than_we_wait_is_told() {
    let impatient = ClientOptions { longest_wait: Duration::from_secs(1), ..client_options() };
    let town = Town::open_with(impatient).await;
    let credentials = town.linked("rate-limited").await;
    for _ in 0..2 {
        town.accounts().accounts(&credentials).await.unwrap();
    }
    let limited = Some(ProviderError::RateLimited { retry_after: Some(2) });
    assert_eq!(town.accounts().accounts(&credentials).await.err(), limited);
    assert_eq!(town.accounts().accounts(&credentials).await.unwrap().accounts.len(), 4);
}

#[tokio::test]
async fn flaky_is_overcome() {
    let town = Town::open().await;
    let credentials = town.linked("flaky").await;
    let account = town.account("flaky", AccountKind::Checking);
    for _ in 0..2 {
        assert_eq!(town.accounts().accounts(&credentials).await.unwrap().accounts.len(), 4);
        assert!(!town.rows(&credentials, &account).await.is_empty());
    }
    let town = Town::open_with(once()).await;
    let credentials = town.linked("flaky").await;
    assert_eq!(town.accounts().accounts(&credentials).await.err(), UNAVAILABLE);
    assert_eq!(town.accounts().accounts(&credentials).await.unwrap().accounts.len(), 4);
}

#[tokio::test]
async fn broken_is_unavailable() {
    let town = Town::open().await;
    let credentials = town.linked("broken").await;
    let account = town.account("broken", AccountKind::Brokerage);
    assert_eq!(town.accounts().accounts(&credentials).await.err(), UNAVAILABLE);
    let page = town
        .transactions()
        .transactions(&credentials, &PageRequest::new(&account, town.window(), None))
        .await;
    assert_eq!(page.err(), UNAVAILABLE);
    assert_eq!(town.holdings().holdings(&credentials, &account).await.err(), UNAVAILABLE);
}

#[tokio::test]
async fn slow_is_waited_for_within_bounds() {
    let town = Town::open().await;
    let (slow, fast) = (town.linked("bob+slow").await, town.linked("bob").await);
    let accounts = town.accounts().accounts(&fast).await.unwrap().accounts;
    let started = Instant::now();
    assert_eq!(town.accounts().accounts(&slow).await.unwrap().accounts, accounts);
    assert!(started.elapsed() >= Duration::from_millis(300));

    let hasty = ClientOptions { total_timeout: Duration::from_millis(100), ..once() };
    let town = Town::open_with(hasty).await;
    let slow = town.linked("bob+slow").await;
    assert_eq!(town.accounts().accounts(&slow).await.err(), UNAVAILABLE);
}

#[tokio::test]
async fn cut_is_unavailable_and_leaves_the_other_calls_alone() {
    let town = Town::open().await;
    let (cut, whole) = (town.linked("bob+cut").await, town.linked("bob").await);
    let account = town.account("bob", AccountKind::Checking);
    let rows = town.rows(&whole, &account).await;
    for _ in 0..2 {
        assert_eq!(town.accounts().accounts(&cut).await.unwrap().accounts.len(), 4);
        assert_eq!(town.listing(&cut, &account, town.window()).await.err(), UNAVAILABLE);
        assert_eq!(town.holdings().holdings(&cut, &account).await.unwrap().shown(), []);
    }
    // Side by side over the same client: a connection that was cut is not used for another call.
    let (one, two, three, four, five) = tokio::join!(
        town.listing(&cut, &account, town.window()),
        town.rows(&whole, &account),
        town.listing(&cut, &account, town.window()),
        town.rows(&whole, &account),
        town.rows(&whole, &account),
    );
    assert_eq!((one.err(), three.err()), (UNAVAILABLE, UNAVAILABLE));
    assert!([two, four, five].iter().all(|read| *read == rows));
    // Also one that sends no second time, such as a refresh, finds a sound connection right after.
    for _ in 0..3 {
        assert_eq!(town.listing(&cut, &account, town.window()).await.err(), UNAVAILABLE);
        let fresh = town.linked("bob").await;
        assert!(town.refreshed(&fresh).await.is_ok());
    }
}

#[tokio::test]
async fn malformed_row_costs_that_row_only() {
    let town = Town::open().await;
    let (credentials, clean) = (town.linked("bob+malformed-row").await, town.linked("bob").await);
    let account = town.account("bob", AccountKind::Checking);
    let (rows, refused, _) = town.listing(&credentials, &account, town.window()).await.unwrap();
    let world = town.world("bob");
    let touched = world.touched_by(Lever::MalformedRow, town.now().day().0).unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].external_id.as_ref(), Some(&touched.id));
    assert!(refused[0].reason.starts_with("amount ") && !refused[0].reason.contains("12.O4"));
    let mut expected = town.rows(&clean, &account).await;
    expected.retain(|row| row.external_id != touched.id);
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn removed_row_leaves_listing_and_balance() {
    let town = Town::open().await;
    let credentials = town.linked("bob+removed-row").await;
    let account = town.account("bob", AccountKind::Checking);
    let world = town.world("bob");
    let touched = world.touched_by(Lever::RemovedRow, town.now().day().0).unwrap();
    let balance = async || town.accounts().accounts(&credentials).await.unwrap().accounts[0].balance.unwrap();
    let (before, mut first) = (balance().await, town.rows(&credentials, &account).await);
    let again = town.rows(&credentials, &account).await;
    assert_eq!(balance().await, before - touched.amount);
    first.retain(|row| row.external_id != touched.id);
    assert_eq!(again.len(), world.account(&account).unwrap().transactions.len() - 1);
    assert_eq!(again, first);
}

#[tokio::test]
async fn reissued_id_is_the_same_row_under_another_id() {
    let town = Town::open().await;
    let credentials = town.linked("bob+reissued-id").await;
    let account = town.account("bob", AccountKind::Checking);
    let (first, second) = (town.rows(&credentials, &account).await, town.rows(&credentials, &account).await);
    assert_eq!(first.len(), second.len());
    let changed: Vec<_> = first.iter().zip(&second).filter(|(one, two)| one != two).collect();
    assert_eq!(changed.len(), 1);
    let (one, two) = changed[0];
    assert_ne!(one.external_id, two.external_id);
    let renamed =
        PulledTransaction { external_id: one.external_id.clone(), raw: one.raw.clone(), ..two.clone() };
    assert_eq!(renamed, *one);
}
