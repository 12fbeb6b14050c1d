//! Who may do what: every use case refuses the wrong caller before it asks or opens anything.

mod refusals;
mod rules;
