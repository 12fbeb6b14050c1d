//! Everything the sandbox institution can do wrong, and how it ends.

use chrono::NaiveDate;
use dashtam_sandbox_bank::{AccountKind, Lever, Transaction, World};
use dashtam_tests::{Engine, Server, User, figures::today};
use serde_json::{Value, json};

use crate::engines::shared;

/// The rows of the checking account, and where among them the one is that a lever touches.
fn touched(world: &mut World, lever: Lever, linked_on: NaiveDate) -> (&mut Vec<Transaction>, usize) {
    let id = world.touched_by(lever, linked_on).expect("the lever touches a row").id.clone();
    let checking = world.accounts.iter_mut().find(|account| account.kind == AccountKind::Checking);
    let rows = &mut checking.expect("there is a checking account").transactions;
    let at = rows.iter().position(|row| row.id == id).expect("the row is in the account");
    (rows, at)
}

/// A grant that is dead: the run fails, the provider says so, and linking again mends it.
async fn a_dead_grant(server: &Server, customer: &str) {
    let user = User::new(server).await;
    let since = today();
    let provider = user.link(customer).await;
    let run = user.sync(&provider).await;
    assert_eq!(run["status"], "failed", "{run}");
    assert!(run["error"].as_str().is_some_and(|error| !error.is_empty()), "{run}");
    let shown = user.provider(&provider).await;
    assert_eq!(shown["status"], "expired", "{shown}");
    assert_eq!((&shown["is_connected"], &shown["needs_reconnection"]), (&json!(false), &json!(true)));
    assert!(shown["error_message"].as_str().is_some_and(|message| message.len() > 10), "{shown}");
    assert!(shown["next_sync_at"].is_null(), "{shown}");
    let path = format!("/api/v1/providers/{provider}/sync");
    user.api.post(&path, &json!({})).await.refused(409, "provider-not-connected");

    user.link_again(&provider, "alice").await;
    let mended = user.provider(&provider).await;
    assert_eq!((&mended["status"], &mended["error_message"]), (&json!("active"), &Value::Null));
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "alice", since, |_| {}).await;
}

#[tokio::test]
async fn an_expired_grant_makes_the_provider_expired_until_it_is_linked_again() {
    let server = shared!(Engine::Sqlite, "an_expired_grant_makes_the_provider_expired");
    a_dead_grant(&server, "gus+expired-grant+short-tokens").await;
}

#[tokio::test]
async fn a_revoked_grant_makes_the_provider_expired_until_it_is_linked_again() {
    let server = shared!(Engine::Sqlite, "a_revoked_grant_makes_the_provider_expired");
    a_dead_grant(&server, "gus+revoked-grant").await;
}

#[tokio::test]
async fn short_tokens_are_refreshed_as_often_as_needed() {
    let server = shared!(Engine::Sqlite, "short_tokens_are_refreshed_as_often_as_needed");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("hana+short-tokens").await;
    for _ in 0..2 {
        user.sync_well(&provider).await;
        user.assert_figures_of(&provider, "hana", since, |_| {}).await;
    }
}

#[tokio::test]
async fn a_bank_that_limits_the_rate_is_synchronised_all_the_same() {
    let server = shared!(Engine::Sqlite, "a_bank_that_limits_the_rate_is_synchronised_all_the_same");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("ines+rate-limited").await;
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "ines", since, |_| {}).await;
}

#[tokio::test]
async fn a_bank_that_fails_now_and_then_is_synchronised_all_the_same() {
    let server = shared!(Engine::Sqlite, "a_bank_that_fails_now_and_then_is_synchronised_all_the_same");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("jan+flaky").await;
    for _ in 0..2 {
        user.sync_well(&provider).await;
        user.assert_figures_of(&provider, "jan", since, |_| {}).await;
    }
    assert_eq!(user.provider(&provider).await["status"], "active");
}

#[tokio::test]
async fn a_broken_bank_fails_each_run_and_the_third_failure_is_an_error() {
    // A server of its own: the counter is looked up in the database.
    let place = dashtam_tests::Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("kim+broken").await;
    for (count, state) in [("1", "active"), ("2", "active"), ("3", "error")] {
        let run = user.sync(&provider).await;
        assert_eq!(run["status"], "failed", "{run}");
        let shown = user.provider(&provider).await;
        assert_eq!(shown["status"], state, "{shown}");
        assert_eq!(shown["error_message"], run["error"], "{shown}");
        let stored = place.rows("SELECT CAST(error_count AS TEXT) FROM providers").await;
        assert_eq!(stored, [[count]]);
    }
    assert!(user.api.all("/api/v1/accounts").await.is_empty());
    // An error is not for ever: the bank is well again, and the user tries by hand.
    user.link_again(&provider, "kim").await;
    user.sync_well(&provider).await;
    let shown = user.provider(&provider).await;
    assert_eq!((&shown["status"], &shown["error_message"]), (&json!("active"), &Value::Null));
    assert_eq!(place.rows("SELECT CAST(error_count AS TEXT) FROM providers").await, [["0"]]);
}

