//! Sessions, their refresh tokens, and the token floor.

mod refresh;
mod sessions;
mod token_floor;
