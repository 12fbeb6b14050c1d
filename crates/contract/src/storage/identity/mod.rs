//! What belongs to who somebody is, room by room.

pub mod account;
pub mod api_key;
pub mod audit;
pub mod budget;
pub mod factor;
pub mod keystore;
pub mod session;
pub mod sign_in;
