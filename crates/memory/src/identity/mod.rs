//! Writing side of the identity area, in the rooms of its ports.

mod account;
mod api_key;
mod audit;
mod budget;
mod factor;
mod keystore;
mod session;
mod sign_in;

pub(crate) use account::has_room;
