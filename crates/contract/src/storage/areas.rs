//! One macro for each area of the store but the ledger, and one for all of them.
//!
//! Each takes the path of `async fn fresh(case: &str) -> Option<(Storage, Guard)>`.

/// Expands to one test per case of the whole storage contract.
#[macro_export]
macro_rules! storage_contract {
    ($fresh:path) => {
        $crate::unit_of_work_contract!($fresh);
        $crate::identity_contract!($fresh);
        $crate::audit_contract!($fresh);
        $crate::keystore_contract!($fresh);
        $crate::sealed_contract!($fresh);
        $crate::connections_contract!($fresh);
        $crate::ledger_contract!($fresh);
        $crate::worth_contract!($fresh);
        $crate::delivery_contract!($fresh);
        $crate::live_contract!($fresh);
        $crate::retention_contract!($fresh);
        $crate::clock_contract!($fresh);
    };
}

/// Expands to one test per case about live events, their races included.
#[macro_export]
macro_rules! live_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            live:
                events_come_back_as_they_were_told
                events_count_with_changes
                a_unit_tells_what_it_changed
                a_unit_tells_which_sessions_it_ended
                followers_miss_no_event_of_many_writers
                old_events_go_and_the_floor_is_remembered
                no_more_events_than_the_limit
                many_remove_old_events;
        }
    };
}

/// Expands to one test per case about units of work: all of what they write appears together, or nothing.
#[macro_export]
macro_rules! unit_of_work_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            unit_of_work:
                a_commit_makes_everything_visible_at_once
                dropping_leaves_no_trace
                a_unit_sees_its_own_writes_and_nobody_else_does
                a_failed_call_poisons_the_unit
                a_stale_write_poisons_the_unit
                units_follow_each_other
                reads_do_not_wait_for_an_open_unit;
        }
    };
}

/// Expands to one test per case about users, sessions, second factors, API keys, administration and recovery, their races included.
#[macro_export]
macro_rules! identity_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            identity::account::user:
                a_user_comes_back_as_stored
                an_address_is_taken_once_whatever_its_spelling
                a_user_update_bumps_the_revision_and_refuses_old_copies
                a_password_is_replaced_only_if_it_is_the_expected_one
                a_sign_in_does_not_touch_the_revision
                a_user_moves_to_a_free_address_only
                an_account_nobody_proved_can_be_removed_by_its_address;
            identity::session::entity:
                a_session_comes_back_with_its_user
                a_session_ends_once_and_only_for_its_owner
                validity_of_a_stored_session_is_the_rules
                all_sessions_of_a_user_end_but_one;
            identity::session::refresh:
                a_refresh_token_is_found_by_hash_and_used_once
                one_of_many_consumes_a_refresh_token;
            identity::sign_in::one_time_token:
                a_one_time_token_works_once_until_its_end
                a_new_one_time_token_stops_the_old_one
                earlier_links_stay_good_until_one_is_used
                of_two_issued_tokens_the_one_asked_for_later_works
                a_token_is_prolonged_only_while_it_is_there
                one_time_tokens_are_revoked_by_purpose;
            identity::session::remembered:
                a_session_remembers_its_client
                a_note_changes_what_it_says_and_nothing_else
                activity_adds_up_and_never_goes_back
                sessions_end_together
                clients_are_recognised_by_device_and_network
                a_trusted_client_is_known_by_a_session_that_goes_on
                other_clients_of_a_session_are_told_apart
                sessions_come_latest_request_first
                the_list_is_the_rule
                the_token_floor_rises_step_by_step
                sessions_of_older_versions_are_counted
                a_users_tokens_rotate;
            identity::session::races:
                one_of_many_ends_all_sessions
                every_rotation_has_a_version_of_its_own
                activity_of_many_writers_adds_up
                one_of_many_ends_a_session;
            identity::factor::second_factor:
                a_second_factor_comes_back_as_stored
                an_enrolment_has_five_tries_and_an_end
                a_newer_enrolment_takes_the_place_of_an_older_one
                an_enrolment_is_confirmed_once
                a_step_is_spent_once_and_with_it_those_before
                a_backup_code_is_taken_out_of_what_was_read
                a_lock_of_wrong_codes_is_lifted
                ten_wrong_codes_lock_and_every_further_ten_twice_as_long
                after_fifty_wrong_codes_only_a_backup_code_helps
                a_second_factor_goes_with_its_account
                sessions_of_one_factor_end_and_the_others_stay
                a_session_is_proved_again;
            identity::factor::races:
                one_of_many_spends_a_step
                one_of_many_uses_a_backup_code
                one_of_many_confirms_an_enrolment
                five_of_many_try_an_enrolment
                wrong_codes_at_once_are_counted_up_to_the_lock;
            identity::sign_in::challenge:
                a_challenge_comes_back_as_stored
                a_challenge_takes_five_tries_until_its_end
                a_challenge_is_used_up_once_until_its_end
                another_code_takes_the_place_of_the_last_after_a_pause
                challenges_that_are_over_are_removed
                a_session_is_proved_again_by_its_owner
                tries_at_once_are_as_many_as_a_challenge_takes
                one_of_many_uses_up_a_challenge
                one_of_many_has_another_code_sent;
            identity::api_key:
                what_a_credential_belongs_to_is_found_by_its_hash
                keys_are_as_many_as_there_may_be
                a_void_key_is_not_in_the_way
                a_key_is_replaced_once
                notices_of_keys_move_on
                keys_made_at_once_are_as_many_as_there_may_be
                one_of_many_takes_a_key_name
                one_of_many_replaces_a_key
                one_of_many_settles_a_key_notice;
            identity::budget::sign_in:
                ten_wrong_passwords_spend_a_budget_for_an_hour
                wrong_passwords_are_forgotten_after_a_day
                a_budget_is_restored_unless_it_is_spent
                known_clients_are_remembered_and_the_oldest_forgotten
                worn_out_budgets_are_purged;
            identity::budget::mail:
                mails_are_taken_from_a_budget;
            identity::account::erasure:
                an_account_is_erased_when_it_is_due
                an_erased_account_leaves_the_audit_trail_alone
                an_archive_is_read_page_by_page;
            identity::budget::races:
                wrong_passwords_at_once_spend_a_budget_at_exactly_ten
                mails_asked_for_at_once_are_as_many_as_the_rule_allows
                one_of_many_notes_another_client
                many_remember_the_clients_of_one_account;
            identity::sign_in::races:
                one_of_many_redeems_a_reset_token
                one_of_many_redeems_any_of_several_links
                one_of_many_redeems_a_one_time_token
                the_newest_of_many_issued_tokens_works;
            identity::account::races:
                one_of_many_moves_to_an_address
                one_of_many_claims_an_erasure
                connections_at_once_end_at_exactly_the_limit
                one_of_many_is_the_first_user
                sub_users_at_once_end_at_exactly_the_limit
                of_two_administrators_thirty_demotions_leave_one
                one_of_many_takes_a_second_factor_reset
                one_of_many_registers_an_address
                one_of_many_replaces_a_password
                one_of_many_updates_a_user;
            identity::account::administration:
                a_user_is_found_by_login
                who_switched_an_account_off_is_kept
                users_are_found_by_their_ids
                users_are_found_by_the_beginning_of_address_or_name
                users_are_narrowed_by_what_they_are
                a_manager_reads_the_trail_of_the_own_sub_users
                connections_are_added_up_to_the_limit
                sub_users_are_added_up_to_the_limit
                administrators_stand_as_the_rule_says
                a_second_factor_reset_is_taken_when_it_is_due;
            identity::account::erasure_races:
                an_account_is_erased_while_its_connections_are_at_work;
        }
    };
}

