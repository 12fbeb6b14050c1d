//! From requests to calls and domain values. Every failure leaves as a problem.

mod body;
mod call;
mod credential;
mod fields;
mod idempotency;
mod items;
mod known;
mod limited;
mod limiting;
mod members;
mod own_page;
mod patch;
mod path;
mod person;
mod query;
mod turn;
mod values;
mod wording;

pub(crate) use body::{Asked, Body, Json, broken_off, check_media_type, read_limited};
pub(crate) use call::{CallFor, Gate, still_may};
pub(crate) use fields::{Checks, Text};
pub(crate) use idempotency::once;
pub(crate) use known::refuse_unknown_parts;
pub(crate) use limited::{Limited, Plain};
pub(crate) use limiting::limit_by_secret;
pub(crate) use own_page::{from_own_form, from_own_page, from_own_upload, is_from_another_site, is_of_kind};
pub(crate) use patch::Field;
pub(crate) use path::{Id, Ids, PathWord, Word};
pub(crate) use query::{FromParams, Listing, Params, Query};
