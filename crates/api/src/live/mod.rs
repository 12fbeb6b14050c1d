//! Streams of events: an answer that does not end, written as server-sent events (HTML Living Standard, section 9.2).

mod listener;
mod streams;
mod text;

pub use streams::LiveStreams;

pub(crate) use listener::Listener;
