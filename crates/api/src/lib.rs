#![doc = include_str!("../README.md")]

mod answer;
mod app;
mod cookies;
mod cursor;
mod door;
mod edge;
mod extract;
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod idempotency;
mod observer;
mod openapi;
mod options;
mod pages;
mod problem;
mod rate_limits;
mod represent;
mod routes;
mod trace;
mod views;

pub use app::{app, callback_app};
pub use door::{Admission, BodyDeadlines, ClientLimits, Connection, Occupied, Place, Standing};
pub use observer::RequestObserver;
pub use openapi::openapi;
pub use options::{ApiOptions, Readiness};
pub use rate_limits::{RateLimits, RateOverrides};
