//! The macros of the areas of the ledger. Each takes the path of `async fn fresh(case: &str) -> Option<(Storage, Guard)>`.

/// Expands to one test per case about accounts, balances, positions, transactions and imports, their lists and races included.
#[macro_export]
macro_rules! ledger_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            ledger::accounts:
                an_account_comes_back_as_stored
                an_account_is_one_by_owner_source_and_external_id
                an_account_keeps_what_its_source_leaves_out
                an_import_that_runs_too_long_was_interrupted
                an_earlier_external_id_gives_way_once
                accounts_of_files_are_found_by_owner_and_by_what_they_show
                accounts_that_are_gone_are_switched_off
                decimals_keep_every_digit
                holdings_are_replaced_as_a_whole
                holdings_are_merged_without_losing_any
                balances_are_recorded_again_and_again
                an_import_comes_back_with_its_report;
            ledger::days:
                days_add_up_whatever_changes
                a_day_of_many_writers_adds_up;
            ledger::corrections:
                corrections_come_back_beside_what_is_told
                nothing_that_is_told_touches_a_correction
                lists_follow_what_is_corrected
                days_follow_what_is_corrected
                sources_are_asked_by_their_own_days
                an_account_is_corrected_beside_what_is_told
                what_is_not_there_is_not_corrected
                corrections_of_many_callers_are_all_kept;
            meaning::categories:
                categories_come_back_as_stored
                lists_follow_what_is_categorized
                a_category_that_nothing_has_goes
                one_of_many_removes_a_category;
            ledger::told:
                imports_are_listed_newest_first
                an_import_is_undone_once_and_after_its_end
                what_only_one_import_brought_goes
                corrections_are_taken_back
                what_imports_told_of_an_account_comes_back
                an_account_is_restated_and_goes_when_it_is_empty;
            ledger::remaps:
                kept_rows_come_in_the_order_of_days
                a_place_is_kept_until_it_is_forgotten;
            ledger::told_races:
                a_unit_that_is_rolled_back_leaves_nothing
                one_of_many_undoes_an_import;
            ledger::changes:
                every_change_shows_and_nothing_else
                followers_miss_nothing_of_many_writers;
            ledger::reconciliations:
                an_alias_leads_to_one_transaction
                one_of_many_finds_nothing_and_adds_it
                a_decision_comes_back_as_stored
                decisions_are_listed_page_by_page
                decisions_are_settled_from_where_they_stand
                one_of_many_undoes_a_decision
                rejected_pairs_are_remembered
                aliases_are_moved_and_removed
                decisions_about_an_import_are_found
                rows_in_question_are_found;
            ledger::transactions:
                a_transaction_comes_back_as_stored
                known_transactions_are_left_as_they_are
                what_days_hold_leaves_one_import_out
                ordinals_tell_equal_ids_apart
                a_changed_transaction_is_written
                a_vanished_transaction_is_not_written
                what_a_run_did_not_see_is_removed
                one_transaction_is_removed_by_its_source_id
                many_transactions_go_in_at_once;
            ledger::paging:
                transactions_come_newest_first_and_each_once
                pages_stay_stable_while_rows_are_added
                filters_narrow_the_list
                removed_transactions_show_only_when_asked_for
                an_archive_tells_what_transactions_are_made_of
                accounts_come_oldest_first
                positions_of_all_accounts_come_account_by_account
                connections_come_oldest_first;
            ledger::ownership:
                what_is_somebody_elses_is_not_there
                nobody_writes_into_somebody_elses_account;
            ledger::races:
                one_account_is_made_by_many_writers
                one_of_many_adds_a_transaction;
        }
    };
}

/// Expands to one test per case about exchange rates and what the net worth is reckoned from.
#[macro_export]
macro_rules! worth_contract {
    ($fresh:path) => {
        $crate::cases! { $fresh;
            ledger::worth:
                rates_are_kept_once_and_found_by_currency_and_day
                a_list_of_many_callers_is_stored_once
                records_lead_to_the_same_worth_from_whatever_day;
        }
    };
}