/// Expands to one test per case about the audit trail and its chains.
#[macro_export]
macro_rules! audit_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            identity::audit:
                lines_are_linked_chain_by_chain
                the_trail_is_read_newest_first
                a_chain_of_many_writers_is_whole;
        }
    };
}

/// Expands to one test per case about the key pair that signs.
#[macro_export]
macro_rules! keystore_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            identity::keystore:
                the_keystore_takes_the_first_pair_only
                a_pair_is_replaced_only_if_it_is_the_expected_one
                published_keys_come_and_go
                one_of_many_makes_the_key_pair;
        }
    };
}

/// Expands to one test per case about sealed values, and moving them to another key.
#[macro_export]
macro_rules! sealed_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            sealed:
                sealed_values_come_by_row_and_page
                a_sealed_value_is_replaced_only_if_it_is_the_expected_one
                a_sealed_value_is_taken_away_only_if_it_is_the_expected_one
                the_mark_of_the_secret_key_is_remembered
                rows_without_a_value_are_left_out
                every_declared_column_can_be_read_and_written
                one_of_many_replaces_a_sealed_value
                one_of_many_marks_another_secret_key;
        }
    };
}

/// Expands to one test per case about connections, credentials, authorizations and synchronisations, their races included.
#[macro_export]
macro_rules! connections_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            connections::connection:
                a_connection_comes_back_as_stored
                a_connection_is_found_by_what_its_institution_calls_it
                an_alias_is_taken_once_per_user
                a_rename_to_a_taken_alias_is_a_value_not_an_error
                a_connection_update_refuses_old_copies
                what_is_noted_of_a_connection_is_kept
                credentials_are_put_found_and_deleted
                credentials_refuse_old_copies
                deleted_credentials_do_not_come_back
                an_authorization_is_found_without_being_used_up
                an_authorization_is_redeemed_once_until_its_end
                a_new_authorization_stops_the_old_one
                deleting_a_connection_takes_all_that_hangs_on_it;
            connections::sync_runs:
                a_connection_has_one_open_run
                runs_are_claimed_oldest_first
                runs_that_may_be_claimed_are_counted
                a_lease_that_ran_out_is_taken_over
                a_run_that_was_put_off_waits_its_time
                a_run_is_stopped_whether_it_waits_or_is_under_way
                an_ended_run_makes_room_for_the_next
                the_newest_run_is_shown;
            connections::planned_syncs:
                what_is_due_is_taken_longest_due_first
                what_a_clock_that_was_ahead_planned_is_due
                connections_are_counted_by_institution
                what_users_ask_for_comes_before_what_is_due
                runs_of_who_has_enough_are_left
                a_sign_of_life_tells_how_far_a_run_has_come
                runs_are_listed_newest_first
                each_due_connection_is_queued_by_one_of_many;
            connections::credentials:
                a_refresh_is_due_once_per_token
                the_right_to_refresh_is_one_callers_until_it_ends
                a_notice_is_settled_once_and_moves_on
                a_new_end_of_the_grant_begins_anew_and_a_refresh_does_not;
            connections::races:
                one_of_many_claims_the_right_to_refresh
                one_of_many_takes_a_due_refresh
                news_of_many_callers_are_noted
                one_of_many_settles_a_notice
                connections_are_removed_while_their_runs_are_at_work
                one_of_many_redeems_an_authorization
                one_of_many_takes_an_alias
                one_of_many_renames_to_an_alias
                one_of_many_queues_a_run
                one_of_many_claims_a_run;
        }
    };
}

