//! Writing side of the identity area.

mod api_keys;
mod audit;
mod budgets;
mod challenges;
mod erasure;
mod keystore;
mod second_factors;
mod sessions;
mod tokens;
mod users;

pub(crate) use users::has_room;
