//! Accounts of people.

mod erasure;
mod users;

pub(crate) use users::has_room;