/// Expands to one test per case about the outbox, kept answers and mails that were asked for.
#[macro_export]
macro_rules! delivery_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            delivery::outbox:
                an_outbox_item_is_claimed_by_one_worker_at_a_time
                a_failed_item_comes_back_and_a_dead_one_does_not
                what_is_due_is_counted
                an_attempt_belongs_to_who_holds_the_item
                an_attempt_without_an_end_makes_an_item_uncertain
                dead_letters_are_shown_revived_and_buried
                one_of_many_takes_a_dead_letter
                items_are_claimed_oldest_first_up_to_the_limit;
            delivery::idempotency:
                a_repeated_request_gets_the_first_answer
                a_key_without_an_answer_is_free
                an_uncommitted_key_is_free;
            delivery::mail_requests:
                a_mail_request_is_handed_over_once
                mail_requests_wait_oldest_first
                one_of_many_takes_a_mail_request;
            delivery::notifications:
                settings_of_notifications_come_back_as_stored
                what_was_told_is_told_once
                what_lasts_is_told_again_after_it_was_over
                who_is_behind_is_found
                nothing_of_notifications_outlives_its_owner
                one_of_many_tells_somebody;
            delivery::webhooks:
                webhooks_come_back_as_stored
                deliveries_come_back_as_stored
                any_answer_can_be_stored
                what_is_due_is_found
                all_webhooks_of_an_owner_are_switched_off
                no_more_webhooks_than_the_limit
                what_was_sent_is_kept_for_thirty_days
                the_newest_deliveries_that_are_over_stay
                secrets_of_webhooks_are_replaced_and_cleared;
            delivery::webhook_workers:
                a_webhook_is_claimed_when_it_is_due_and_free
                one_of_many_claims_a_webhook
                webhooks_rest_while_the_account_does
                few_webhooks_of_one_owner_are_held
                many_workers_hold_few_webhooks_of_one_owner
                webhooks_behind_their_owners_events_are_found
                one_of_many_advances_a_webhook;
            delivery::races:
                one_of_many_begins_a_request
                no_outbox_item_is_claimed_twice
                one_of_many_begins_an_attempt
                one_of_many_revives_a_dead_letter;
        }
    };
}

/// Expands to one test per case about what is removed after its time.
#[macro_export]
macro_rules! retention_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            delivery::retention:
                outlived_rows_go_and_the_others_stay
                the_newest_ended_runs_stay
                rows_go_in_batches;
            delivery::races:
                many_purges_remove_each_row_once;
        }
    };
}

/// Expands to one test per case about what a clock that was ahead left behind.
#[macro_export]
macro_rules! clock_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            clock:
                a_run_of_a_clock_that_was_ahead_is_taken_over
                a_right_to_refresh_of_a_clock_that_was_ahead_is_inherited
                mails_of_a_clock_that_was_ahead_are_due
                a_lock_of_a_clock_that_was_ahead_locks_nobody
                a_session_seen_by_a_clock_that_was_ahead_is_seen_now
                an_account_read_by_a_clock_that_was_ahead_is_read_now
                balances_of_a_clock_that_was_ahead_are_gone;
        }
    };
}
