//! Credentials of a run: refreshed before they end or once they are refused, and stored before they are used.

use std::sync::Arc;

use dashtam_application::{errors::CommonError, sync::SyncError};
use dashtam_domain::{
    connections::{
        Connection, ConnectionState, Provider, ProviderError, SealedCredentials, SyncRun, SyncState,
    },
    id::AccountId,
    identity::AuditAction::{ConnectionError, SyncFailed, TokenRefreshFailed, TokenRefreshed},
    store::StoreError,
};
use dashtam_testkit::{
    builders::{self, at, day},
    fakes::ProviderCall,
    mocks::{MockAccountsFeed, MockProvider, Sequence},
};
use serde_json::json;

use super::bench::{Bench, credentials, page, pulled, pulled_account, sealed};
use crate::{
    keeping::{claims_refresh, notes_failed_refresh, stores_refreshed},
    world::{actions, assert_refused},
};

pub(super) fn accounts_with(token: &str) -> ProviderCall {
    ProviderCall::Accounts { access_token: token.to_owned() }
}

fn refresh_with(token: &str) -> ProviderCall {
    ProviderCall::Refresh { refresh_token: Some(token.to_owned()) }
}

/// A claimed run whose access token ends in so many seconds.
pub(super) fn ending_in(seconds: i64, refresh_token: Option<&str>) -> (Bench, SealedCredentials) {
    let mut bench = Bench::new();
    bench.claims();
    let stored = SealedCredentials {
        expires_at: Some(at(1_000 + seconds)),
        revision: 4,
        ..sealed(&bench.connection, "old-access", refresh_token)
    };
    bench.has_credentials(stored.clone());
    (bench, stored)
}

/// The rest of a run that finds no account.
pub(super) fn finds_no_account(bench: &mut Bench) {
    bench.knows_accounts(Vec::new());
    bench.stores_accounts(Vec::new());
    bench.ends();
    bench.bank.will_show_accounts(Ok(Vec::new()));
}

#[tokio::test]
async fn a_token_that_ends_within_five_minutes_is_refreshed_before_it_is_used() {
    let (mut bench, stored) = ending_in(300, Some("old-refresh"));
    let claimed = claims_refresh(&mut bench.world, &stored, true);
    let kept = stores_refreshed(&mut bench.world, None);
    finds_no_account(&mut bench);
    bench.bank.will_refresh(Ok(credentials("new-access", Some("new-refresh"))));
    bench.run_next().await.unwrap();

    assert!(claimed.is_committed(), "nobody else may refresh meanwhile");
    assert!(kept.unit.is_committed());
    assert_eq!(bench.bank.calls(), [refresh_with("old-refresh"), accounts_with("new-access")]);
    let next = kept.credentials.only();
    let expected = sealed(&bench.connection, "new-access", Some("new-refresh"));
    assert_eq!((&next.access_token, &next.refresh_token), (&expected.access_token, &expected.refresh_token));
    assert_eq!((next.refresh_count, next.last_refreshed_at), (1, Some(at(1_000))));
    assert_eq!((next.expires_at, next.revision), (Some(at(10_000)), 4));
}

#[tokio::test]
async fn a_token_that_lasts_longer_is_used_as_it_is() {
    for (bench, _) in [ending_in(301, Some("old-refresh")), ending_in(10, None)] {
        let mut bench = bench;
        finds_no_account(&mut bench);
        bench.run_next().await.unwrap();
        assert_eq!(bench.bank.calls(), [accounts_with("old-access")]);
    }
}

