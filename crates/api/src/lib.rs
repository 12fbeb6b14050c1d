#![doc = include_str!("../README.md")]

mod answer;
mod app;
mod client;
mod cookies;
mod cursor;
mod door;
mod edge;
mod endpoint;
mod exports;
mod extract;
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod live;
mod observer;
mod openapi;
mod options;
mod pages;
mod prelude;
mod problem;
mod rate_limits;
mod represent;
mod routes;
mod state;
mod streams;
mod trace;
mod views;
pub mod visit;

pub use app::{Serves, app, callback_app};
pub use door::{Admission, BodyDeadlines, ClientLimits, Connection, ConnectionStanding, Occupied, Place};
pub use observer::RequestObserver;
pub use options::{ApiOptions, Pages, Readiness};
pub use problem::Problem;
pub use rate_limits::{RateLimits, RateOverrides, Rule};
pub use routes::{ExportWriters, openapi};
pub use streams::LiveStreams;
