//! The pages, a file each.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod categories;
pub(crate) mod confirm;
pub(crate) mod connection;
pub(crate) mod connections;
pub(crate) mod import;
pub(crate) mod learned;
pub(crate) mod link;
pub(crate) mod more;
pub(crate) mod moved;
pub(crate) mod overview;
pub(crate) mod portfolio;
pub(crate) mod recurring;
pub(crate) mod register;
pub(crate) mod review;
pub(crate) mod rows;
pub(crate) mod rules;
pub(crate) mod second_factor;
pub(crate) mod set_up;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod spending;
pub(crate) mod split;
pub(crate) mod transaction;
pub(crate) mod transactions;