#[tokio::test]
async fn new_credentials_are_stored_and_committed_before_they_are_used() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    let mut order = Sequence::new();
    claims_refresh(&mut bench.world, &stored, true);
    let mut bank = MockProvider::new(bench.bank.descriptor().clone());
    bank.link
        .expect_refresh()
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _| Ok(credentials("new-access", Some("new-refresh"))));
    let written = bench.world.unit(|unit| {
        unit.credentials.expect_put().times(1).in_sequence(&mut order).returning(|_| Ok(()));
        unit.records_audit();
    });
    let mut accounts = MockAccountsFeed::new();
    accounts
        .expect_accounts()
        .withf(|credentials| credentials.access_token.expose() == "new-access")
        .times(1)
        .in_sequence(&mut order)
        .returning(move |_| {
            assert!(written.is_committed(), "a rotated token that is lost would lock the user out");
            Ok(Vec::new().into())
        });
    bank.accounts = Some(accounts);
    bench.world.provider(Arc::new(bank));
    bench.knows_accounts(Vec::new());
    bench.stores_accounts(Vec::new());
    let ended = bench.ends();
    bench.run_next().await.unwrap();
    assert_eq!(ended.run.only().state, SyncState::Completed);
}

#[tokio::test]
async fn new_credentials_that_could_not_be_stored_are_not_used() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    claims_refresh(&mut bench.world, &stored, true);
    bench.world.unit(|unit| {
        unit.credentials.expect_put().times(1).returning(|_| Err(StoreError::Stale));
    });
    bench.world.unit(|unit| {
        unit.sync_runs.expect_postpone().times(1).returning(|_, _, _| Ok(true));
    });
    bench.bank.will_refresh(Ok(credentials("new-access", None)));
    let result = bench.run_next().await;
    assert_refused!(result, SyncError::Common(CommonError::Store(StoreError::Stale)));
    assert_eq!(bench.bank.calls(), [refresh_with("old-refresh")]);
}

#[tokio::test]
async fn the_trail_tells_whether_the_refresh_token_was_rotated_and_a_missing_one_is_kept() {
    for (sent, rotation, rotated) in [
        (Some("new-refresh"), "rotated", true),
        (Some("old-refresh"), "same_token_returned", false),
        (None, "not_included", false),
    ] {
        let (mut bench, stored) = ending_in(0, Some("old-refresh"));
        claims_refresh(&mut bench.world, &stored, true);
        let kept = stores_refreshed(&mut bench.world, None);
        finds_no_account(&mut bench);
        bench.bank.will_refresh(Ok(credentials("new-access", sent)));
        bench.run_next().await.unwrap();
        let expected = sealed(&bench.connection, "", Some(sent.unwrap_or("old-refresh")));
        assert_eq!(kept.credentials.only().refresh_token, expected.refresh_token);
        let line = kept.lines.only();
        assert_eq!((line.action, line.connection), (TokenRefreshed, Some(bench.connection.id)));
        let details = json!({
            "provider_key": "sandbox", "alias": "Mine",
            "refresh_count": 1, "token_rotated": rotated, "rotation_type": rotation,
        });
        assert_eq!(line.details, details);
    }
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once_and_the_question_asked_once_more() {
    let (mut bench, stored) = ending_in(5_000, Some("old-refresh"));
    // The second look-up, for the refresh.
    bench.has_credentials(stored.clone());
    claims_refresh(&mut bench.world, &stored, true);
    stores_refreshed(&mut bench.world, None);
    bench.bank.will_show_accounts(Err(ProviderError::AccessTokenRejected));
    bench.bank.will_refresh(Ok(credentials("new-access", None)));
    finds_no_account(&mut bench);
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Completed);
    let calls = [accounts_with("old-access"), refresh_with("old-refresh"), accounts_with("new-access")];
    assert_eq!(bench.bank.calls(), calls);
}

#[tokio::test]
async fn a_token_refused_right_after_its_refresh_is_no_dead_grant() {
    let (mut bench, stored) = ending_in(5_000, Some("old-refresh"));
    bench.has_credentials(stored.clone());
    claims_refresh(&mut bench.world, &stored, true);
    stores_refreshed(&mut bench.world, None);
    let ended = bench.ends();
    bench
        .bank
        .will_show_accounts(Err(ProviderError::AccessTokenRejected))
        .will_refresh(Ok(credentials("new-access", None)))
        .will_show_accounts(Err(ProviderError::AccessTokenRejected));
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.error, Some(ProviderError::FreshTokenRejected.to_string()));
    let connection = ended.connection.only();
    assert_eq!((connection.state, connection.error_count), (ConnectionState::Active, 1));
    assert_eq!(actions(&ended.lines), [SyncFailed]);
    assert!(ended.events.is_empty(), "nobody is asked to link again");
}

