//! From requests to calls and domain values. Every failure leaves as a problem.

mod body;
mod call;
mod client;
mod fields;
mod path;
mod query;
mod values;

pub(crate) use body::{Asked, Json, broken_off};
pub(crate) use call::{CallFor, EdgeData, data};
pub(crate) use fields::{Checks, Text};
pub(crate) use path::Id;
pub(crate) use query::{FromParams, Listing, Params, Query};