#[tokio::test]
async fn a_cut_connection_fails_the_run_and_stores_no_part_of_a_page() {
    let server = shared!(Engine::Sqlite, "a_cut_connection_fails_the_run_and_stores_no_part_of_a_page");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("lena+cut").await;
    let run = user.sync(&provider).await;
    assert_eq!((&run["status"], &run["transactions_added"]), (&json!("failed"), &json!(0)), "{run}");
    assert!(run["error"].is_string(), "{run}");
    assert!(user.api.all("/api/v1/transactions").await.is_empty());
    user.link_again(&provider, "lena").await;
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "lena", since, |_| {}).await;
}

#[tokio::test]
async fn a_malformed_row_is_refused_alone_and_its_neighbours_are_stored() {
    let server = shared!(Engine::Sqlite, "a_malformed_row_is_refused_alone_and_its_neighbours_are_stored");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("mia+malformed-row").await;
    for _ in 0..2 {
        let run = user.sync_well(&provider).await;
        assert_eq!((&run["rows_refused"], &run["transactions_removed"]), (&json!(1), &json!(0)), "{run}");
        user.assert_figures_of(&provider, "mia", since, |world| {
            let (rows, at) = touched(world, Lever::MalformedRow, since);
            let refused = rows.remove(at);
            let checking =
                world.accounts.iter_mut().find(|account| account.kind == AccountKind::Checking).unwrap();
            // Keeps the balance what the bank says.
            checking.opening_balance += refused.amount;
        })
        .await;
    }
}

#[tokio::test]
async fn a_row_that_vanishes_at_the_bank_is_gone_after_the_next_run() {
    let server = shared!(Engine::Sqlite, "a_row_that_vanishes_at_the_bank_is_gone_after_the_next_run");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("nils+removed-row").await;
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "nils", since, |_| {}).await;
    let run = user.sync_well(&provider).await;
    assert_eq!((&run["transactions_removed"], &run["transactions_added"]), (&json!(1), &json!(0)), "{run}");
    let without = |world: &mut World| {
        let (rows, at) = touched(world, Lever::RemovedRow, since);
        rows.remove(at);
    };
    user.assert_figures_of(&provider, "nils", since, without).await;
    // It is kept as removed, and not removed a second time.
    assert_eq!(user.api.all("/api/v1/transactions?status=removed").await.len(), 1);
    let run = user.sync_well(&provider).await;
    assert_eq!(run["transactions_removed"], 0, "{run}");
    user.assert_figures_of(&provider, "nils", since, without).await;
}

#[tokio::test]
async fn a_row_that_changes_its_id_is_counted_once() {
    let server = shared!(Engine::Sqlite, "a_row_that_changes_its_id_is_counted_once");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("olga+reissued-id").await;
    user.sync_well(&provider).await;
    user.assert_figures_of(&provider, "olga", since, |_| {}).await;
    for _ in 0..2 {
        user.sync_well(&provider).await;
        user.assert_figures_of(&provider, "olga", since, |world| {
            let (rows, at) = touched(world, Lever::ReissuedId, since);
            rows[at].id = rows[at].id.replacen("t-", "t-re", 1);
        })
        .await;
    }
}

#[tokio::test]
async fn faults_that_come_together_do_not_add_up_to_wrong_figures() {
    let server = shared!(Engine::Sqlite, "faults_that_come_together_do_not_add_up_to_wrong_figures");
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("paul+flaky+short-tokens+removed-row+reissued-id").await;
    for _ in 0..2 {
        user.sync_well(&provider).await;
    }
    user.assert_figures_of(&provider, "paul", since, |world| {
        let (rows, at) = touched(world, Lever::ReissuedId, since);
        let new_id = rows[at].id.replacen("t-", "t-re", 1);
        let (rows, gone) = touched(world, Lever::RemovedRow, since);
        rows[at].id = new_id;
        rows.remove(gone);
    })
    .await;
}
