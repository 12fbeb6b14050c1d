//! Writing side of the identity area.

mod audit;
mod denials;
mod one_time_tokens;
mod refresh;
mod sessions;
mod users;