/// A run whose token is refused at the bank's answer number two or three, with one stored account.
fn refused_later() -> Bench {
    let (mut bench, stored) = ending_in(5_000, Some("old-refresh"));
    bench.has_credentials(stored.clone());
    bench.knows_accounts(Vec::new());
    bench.stores_accounts(vec![AccountId(builders::id())]);
    bench.bank.will_show_accounts(Ok(vec![pulled_account("a")]));
    bench.bank.will_refresh(Ok(credentials("new-access", None)));
    bench
}

#[tokio::test]
async fn a_token_refused_between_two_pages_goes_on_with_the_same_page() {
    let mut bench = refused_later();
    bench.stores_page(Vec::new());
    let stored = SealedCredentials { revision: 4, ..sealed(&bench.connection, "", None) };
    claims_refresh(&mut bench.world, &stored, true);
    stores_refreshed(&mut bench.world, None);
    let second = bench.stores_page(Vec::new());
    bench.finishes_account(0);
    bench.ends();
    bench
        .bank
        .will_show_page("a", Ok(page(vec![pulled("1", day(1))], Some("second"))))
        .will_show_page("a", Err(ProviderError::AccessTokenRejected))
        .will_show_page("a", Ok(page(vec![pulled("2", day(1))], None)));
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!((run.state, run.counts.added), (SyncState::Completed, 2));
    assert_eq!(second.added.only()[0].source_id, "2");
    let asked: Vec<_> = bench
        .bank
        .calls()
        .into_iter()
        .filter_map(|call| match call {
            ProviderCall::Page { access_token, page, .. } => Some((access_token, page)),
            _ => None,
        })
        .collect();
    let second = || Some("second".to_owned());
    let expected = [("old-access", None), ("old-access", second()), ("new-access", second())];
    assert_eq!(asked, expected.map(|(token, page)| (token.to_owned(), page)));
}

#[tokio::test]
async fn a_long_listing_may_outlive_more_than_one_token() {
    let mut bench = refused_later();
    let stored = SealedCredentials { revision: 4, ..sealed(&bench.connection, "", None) };
    for revision in [4, 5] {
        claims_refresh(&mut bench.world, &SealedCredentials { revision, ..stored.clone() }, true);
        stores_refreshed(&mut bench.world, None);
        bench.stores_page(Vec::new());
    }
    let renewed = sealed(&bench.connection, "new-access", Some("old-refresh"));
    bench.has_credentials(SealedCredentials { revision: 5, ..renewed });
    bench.finishes_account(0);
    bench.ends();
    bench.bank.will_refresh(Ok(credentials("newest-access", None)));
    for next in [Some("second"), None] {
        bench.bank.will_show_page("a", Err(ProviderError::AccessTokenRejected));
        bench.bank.will_show_page("a", Ok(page(Vec::new(), next)));
    }
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Completed);
}

#[tokio::test]
async fn a_token_refused_at_the_positions_is_refreshed_too() {
    let mut bench = refused_later();
    bench.stores_page(Vec::new());
    let stored = SealedCredentials { revision: 4, ..sealed(&bench.connection, "", None) };
    claims_refresh(&mut bench.world, &stored, true);
    stores_refreshed(&mut bench.world, None);
    bench.finishes_account(0);
    bench.ends();
    bench
        .bank
        .will_show_page("a", Ok(page(Vec::new(), None)))
        .will_show_holdings("a", Err(ProviderError::AccessTokenRejected))
        .will_show_holdings("a", Ok(Vec::new()));
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Completed);
    let last = ProviderCall::Holdings { access_token: "new-access".to_owned(), account: "a".to_owned() };
    assert_eq!(bench.bank.calls().pop(), Some(last));
}

