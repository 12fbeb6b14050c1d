//! Writing side of the identity area, in the rooms of its ports.

mod account;
mod api_key;
mod audit;
mod budget;
mod denials;
mod factor;
mod keystore;
mod session;
mod sign_in;
