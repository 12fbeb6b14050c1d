//! What a store promises, as tests that run on every engine.
//!
//! A crate with a store writes `async fn fresh(test: &str) -> Option<(Storage, Guard)>`, which answers an empty,
//! migrated store and whatever keeps it alive (or `None`, having said why, where the engine cannot be had), and
//! expands the whole list with `dashtam_testkit::storage_contract!(fresh)`.

#![allow(clippy::unwrap_used, reason = "test support: a failure here is a failed test")]

pub mod connections;
pub mod delivery;
pub mod identity;
pub mod ledger;
pub mod ownership;
pub mod paging;
pub mod races;
pub mod rate_limiter;
pub mod sync_runs;
pub mod transactions;
pub mod unit_of_work;

use dashtam_domain::{
    connections::Connection,
    id::UserId,
    identity::User,
    ledger::{Account, AccountSource, Transaction},
    store::{Inserted, Storage, UnitOfWork},
};

use crate::builders;

/// Expands to one test per case of the storage contract.
#[macro_export]
macro_rules! storage_contract {
    ($fresh:path) => {
        $crate::storage_contract! { @tests $fresh;
            unit_of_work:
                a_commit_makes_everything_visible_at_once
                dropping_leaves_no_trace
                a_unit_sees_its_own_writes_and_nobody_else_does
                a_failed_call_poisons_the_unit
                a_stale_write_poisons_the_unit
                units_follow_each_other
                reads_do_not_wait_for_an_open_unit;
            identity:
                a_user_comes_back_as_stored
                an_address_is_taken_once_whatever_its_spelling
                a_user_update_bumps_the_revision_and_refuses_old_copies
                a_password_is_replaced_only_if_it_is_the_expected_one
                a_sign_in_does_not_touch_the_revision
                a_session_comes_back_with_its_user
                a_session_ends_once_and_only_for_its_owner
                validity_of_a_stored_session_is_the_rules
                a_refresh_token_is_found_by_hash_and_used_once
                a_one_time_token_works_once_until_its_end
                a_new_one_time_token_stops_the_old_one;
            connections:
                a_connection_comes_back_as_stored
                an_alias_is_taken_once_per_user
                a_rename_to_a_taken_alias_is_a_value_not_an_error
                a_connection_update_refuses_old_copies
                credentials_are_put_found_and_deleted
                credentials_refuse_old_copies
                deleted_credentials_do_not_come_back
                an_authorization_is_redeemed_once_until_its_end
                a_new_authorization_stops_the_old_one
                deleting_a_connection_takes_all_that_hangs_on_it;
            sync_runs:
                a_connection_has_one_open_run
                runs_are_claimed_oldest_first
                a_lease_that_ran_out_is_taken_over
                an_ended_run_makes_room_for_the_next
                the_newest_run_is_shown;
            ledger:
                an_account_comes_back_as_stored
                an_account_is_one_by_owner_source_and_external_id
                accounts_that_are_gone_are_switched_off
                decimals_keep_every_digit
                holdings_are_replaced_as_a_whole
                balances_are_recorded_again_and_again
                an_import_comes_back_with_its_report;
            transactions:
                a_transaction_comes_back_as_stored
                known_transactions_are_left_as_they_are
                ordinals_tell_equal_ids_apart
                a_changed_transaction_is_written
                a_vanished_transaction_is_not_written
                what_a_run_did_not_see_is_removed
                one_transaction_is_removed_by_its_source_id
                many_transactions_go_in_at_once;
            paging:
                transactions_come_newest_first_and_each_once
                pages_stay_stable_while_rows_are_added
                filters_narrow_the_list
                removed_transactions_show_only_when_asked_for
                accounts_come_oldest_first
                connections_come_oldest_first;
            ownership:
                what_is_somebody_elses_is_not_there
                nobody_writes_into_somebody_elses_account;
            delivery:
                an_outbox_item_is_claimed_by_one_worker_at_a_time
                a_failed_item_comes_back_and_a_dead_one_does_not
                items_are_claimed_oldest_first_up_to_the_limit
                a_repeated_request_gets_the_first_answer
                a_key_without_an_answer_is_free
                an_uncommitted_key_is_free;
            races:
                one_of_many_consumes_a_refresh_token
                one_of_many_redeems_a_one_time_token
                one_of_many_redeems_an_authorization
                one_of_many_registers_an_address
                one_of_many_takes_an_alias
                one_of_many_renames_to_an_alias
                one_of_many_queues_a_run
                one_of_many_claims_a_run
                one_of_many_begins_a_request
                one_of_many_replaces_a_password
                one_of_many_updates_a_user
                one_of_many_ends_a_session
                no_outbox_item_is_claimed_twice
                one_account_is_made_by_many_writers
                one_of_many_adds_a_transaction;
        }
    };
    (@tests $fresh:path; $($area:ident: $($case:ident)+;)+) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some((storage, _guard)) = $fresh(stringify!($case)).await {
                    $crate::contract::$area::$case(&storage).await;
                }
            }
        )+)+
    };
}

/// Opens a unit of work.
async fn begin(storage: &Storage) -> Box<dyn UnitOfWork> {
    storage.store.begin().await.unwrap()
}

/// A user that is stored.
async fn stored_user(storage: &Storage) -> User {
    let user = builders::user();
    let mut unit = begin(storage).await;
    assert_eq!(unit.users().insert_if_absent(&user).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    user
}

/// A connection of this user that is stored.
async fn stored_connection(storage: &Storage, owner: UserId, alias: &str) -> Connection {
    let connection = builders::connection(owner, alias);
    let mut unit = begin(storage).await;
    assert_eq!(unit.connections().insert_if_absent(&connection).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    connection
}

/// An account of this user that is stored.
async fn stored_account(storage: &Storage, owner: UserId, number: &str) -> Account {
    store_account(storage, builders::file_account(owner, number)).await
}

/// An account of this connection that is stored.
async fn connected_account(storage: &Storage, connection: &Connection, external_id: &str) -> Account {
    let source = AccountSource::Connection(connection.id);
    store_account(storage, builders::account(connection.owner, source, external_id)).await
}

async fn store_account(storage: &Storage, account: Account) -> Account {
    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().upsert(&account).await.unwrap(), account.id);
    unit.commit().await.unwrap();
    account
}

/// Stores transactions; how many were new.
async fn store(storage: &Storage, transactions: &[Transaction]) -> u64 {
    let mut unit = begin(storage).await;
    let added = unit.transactions().insert(transactions).await.unwrap();
    unit.commit().await.unwrap();
    added
}
