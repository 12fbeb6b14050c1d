//! Writing side of the identity area.

mod api_keys;
mod audit;
mod challenges;
mod denials;
mod erasure;
mod keystore;
mod mail_budgets;
mod one_time_tokens;
mod refresh;
mod second_factor_resets;
mod second_factors;
mod sessions;
mod sign_in_budgets;
mod token_floor;
mod users;
