//! From requests to calls and domain values. Every failure leaves as a problem.

mod body;
mod call;
mod client;
mod credential;
mod fields;
mod known;
mod limited;
mod members;
mod own_page;
mod patch;
mod path;
mod query;
mod values;

pub(crate) use body::{Asked, Json, broken_off};
pub(crate) use call::{CallFor, EdgeData, data};
pub(crate) use client::client_address;
pub(crate) use fields::{Checks, Text};
pub(crate) use known::{RouteInputs, refuse_unknown_parts};
pub(crate) use limited::{Limited, Plain};
pub(crate) use own_page::from_own_page;
pub(crate) use patch::Field;
pub(crate) use path::Id;
pub(crate) use query::{FromParams, Listing, Params, Query};
