//! Streams of events: an answer that does not end, written as server-sent events (HTML Living Standard, section 9.2).

mod listener;
mod text;

pub(crate) use listener::Listener;
