//! What nearly every endpoint is written with: the request as its handler reads it, and the answer as it gives one.

pub(crate) use crate::{
    answer::{Answer, Answered, List},
    endpoint::endpoint,
    extract::{Asked, CallFor, Checks, Field, FromParams, Id, Json, Listing, Params, Query, Text},
    problem::Problem,
};
