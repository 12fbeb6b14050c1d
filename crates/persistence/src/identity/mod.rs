//! Writing side of the identity area.

mod audit;
mod one_time_tokens;
mod refresh;
mod sessions;
mod token_floor;
mod users;