#[tokio::test]
async fn a_grant_that_is_dead_at_its_refresh_expires_the_instance_and_counts_once() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    claims_refresh(&mut bench.world, &stored, true);
    let noted = notes_failed_refresh(&mut bench.world, Some(bench.connection.clone()));
    let mut expired = bench.connection.clone();
    expired.expired(&ProviderError::NeedsReauthorization.to_string(), at(1_000));
    let ended = bench.ends_with(expired.clone());
    bench.bank.will_refresh(Err(ProviderError::NeedsReauthorization));
    let run = bench.run_next().await.unwrap().unwrap();

    assert_eq!(run.state, SyncState::Failed);
    assert!(noted.unit.is_committed());
    assert_eq!(noted.connection.only(), expired);
    assert_eq!(actions(&noted.lines), [TokenRefreshFailed]);
    assert_eq!(noted.events.all().len(), 1, "the owner is told");
    assert!(ended.events.is_empty(), "and told once");
    assert_eq!(ended.connection.only(), expired, "counted where the refresh failed");
    assert_eq!(actions(&ended.lines), [SyncFailed, ConnectionError]);
    assert_eq!(bench.bank.calls(), [refresh_with("old-refresh")]);
}

#[tokio::test]
async fn a_refresh_that_fails_for_now_counts_once() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    claims_refresh(&mut bench.world, &stored, true);
    let noted = notes_failed_refresh(&mut bench.world, Some(bench.connection.clone()));
    let mut counted = bench.connection.clone();
    counted.refresh_failed(&ProviderError::Unavailable.to_string(), at(1_000));
    let ended = bench.ends_with(counted.clone());
    bench.bank.will_refresh(Err(ProviderError::Unavailable));
    bench.run_next().await.unwrap();
    assert_eq!(noted.connection.only(), counted);
    assert_eq!(noted.lines.only().details["error_count"], json!(1));
    counted.back_off(at(1_000));
    assert_eq!(ended.connection.only(), counted, "the next run waits, and nothing is counted again");
}

#[tokio::test]
async fn a_refresh_that_fails_after_the_instance_was_given_up_or_removed_is_not_noted() {
    let given_up = |connection: &Connection| {
        let mut connection = connection.clone();
        connection.disconnected(at(999));
        connection
    };
    for removed in [false, true] {
        let (mut bench, stored) = ending_in(0, Some("old-refresh"));
        claims_refresh(&mut bench.world, &stored, true);
        let found = given_up(&bench.connection);
        let noted = notes_failed_refresh(&mut bench.world, (!removed).then(|| found.clone()));
        let ended = bench.ends_with(found.clone());
        bench.bank.will_refresh(Err(ProviderError::NeedsReauthorization));
        bench.run_next().await.unwrap();
        assert!(noted.unit.is_committed(), "the right to refresh is given back");
        assert!(noted.connection.is_empty() && noted.lines.is_empty());
        assert_eq!(ended.connection.only(), found);
    }
}

#[tokio::test]
async fn an_ended_token_without_a_refresh_token_needs_the_user() {
    let (mut bench, _) = ending_in(0, None);
    let ended = bench.ends();
    let run: SyncRun = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.error, Some(ProviderError::NeedsReauthorization.to_string()));
    assert_eq!(ended.connection.only().state, ConnectionState::Expired);
    assert!(bench.bank.calls().is_empty());
}

#[tokio::test]
async fn a_refresh_does_not_forgive_a_bank_that_then_fails_for_the_third_time() {
    let (mut bench, stored) = ending_in(0, Some("old-refresh"));
    claims_refresh(&mut bench.world, &stored, true);
    stores_refreshed(&mut bench.world, None);
    let mut failed_twice = bench.connection.clone();
    failed_twice.sync_failed("no answer", at(2));
    failed_twice.sync_failed("no answer", at(3));
    let ended = bench.ends_with(failed_twice);
    bench
        .bank
        .will_refresh(Ok(credentials("new-access", None)))
        .will_show_accounts(Err(ProviderError::Unavailable));
    bench.run_next().await.unwrap();
    assert_eq!(ended.connection.only().state, ConnectionState::Error);
}
